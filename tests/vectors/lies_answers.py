"""Lies about attempts, answers, the ledger and what it all amounts to: checks 13 to 28."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.canonical import decode, digest, encode
from gateway.domain.ledger import Tag
from gateway.domain.statements import to_bytes
from gateway.domain.times import HOUR, SECOND
from gateway.services.dossier import SealingFact, Standing
from tests.vectors.keyring import PARTNER, START
from tests.vectors.liar import Liar
from tests.vectors.lying import (
    ENTRY,
    OTHER,
    OTT,
    Lie,
    about,
    answer,
    attempt,
    both,
    claim,
    fact,
    head,
    leaf,
    lies,
    part,
    rows,
    swapped,
    unlogged,
)


def _hidden_attempt(liar: Liar) -> None:
    liar.change(attempts=liar.dossier.attempts[1:])


def _no_receipt(liar: Liar) -> None:
    """The ledger says acknowledged; no receipt is there."""
    del liar.answers["ack"], liar.answers["nack"]


ATTEMPTS = [
    *lies(
        13,
        "dossier",
        ("attempts", "an attempt left out", _hidden_attempt),
        ("attempts", "an unknown outcome as sent", attempt(0, outcome="sent")),
        ("attempts", "another beginning", attempt(1, began_at=START)),
        ("attempts", "another end", attempt(1, ended_at=START)),
        ("attempts", "another sealing", attempt(1, sealing=2)),
        ("attempts", "another consent", attempt(1, consent=OTHER)),
        ("attempts", "other words of the channel", attempt(1, remote_id="250 applied")),
    ),
    *lies(
        14,
        "events",
        ("states", "a change from nowhere", fact(Tag.DELIVERY_OUTCOME, 1, from_="REJECTED")),
        ("states", "acknowledged without a receipt", _no_receipt),
        (
            "states",
            "a receipt without effect",
            both(
                fact(Tag.RECEIPT_RECORD, 0, state="SENT"),
                fact(Tag.RECEIPT_RECORD, 1, from_="SENT", state="SENT"),
            ),
        ),
    ),
]


def _whose(check: int, name: str) -> list[Lie]:
    """A statement that is not the partner's word to this gateway."""
    return lies(
        check,
        "answers",
        ("wrong-owner", f"{name} by a stranger", answer(name, signer="stranger")),
        ("wrong-owner", f"{name} by the gateway", answer(name, signer="manifest")),
        ("unknown-key", f"{name} by nobody", answer(name, signer="unpinned")),
        ("key-not-valid", f"{name} by an ended key", answer(name, signer="old-statement")),
        ("key-revoked", f"{name} by a revoked key", answer(name, signer="gone-statement")),
        ("issuer", f"{name} issued by another", answer(name, iss="opr-uji-b")),
        ("audience", f"{name} to another gateway", answer(name, aud="palang-lain")),
    )


def _about_what(check: int, name: str) -> list[Lie]:
    """A statement that is not about this delivery."""
    return lies(
        check,
        "answers",
        ("unknown-parcel", f"{name} over another parcel", about(name, parcel=OTHER)),
        ("wrong-object", f"{name} over another manifest", about(name, manifest=OTHER)),
        ("wrong-object", f"{name} over another sequence", about(name, sequence=2)),
        ("wrong-object", f"{name} over another epoch", about(name, epoch=2)),
    )


_ELSEWHERE = answer("first", delivery=f"8.{PARTNER}.1")
WORDS = [
    *_whose(15, "ack"),
    *_about_what(16, "ack"),
    *_whose(17, "first"),
    *_about_what(18, "first"),
    *lies(18, "answers", ("wrong-object", "a confirmation of another delivery", _ELSEWHERE)),
    *lies(
        18,
        "consent",
        ("not-agreed", "a word per entry beyond the consent", part("terms", answers="none")),
        scenario=OTT,
    ),
]


def _old_sealing(liar: Liar) -> None:
    """A negative that counts though a newer sealing was on its way."""
    at = liar.sealings[0].at + SECOND
    liar.sealings.append(SealingFact(2, digest(b"parcel 2"), liar.keys.seal["partner"], at))
    del liar.answers["ack"]
    answer("nack", standing=Standing.COUNTED)(liar)


def _second_positive(liar: Liar) -> None:
    liar.answers["nack"].statement = liar.ack(at=START)
    liar.answers["nack"].standing = Standing.COUNTED


COUNTING = [
    *lies(
        19,
        "answers",
        ("entry-outside", "an entry never sent", rows("second", {2: "gagal", 5: "gagal"})),
        ("entry-outside", "an entry zero", rows("second", {0: "gagal"})),
        ("wrong-action", "a block answered as opened", rows("second", {2: "dibuka"})),
    ),
    *lies(
        20,
        "answers",
        ("standing", "a conflict that counts", answer("third", standing=Standing.COUNTED)),
        ("standing", "a confirmation set aside", answer("second", standing=Standing.CONFLICT)),
        ("standing", "a negative over an old sealing", _old_sealing),
        ("standing", "a second positive", _second_positive),
    ),
    *lies(
        20,
        "events",
        (
            "standing",
            "a negative after a positive",
            both(
                answer("nack", standing=Standing.COUNTED),
                fact(Tag.RECEIPT_RECORD, 1, counted=True),
            ),
        ),
    ),
    *lies(
        21,
        "answers",
        (
            "refused-though-good",
            "a good confirmation refused",
            answer("second", standing=Standing.REFUSED, reason="signature"),
        ),
        (
            "refused-though-good",
            "a good negative refused",
            answer("nack", standing=Standing.REFUSED, reason="signature"),
        ),
    ),
]


