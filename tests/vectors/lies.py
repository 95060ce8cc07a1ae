"""The lies: for each numbered check, bundles that are wrong in its point only (tests/vectors/liar).

Each names the check that must refuse it, with which reason. Everything else about such a bundle is
validly signed, logged and summed up, so with that one check gone it would pass.
"""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.domain import bundle
from gateway.domain.canonical import decode, digest, encode
from gateway.domain.ledger import Tag
from gateway.domain.manifest import EntriesHead
from gateway.domain.records import Attempt
from gateway.domain.statements import to_bytes
from gateway.domain.times import DAY, HOUR, SECOND
from gateway.domain.trust import PinnedKey, Trust, write_trust
from gateway.services.dossier import SealingFact, Standing
from tests.vectors.keyring import PARTNER, START
from tests.vectors.liar import SALT, Answer, Liar, Scenario

DELIVERY, ENTRIES = Scenario(), Scenario(with_entries=True)
ENTRY, OTT = Scenario(kind="entry"), Scenario(voluntary=True, with_entries=True)


@dataclass(frozen=True)
class Lie:
    """What is wrong, which check sees it, and with which reason."""

    check: int
    reason: str
    name: str
    stage: str
    tell: Callable[[Liar], None]
    scenario: Scenario = DELIVERY

    def __str__(self) -> str:
        return f"{self.check}-{self.name.replace(' ', '-')}"


LIES: list[Lie] = []


def lie(
    check: int, reason: str, name: str, stage: str, scenario: Scenario = DELIVERY
) -> Callable[[Callable[[Liar], None]], Callable[[Liar], None]]:
    """Enter a function into the table."""

    def enter(tell: Callable[[Liar], None]) -> Callable[[Liar], None]:
        LIES.append(Lie(check, reason, name, stage, tell, scenario))
        return tell

    return enter


def told(
    check: int,
    reason: str,
    name: str,
    stage: str,
    tell: Callable[[Liar], Any],
    scenario: Scenario = DELIVERY,
) -> None:
    """Enter a lie that one expression tells."""
    LIES.append(Lie(check, reason, name, stage, lambda liar: tell(liar) and None, scenario))


def put(thing: object, **values: Any) -> None:
    """Set attributes, as one expression."""
    for name, value in values.items():
        setattr(thing, name, value)


def answer(liar: Liar, name: str, **changes: Any) -> None:
    """Change what is done with an answer, or the statement in it."""
    before = liar.answers[name]
    own = {f.name for f in dataclasses.fields(Answer)}
    said = {n: v for n, v in changes.items() if n not in own}
    changes = {n: v for n, v in changes.items() if n in own}
    statement = dataclasses.replace(before.statement, **said)
    liar.answers[name] = dataclasses.replace(before, statement=statement, **changes)


def about(liar: Liar, name: str, **changes: Any) -> None:
    """Let an answer be about something else."""
    answer(liar, name, about=dataclasses.replace(liar.about(), **changes))


def event_fact(liar: Liar, tag: Tag, position: int, **facts: Any) -> None:
    """Change facts of the position-th event of a tag."""
    places = [i for i, (one, _at, _facts) in enumerate(liar.events) if one is tag]
    one, at, before = liar.events[places[position]]
    liar.events[places[position]] = (one, at, before | facts)


def drop_event(liar: Liar, tag: Tag, position: int) -> None:
    places = [i for i, (one, _at, _facts) in enumerate(liar.events) if one is tag]
    del liar.events[places[position]]


OTHER = digest(b"other")


# --- 1 to 4: the file ------------------------------------------------------------------------------


@lie(1, "form", "made on another day", "file")
def _other_date(liar: Liar) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(liar.files):
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 24, 7, 0, 0)), liar.files[name])
    liar.data = buffer.getvalue()


told(1, "form", "a tail behind the file", "file", lambda x: put(x, data=x.data + b"more"))


@lie(1, "form", "members out of order", "file")
def _unsorted(liar: Liar) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(liar.files, reverse=True):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), liar.files[name])
    liar.data = buffer.getvalue()


