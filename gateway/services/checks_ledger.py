"""Checks 22 to 29: the log, its head, and whether the documents and the claims agree with it."""

from collections.abc import Iterator
from itertools import pairwise

from gateway.domain import ledger, merkle
from gateway.domain.canonical import Json, digest
from gateway.domain.ledger import Checkpoint, Tag
from gateway.domain.times import MINUTE, to_wire
from gateway.services import claims, plain_numbers
from gateway.services.dossier import Leaf
from gateway.services.examination import Exam, Finding, expect, not_checked, ok

SKEW = 5 * MINUTE
"""How far the gateway's clock may step back between two events that follow from each other."""


def checkpoint(exam: Exam) -> Finding:
    """The note is signed by a pinned checkpoint key of the gateway."""
    head, key = _open(exam, exam.dossier.note)
    return ok(f"{head.origin}, {head.size} leaves, key {key}")


def _open(exam: Exam, note: str) -> tuple[Checkpoint, str]:
    at = exam.dossier.head.exported
    body, key = exam.notes.verify(note, exam.pins.gateway, exam.gateway, exam.pins, at)
    return ledger.read_checkpoint(body), key.kid


def inclusion(exam: Exam) -> Finding:
    """Every event, with its salt, is a leaf of the tree that the checkpoint heads."""
    head = ledger.read_checkpoint(_body(exam.dossier.note))
    for leaf in exam.dossier.leaves:
        merkle.verify_inclusion(
            ledger.leaf(leaf.salt, leaf.event), leaf.index, head.size, leaf.path, head.root
        )
    return ok(f"{len(exam.dossier.leaves)} leaves")


def _body(note: str) -> str:
    """The text of a signed note (C2SP signed-note)."""
    return note.rpartition("\n\n")[0] + "\n"


def history(exam: Exam) -> Finding:
    """The ledger that the partner was shown in the manifest is a prefix of this one: nothing of
    it was taken back since (threats.md I1)."""
    head = ledger.read_checkpoint(_body(exam.dossier.note))
    at = exam.time_of(exam.seal_leaf())
    body, _key = exam.notes.verify(
        exam.manifest.checkpoint, exam.pins.gateway, exam.gateway, exam.pins, at
    )
    shown = ledger.read_checkpoint(body)
    expect(shown.origin == head.origin, "consistency", "the two checkpoints are of two logs")
    if shown.size == 0:
        expect(shown.root == merkle.EMPTY_ROOT, "consistency", "an empty tree has another root")
        return ok("the log was empty then")
    merkle.verify_consistency(
        shown.size, head.size, shown.root, head.root, exam.dossier.consistency
    )
    return ok(f"{shown.size} leaves then, {head.size} now")


def documents_logged(exam: Exam) -> Finding:
    """Every document has its leaf, and the leaf says the same of it as the bundle."""
    for what, leaf in _due_leaves(exam):
        expect(leaf is not None, "not-in-ledger", f"the ledger does not bear out {what}")
    return ok()


def _due_leaves(exam: Exam) -> Iterator[tuple[str, Leaf | None]]:
    dossier, batch = exam.dossier, exam.manifest.batch
    shown = digest(dossier.review)
    words = [(Tag.BATCH_SUBMIT, dossier.submit), (Tag.BATCH_RELEASE, dossier.release)]
    words += [(Tag.BATCH_ENDORSE, dossier.endorse)] if dossier.endorse else []
    for tag, jws in words:
        statement = digest(jws)
        yield str(tag), exam.find(tag, batch=batch, digest=shown, statement=statement)
    yield "the sealing", exam.find(Tag.DELIVERY_SEAL, sealing=1, manifest=exam.manifest_digest)
    if dossier.consent:
        yield "the consent", exam.find(Tag.CONSENT_GIVE, consent=digest(dossier.consent))
    for fact in dossier.statements:
        yield f"the receipt of {fact.digest}", exam.kept_leaf(fact)
        yield f"the standing of {fact.digest}", exam.judged_leaf(fact)