def _headed_by(liar: Liar, signer: str) -> None:
    liar.note = liar.note_over(liar.salted, signer)


def _rewritten(liar: Liar) -> None:
    """An event that was changed after it was logged."""
    before = next(one for one in liar.dossier.leaves if one.tag == Tag.DELIVERY_ATTEMPT)
    leaf(Tag.DELIVERY_ATTEMPT, event=encode(before.facts | _ENVELOPE | {"fence": 9}))(liar)


_ENVELOPE = {"v": 1, "event": str(Tag.DELIVERY_ATTEMPT), "at": "2026-11-24T07:04:00Z"}


def _other_history(liar: Liar) -> None:
    other = liar.note_over([(bytes(16), b"{}")], "checkpoint")
    liar.manifest = replace(liar.manifest, checkpoint=other)


def _unsigned_history(liar: Liar) -> None:
    note = liar.note_over(liar.prefix(), "unpinned")
    liar.manifest = replace(liar.manifest, checkpoint=note)


def _broken_proof(liar: Liar) -> None:
    liar.change(consistency=liar.dossier.consistency[:-1])


LEDGER = [
    *lies(
        22,
        "ledger",
        ("unknown-key", "headed by a manifest key", lambda x: _headed_by(x, "manifest")),
        ("unknown-key", "headed by nobody", lambda x: _headed_by(x, "unpinned")),
        ("key-not-valid", "headed by an ended key", lambda x: _headed_by(x, "old-checkpoint")),
        ("key-revoked", "headed by a revoked key", lambda x: _headed_by(x, "gone-checkpoint")),
    ),
    *lies(
        23,
        "dossier",
        ("inclusion", "an event rewritten after", _rewritten),
        ("inclusion", "another salt of a leaf", leaf(Tag.DELIVERY_SEAL, salt=bytes(16))),
        ("inclusion", "no path to the root", leaf(Tag.DELIVERY_SEAL, path=())),
    ),
    *lies(
        24,
        "manifest",
        ("consistency", "another history shown before", _other_history),
        ("unknown-key", "a history signed by nobody", _unsigned_history),
    ),
    *lies(24, "dossier", ("consistency", "a broken consistency proof", _broken_proof)),
    *lies(
        25,
        "events",
        ("not-in-ledger", "a confirmation never logged", unlogged(Tag.CONFIRMATION_RECORD, 0)),
        ("not-in-ledger", "an arrival never logged", unlogged(Tag.INBOUND_KEEP, 2)),
        (
            "not-in-ledger",
            "a refusal for another reason",
            fact(Tag.STATEMENT_REFUSE, 0, reason="signature"),
        ),
        ("not-in-ledger", "another review submitted", fact(Tag.BATCH_SUBMIT, 0, digest=OTHER)),
        ("not-in-ledger", "another word released", fact(Tag.BATCH_RELEASE, 0, statement=OTHER)),
    ),
    *lies(
        25,
        "events",
        ("not-in-ledger", "a consent never logged", unlogged(Tag.CONSENT_GIVE, 0)),
        scenario=OTT,
    ),
]


def _chatty(liar: Liar) -> None:
    """A statement with a number in a member that no reader looks at."""
    before = liar.answers["first"]
    document = decode(to_bytes(before.statement), what="it") | {"remark": "+628701111001"}
    liar.answers["first"] = replace(before, payload=encode(document))


def _earlier_receipt(liar: Liar) -> None:
    told = liar.dossier.summary["acknowledged"] | {"ours": "2026-11-24T07:00:00Z"}
    claim(acknowledged=told)(liar)


def _attempts_first(liar: Liar) -> None:
    liar.clock -= HOUR


CLAIMS = [
    *lies(
        26,
        "events",
        ("number", "a number in an event", fact(Tag.DELIVERY_OUTCOME, 0, note="08701111001 busy")),
        ("number", "a number as an integer", fact(Tag.DELIVERY_OUTCOME, 0, note=628701111001)),
    ),
    *lies(26, "answers", ("number", "a number in a statement", _chatty)),
    *lies(
        27,
        "events",
        ("order", "released before submitted", swapped(Tag.BATCH_SUBMIT, Tag.BATCH_RELEASE)),
        ("order", "sealed before released", swapped(Tag.BATCH_RELEASE, Tag.DELIVERY_SEAL)),
        ("order", "judged before it came", swapped(Tag.INBOUND_KEEP, Tag.RECEIPT_RECORD)),
    ),
    *lies(27, "manifest", ("order", "another release", part("manifest", released=START - HOUR))),
    *lies(27, "review", ("order", "sent an hour before it was sealed", _attempts_first)),
    *lies(27, "dossier", ("order", "exported before its last event", head(exported=START))),
    *lies(
        28,
        "summary",
        ("summary", "more done than declared", claim(declared_done=4)),
        ("summary", "another state", claim(state="FAILED")),
        ("summary", "nothing unanswered", claim(unanswered=0)),
        ("summary", "all blocked", claim(outcomes=[["diblokir_total", "total", 4, True]])),
        ("summary", "an earlier receipt", _earlier_receipt),
        ("summary", "a claim that nobody knows", claim(verified_by_network=True)),
    ),
    *lies(
        28,
        "summary",
        ("summary", "an answer made up", claim(entry={"entry": 3, "disposition": "gagal"})),
        scenario=ENTRY,
    ),
]

LIES = [*ATTEMPTS, *WORDS, *COUNTING, *LEDGER, *CLAIMS]