def _index(liar: Liar, **changes: str) -> None:
    document = decode(liar.files[bundle.INDEX], what="it")
    document["members"] |= {name.replace("__", "/"): value for name, value in changes.items()}
    liar.files[bundle.INDEX] = encode(document)


told(2, "index", "a wrong digest", "members", lambda x: _index(x, **{"keys.json": OTHER}))
told(2, "index", "a member that is not there", "members", lambda x: _index(x, ghost=OTHER))


@lie(3, "members", "a letter that nobody signed", "members")
def _letter(liar: Liar) -> None:
    liar.files["letter.txt"] = b"the partner told us by telephone that all is blocked"
    liar.files[bundle.INDEX] = bundle.index_of(liar.files)


def _show_key(liar: Liar, **changes: Any) -> None:
    def changed(key: PinnedKey) -> PinnedKey:
        mine = key.kid == liar.keys.signers["partner"].kid
        return dataclasses.replace(key, **changes) if mine else key

    trust = liar.keys.trust()
    liar.change(keys=write_trust(Trust(trust.gateway, map(changed, trust.keys))))


told(4, "other-pin", "a key shown as valid longer", "dossier",
     lambda x: _show_key(x, not_after=START + 900 * DAY))
told(4, "other-pin", "a key shown with another public part", "dossier",
     lambda x: _show_key(x, public=x.keys.signers["stranger"].public))

# --- 5 to 8: the order -----------------------------------------------------------------------------

for signer, reason in (
    ("checkpoint", "wrong-role"),
    ("old-manifest", "key-not-valid"),
    ("gone-manifest", "key-revoked"),
    ("unpinned", "unknown-key"),
    ("partner", "wrong-owner"),
):
    told(5, reason, f"manifest signed by {signer}", "manifest",
         lambda x, signer=signer: put(x, manifest_signer=signer))


def _foreign_signature(liar: Liar) -> None:
    other = dataclasses.replace(liar.manifest, sequence=2, previous=OTHER).to_bytes()
    signer = liar.keys.signers["manifest"]
    from tests.vectors.liar import SIGNATURES

    liar.manifest_jws = SIGNATURES.sign_detached(other, "manifest", signer)


told(5, "signature", "the signature of another manifest", "sealing", _foreign_signature)


def _head(liar: Liar, **changes: Any) -> None:
    liar.change(head=dataclasses.replace(liar.dossier.head, **changes))


told(6, "other-delivery", "another sequence in the head", "dossier", lambda x: _head(x, sequence=2))
told(6, "other-delivery", "another epoch in the head", "dossier", lambda x: _head(x, epoch=2))
told(6, "other-delivery", "another partner in the head", "dossier",
     lambda x: _head(x, partner="opr-uji-b"))
told(6, "other-delivery", "another sequence in the ledger", "events",
     lambda x: event_fact(x, Tag.DELIVERY_SEAL, 0, sequence=9))
told(6, "other-delivery", "another batch in the ledger", "events",
     lambda x: event_fact(x, Tag.DELIVERY_SEAL, 0, batch=9))

told(7, "other-review", "the review of another batch", "review",
     lambda x: x.review.update(batch=8))
told(7, "other-review", "a test review", "review", lambda x: x.review.update(test=False))
told(7, "other-review", "another gateway's review", "review",
     lambda x: x.review.update(gateway="palang-lain"))
told(7, "other-than-reviewed", "more than the reviewed share", "review",
     lambda x: x.review.update(shares=[[PARTNER, 2, 0]]))
told(7, "other-than-reviewed", "a partner without a share", "review",
     lambda x: x.review.update(shares=[["opr-uji-b", 4, 0]]))
told(7, "more-than-reviewed", "more than the batch has", "review",
     lambda x: x.review.update(counts={"block": 3, "unblock": 0}), OTT)

told(8, "one-officer", "one officer with two keys", "review",
     lambda x: put(x.release, officer="siti", signer="siti-2"))
told(8, "one-officer", "one officer with one key", "review",
     lambda x: put(x.release, officer="siti", signer="siti"))
told(8, "other-subject", "another batch approved", "review",
     lambda x: put(x.release, subject="batch:8"))