def no_numbers(exam: Exam) -> Finding:
    """No statement and no event holds what may be a phone number (promise H)."""
    for leaf in exam.dossier.leaves:
        expect(
            not plain_numbers.in_document(leaf.facts),
            "number",
            f"the event of leaf {leaf.index} holds what may be a phone number",
        )
    for fact in exam.dossier.statements:
        expect(
            not plain_numbers.in_statement(fact.jws),
            "number",
            f"statement {fact.digest} holds what may be a phone number",
        )
    return ok()


def order(exam: Exam) -> Finding:
    """What follows from another thing stands behind it in the ledger, and not before it in time;
    the manifest gives the release's time."""
    for before, after in pairwise([leaf for leaf in _course(exam) if leaf is not None]):
        expect(
            before.index < after.index and before.at - SKEW <= after.at,
            "order",
            f"leaf {after.index} ({after.tag}) can't come before leaf {before.index} "
            f"({before.tag})",
        )
    release = exam.find(Tag.BATCH_RELEASE, batch=exam.manifest.batch)
    expect(
        release is None or release.at == exam.manifest.released,
        "order",
        "the manifest gives another time of release than the ledger",
    )
    for fact in exam.dossier.statements:
        kept, judged = exam.kept_leaf(fact), exam.judged_leaf(fact)
        expect(
            kept is None or judged is None or kept.index < judged.index,
            "order",
            f"statement {fact.digest} was judged before it came",
        )
    last = max((leaf.at for leaf in exam.dossier.leaves), default=0)
    expect(
        last - SKEW <= exam.dossier.head.exported,
        "order",
        "the bundle was exported before its last event",
    )
    return ok()


def _course(exam: Exam) -> Iterator[Leaf | None]:
    yield exam.find(Tag.BATCH_SUBMIT, batch=exam.manifest.batch)
    if exam.dossier.endorse:
        yield exam.find(Tag.BATCH_ENDORSE, statement=digest(exam.dossier.endorse))
    yield exam.find(Tag.BATCH_RELEASE, batch=exam.manifest.batch)
    yield exam.seal_leaf()
    for attempt in exam.dossier.attempts:
        facts: dict[str, Json] = {"delivery": exam.delivery, "attempt": attempt.number}
        yield exam.find(Tag.DELIVERY_ATTEMPT, **facts)
        yield exam.find(Tag.DELIVERY_OUTCOME, **facts)


def summary(exam: Exam) -> Finding:
    """summary.json is what the statements amount to, computed again."""
    claim = claims.recompute(exam.dossier, exam.manifest)
    due, told = claim.to_json(), exam.dossier.summary
    wrong = sorted(name for name in {*due, *told} if due.get(name) != told.get(name))
    expect(not wrong, "summary", "the statements do not bear out: " + ", ".join(wrong))
    return ok(f"{claim.state}, {claim.done} of {claim.entries} entries declared done")


def timestamp(exam: Exam) -> Finding:
    """Who vouches for the time: a pinned authority over the checkpoint, or the gateway alone."""
    token, dossier = exam.dossier.timestamp, exam.dossier
    own_word = f"all times up to {to_wire(dossier.head.exported)} are the gateway's own word"
    if not token or not exam.pins.timestamp:
        why = "a time-stamp of no pinned authority" if token else "no time-stamp"
        return not_checked(f"{why}: {own_word}")
    if exam.stamps is None:
        return not_checked(f"time-stamps can't be read here: {own_word}")
    stamp = exam.stamps.verify(token, dossier.note.encode(), exam.pins.timestamp)
    last = max((leaf.at for leaf in dossier.leaves), default=0)
    expect(
        last - SKEW <= stamp.at,
        "timestamp",
        f"an event is dated {to_wire(last)}, and the authority stamped its ledger before it",
    )
    return ok(f"all of it existed on {to_wire(stamp.at)}, says {stamp.authority}")