told(8, "other-subject", "another review approved", "review",
     lambda x: put(x.submit, digest=OTHER))
told(8, "other-subject", "submitted twice, released never", "review",
     lambda x: put(x.release, act="batch.submit"))
told(8, "audience", "approved to another gateway", "review",
     lambda x: put(x.release, aud="palang-lain"))
for signer, reason in (
    ("unpinned", "unknown-key"),
    ("old-approval", "key-not-valid"),
    ("gone-approval", "key-revoked"),
    ("siti", "wrong-owner"),
):
    told(8, reason, f"released by key {signer}", "review",
         lambda x, signer=signer: put(x.release, signer=signer))

# --- 9 and 10: the numbers -------------------------------------------------------------------------

told(9, "entries", "another number in entries.csv", "dossier",
     lambda x: x.change(entries=x.csv.replace(b"628701111001", b"628701111009")), ENTRIES)
told(9, "entries", "another salt", "dossier", lambda x: x.change(salt=bytes(32)), ENTRIES)
told(9, "entries", "a salt without entries", "members", lambda x: _drop_entries(x), ENTRIES)
told(9, "entries", "another root signed", "slice",
     lambda x: put(x, head=dataclasses.replace(x.head, root=OTHER)), ENTRIES)
told(9, "entries", "another digest signed", "slice",
     lambda x: put(x, head=dataclasses.replace(x.head, digest=OTHER)), ENTRIES)
told(9, "entries", "another size signed", "slice",
     lambda x: put(x, head=EntriesHead(7, x.head.digest, x.head.root)), ENTRIES)
told(9, "entries", "another count signed", "slice", lambda x: put(x, counts=(5, 0)), ENTRIES)


def _drop_entries(liar: Liar) -> None:
    del liar.files["slice/entries.csv"]
    liar.files[bundle.INDEX] = bundle.index_of(liar.files)


def _proof(liar: Liar, **changes: Any) -> None:
    liar.change(proof=dataclasses.replace(liar.proof(3), **changes))


told(10, "inclusion", "another number in the line", "dossier",
     lambda x: _proof(x, line=x.proof(3).line.replace("1003", "1009")), ENTRY)
told(10, "inclusion", "a path of another entry", "dossier",
     lambda x: _proof(x, path=x.proof(2).path), ENTRY)
told(10, "inclusion", "another leaf salt", "dossier", lambda x: _proof(x, salt=SALT[:16]), ENTRY)
told(10, "entry", "another entry's line", "dossier", lambda x: x.change(proof=x.proof(2)), ENTRY)
told(10, "entry", "no line at all", "dossier", lambda x: x.change(proof=None), ENTRY)

# --- 11 and 12: parcels, consent -------------------------------------------------------------------

told(11, "other-parcel", "a parcel that was never logged", "events",
     lambda x: event_fact(x, Tag.DELIVERY_SEAL, 0, parcel=OTHER))
told(11, "other-parcel", "another recipient logged", "events",
     lambda x: event_fact(x, Tag.DELIVERY_SEAL, 0, kid=x.keys.seal["stranger"]))
told(11, "wrong-owner", "sealed to another partner's key", "sealing",
     lambda x: put(x, sealings=[dataclasses.replace(x.sealings[0], kid=x.keys.seal["stranger"])]))
told(11, "wrong-role", "sealed to a signing key", "sealing",
     lambda x: put(x, sealings=[
         dataclasses.replace(x.sealings[0], kid=x.keys.signers["partner"].kid)]))


def _terms(liar: Liar, **changes: Any) -> None:
    liar.terms = dataclasses.replace(liar.terms, **changes)


told(12, "consent", "another consent than is named", "manifest",
     lambda x: put(x, manifest=dataclasses.replace(x.manifest, consent=OTHER)), OTT)
told(12, "consent", "a consent to an order", "events",
     lambda x: put(x, consent=b"x") or x.log(Tag.CONSENT_GIVE, START, consent=digest(b"x")))
for signer, reason in (("stranger", "wrong-owner"), ("unpinned", "unknown-key")):
    told(12, reason, f"consent signed by {signer}", "consent",
         lambda x, signer=signer: put(x, consent_signer=signer), OTT)
told(12, "consent-ended", "a consent that ended before", "consent",
     lambda x: _terms(x, until=START), OTT)
told(12, "consent-ended", "a consent that begins later", "consent",
     lambda x: _terms(x, since=START + DAY), OTT)
told(12, "consent-exceeded", "more entries than it allows", "consent",
     lambda x: _terms(x, most=3), OTT)
told(12, "consent-exceeded", "a category outside it", "consent",
     lambda x: _terms(x, categories=("spam",)), OTT)
told(12, "consent-exceeded", "a channel outside it", "consent",
     lambda x: _terms(x, channels=("sms",)), OTT)
told(12, "consent-exceeded", "a field outside it", "consent",
     lambda x: _terms(x, fields=("category",)), OTT)


@lie(12, "consent-ended", "a consent withdrawn before the attempt", "events", OTT)
def _withdrawn(liar: Liar) -> None:
    at = liar.attempts[0].began_at - SECOND
    place = next(i for i, e in enumerate(liar.events) if e[0] is Tag.DELIVERY_ATTEMPT)
    gone = (Tag.CONSENT_WITHDRAW, at, {"consent": digest(liar.consent), "partner": PARTNER})
    liar.events.insert(place, gone)


# --- 13 and 14: attempts and states ----------------------------------------------------------------


def _attempts(liar: Liar, position: int, **changes: Any) -> None:
    shown: list[Attempt] = list(liar.dossier.attempts)
    shown[position] = dataclasses.replace(shown[position], **changes)
    liar.change(attempts=tuple(shown))


told(13, "attempts", "an attempt left out", "dossier",
     lambda x: x.change(attempts=x.dossier.attempts[1:]))
told(13, "attempts", "an unknown outcome shown as sent", "dossier",
     lambda x: _attempts(x, 0, outcome="sent"))
told(13, "attempts", "another beginning", "dossier",
     lambda x: _attempts(x, 1, began_at=START))
told(13, "attempts", "another end", "dossier", lambda x: _attempts(x, 1, ended_at=START))
told(13, "attempts", "another sealing", "dossier", lambda x: _attempts(x, 1, sealing=2))
told(13, "attempts", "another consent", "dossier", lambda x: _attempts(x, 1, consent=OTHER))

told(14, "states", "a change from nowhere", "events",
     lambda x: event_fact(x, Tag.DELIVERY_OUTCOME, 1, **{"from": "REJECTED"}))
told(14, "states", "acknowledged without a receipt", "events",
     lambda x: x.answers.pop("ack") and x.answers.pop("nack"))
told(14, "states", "a receipt that changed nothing", "events",
     lambda x: event_fact(x, Tag.RECEIPT_RECORD, 0, state="SENT") or event_fact(
         x, Tag.RECEIPT_RECORD, 1, **{"from": "SENT", "state": "SENT"}))

# --- 15 to 18: whose words, about what -------------------------------------------------------------

for check, name in ((15, "ack"), (17, "first")):
    for signer, reason in (
        ("stranger", "wrong-owner"),
        ("unpinned", "unknown-key"),
        ("old-statement", "key-not-valid"),
        ("gone-statement", "key-revoked"),
        ("manifest", "wrong-owner"),
    ):
        told(check, reason, f"{name} signed by {signer}", "answers",
             lambda x, signer=signer, name=name: answer(x, name, signer=signer))
    told(check, "issuer", f"{name} issued by another", "answers",
         lambda x, name=name: answer(x, name, iss="opr-uji-b"))
    told(check, "audience", f"{name} to another gateway", "answers",
         lambda x, name=name: answer(x, name, aud="palang-lain"))

for check, name in ((16, "ack"), (18, "first")):
    told(check, "unknown-parcel", f"{name} over another parcel", "answers",
         lambda x, name=name: about(x, name, parcel=OTHER))
    told(check, "wrong-object", f"{name} over another manifest", "answers",
         lambda x, name=name: about(x, name, manifest=OTHER))
    told(check, "wrong-object", f"{name} over another sequence", "answers",
         lambda x, name=name: about(x, name, sequence=2))
    told(check, "wrong-object", f"{name} over another epoch", "answers",
         lambda x, name=name: about(x, name, epoch=2))
told(18, "wrong-object", "a confirmation of another delivery", "answers",
     lambda x: answer(x, "first", delivery=f"8.{PARTNER}.1"))

# --- 19 to 21: what counts -------------------------------------------------------------------------

told(19, "entry-outside", "an entry that was never sent", "answers",
     lambda x: answer(x, "second", rows=x.confirm(2, {2: "gagal", 5: "gagal"}).rows))
told(19, "entry-outside", "an entry zero", "answers",
     lambda x: answer(x, "second", rows=x.confirm(2, {0: "gagal"}).rows))
told(19, "wrong-action", "a block answered as opened", "answers",
     lambda x: answer(x, "second", rows=x.confirm(2, {2: "dibuka"}).rows))

told(20, "standing", "a conflict that counts", "answers",
     lambda x: answer(x, "third", standing=Standing.COUNTED))
told(20, "standing", "a confirmation set aside", "answers",
     lambda x: answer(x, "second", standing=Standing.CONFLICT))


@lie(20, "standing", "a negative over an old sealing that counts", "answers")
def _old_sealing(liar: Liar) -> None:
    at = liar.sealings[0].at + SECOND
    liar.sealings.append(SealingFact(2, digest(b"parcel 2"), liar.keys.seal["partner"], at))
    del liar.answers["ack"]
    answer(liar, "nack", standing=Standing.COUNTED)


@lie(20, "standing", "a negative after a positive that counts", "events")
def _late_negative(liar: Liar) -> None:
    answer(liar, "nack", standing=Standing.COUNTED)
    event_fact(liar, Tag.RECEIPT_RECORD, 1, counted=True)


told(20, "standing", "a second positive that counts", "answers",
     lambda x: put(x.answers["nack"], statement=x.ack(at=START), standing=Standing.COUNTED))

told(21, "refused-though-good", "a good confirmation refused", "answers",
     lambda x: answer(x, "second", standing=Standing.REFUSED, reason="signature"))
told(21, "refused-though-good", "a good negative refused", "answers",
     lambda x: answer(x, "nack", standing=Standing.REFUSED, reason="signature"))

# --- 22 to 25: the ledger --------------------------------------------------------------------------

for signer, reason in (
    ("manifest", "unknown-key"),
    ("unpinned", "unknown-key"),
    ("old-checkpoint", "key-not-valid"),
    ("gone-checkpoint", "key-revoked"),
):
    told(22, reason, f"checkpoint signed by {signer}", "ledger",
         lambda x, signer=signer: put(x, note=x.note_over(x.salted, signer)))


def _leaf(liar: Liar, tag: Tag, **changes: Any) -> None:
    leaves = list(liar.dossier.leaves)
    place = next(i for i, one in enumerate(leaves) if one.tag == tag)
    leaves[place] = dataclasses.replace(leaves[place], **changes)
    liar.change(leaves=tuple(leaves))


@lie(23, "inclusion", "an event rewritten after", "dossier")
def _rewritten(liar: Liar) -> None:
    leaf = next(one for one in liar.dossier.leaves if one.tag == Tag.DELIVERY_ATTEMPT)
    facts = leaf.facts | {"fence": 9}
    document = {"v": 1, "event": str(Tag.DELIVERY_ATTEMPT), "at": "2026-11-24T07:04:00Z"} | facts
    _leaf(liar, Tag.DELIVERY_ATTEMPT, event=encode(document))


told(23, "inclusion", "another salt of a leaf", "dossier",
     lambda x: _leaf(x, Tag.DELIVERY_SEAL, salt=bytes(16)))
told(23, "inclusion", "a path cut short", "dossier",
     lambda x: _leaf(x, Tag.DELIVERY_SEAL, path=x.dossier.leaves[0].path))


def _shown(liar: Liar, note: str) -> None:
    liar.manifest = dataclasses.replace(liar.manifest, checkpoint=note)


told(24, "consistency", "another history shown before", "manifest",
     lambda x: _shown(x, x.note_over([(bytes(16), b"{}")], "checkpoint")))
told(24, "unknown-key", "the shown history signed by nobody", "manifest",
     lambda x: _shown(x, x.note_over(x._prefix(), "unpinned")))
told(24, "consistency", "a broken consistency proof", "dossier",
     lambda x: x.change(consistency=x.dossier.consistency[:-1]))

told(25, "not-in-ledger", "a confirmation that was never logged", "events",
     lambda x: drop_event(x, Tag.CONFIRMATION_RECORD, 0))
told(25, "not-in-ledger", "a statement whose arrival was never logged", "events",
     lambda x: drop_event(x, Tag.INBOUND_KEEP, 2))
told(25, "not-in-ledger", "a refusal for another reason", "events",
     lambda x: event_fact(x, Tag.STATEMENT_REFUSE, 0, reason="signature"))
told(25, "not-in-ledger", "a submit over another review", "events",
     lambda x: event_fact(x, Tag.BATCH_SUBMIT, 0, digest=OTHER))
told(25, "not-in-ledger", "a release by another statement", "events",
     lambda x: event_fact(x, Tag.BATCH_RELEASE, 0, statement=OTHER))
told(25, "not-in-ledger", "a consent that was never logged", "events",
     lambda x: drop_event(x, Tag.CONSENT_GIVE, 0), OTT)

# --- 26 to 28: numbers, order, claims --------------------------------------------------------------

told(26, "number", "a number in an event", "events",
     lambda x: event_fact(x, Tag.DELIVERY_OUTCOME, 0, remark="08701111001 is busy"))
told(26, "number", "a number as an integer", "events",
     lambda x: event_fact(x, Tag.DELIVERY_OUTCOME, 0, remark=628701111001))


@lie(26, "number", "a number in a statement", "answers")
def _chatty(liar: Liar) -> None:
    before = liar.answers["first"]
    document = decode(to_bytes(before.statement), what="it") | {"remark": "+628701111001"}
    liar.answers["first"] = dataclasses.replace(before, payload=encode(document))


def _swap(liar: Liar, tag: Tag, other: Tag) -> None:
    a, b = (next(i for i, e in enumerate(liar.events) if e[0] is t) for t in (tag, other))
    liar.events[a], liar.events[b] = liar.events[b], liar.events[a]


told(27, "order", "released before it was submitted", "events",
     lambda x: _swap(x, Tag.BATCH_SUBMIT, Tag.BATCH_RELEASE))
told(27, "order", "sealed before it was released", "events",
     lambda x: _swap(x, Tag.BATCH_RELEASE, Tag.DELIVERY_SEAL))
told(27, "order", "judged before it came", "events",
     lambda x: _swap(x, Tag.INBOUND_KEEP, Tag.RECEIPT_RECORD))
told(27, "order", "another time of release", "manifest",
     lambda x: put(x, manifest=dataclasses.replace(x.manifest, released=START - HOUR)))
told(27, "order", "sent an hour before it was sealed", "review",
     lambda x: put(x, clock=x.clock - HOUR))


def _claim(liar: Liar, **changes: Any) -> None:
    liar.change(summary=liar.dossier.summary | changes)


told(28, "summary", "more done than declared", "summary", lambda x: _claim(x, declared_done=4))
told(28, "summary", "another state", "summary", lambda x: _claim(x, state="FAILED"))
told(28, "summary", "nothing unanswered", "summary", lambda x: _claim(x, unanswered=0))
told(28, "summary", "a failure shown as done", "summary",
     lambda x: _claim(x, outcomes=[["diblokir_total", "total", 4, True]]))
told(28, "summary", "an earlier receipt", "summary",
     lambda x: _claim(x, acknowledged=x.dossier.summary["acknowledged"] | {
         "ours": "2026-11-24T07:00:00Z"}))
told(28, "summary", "an entry's answer made up", "summary",
     lambda x: _claim(x, entry={"entry": 3, "disposition": "diblokir_total"}), ENTRY)
told(28, "summary", "a claim that nobody knows", "summary",
     lambda x: _claim(x, verified_by_network=True))
