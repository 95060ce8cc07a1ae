"""Lies about the file, the order, the numbers and the consent: checks 1 to 12."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

from gateway.domain.canonical import digest
from gateway.domain.ledger import Tag
from gateway.domain.times import DAY, SECOND
from tests.vectors.keyring import PARTNER, START
from tests.vectors.liar import Liar
from tests.vectors.lying import (
    ENTRIES,
    ENTRY,
    OTHER,
    OTT,
    fact,
    files,
    head,
    index,
    lies,
    part,
    proof,
    put,
    review,
    said,
    shown_key,
)
from tests.vectors.parts import SALT, SIGNATURES, Word


def _zipped(liar: Liar, date: tuple[int, int, int], *, backwards: bool) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(liar.files, reverse=backwards):
            archive.writestr(zipfile.ZipInfo(name, (*date, 0, 0, 0)), liar.files[name])
    liar.data = buffer.getvalue()


def _tail(liar: Liar) -> None:
    liar.data += b"more"


FILE = [
    *lies(
        1,
        "file",
        ("form", "made on another day", lambda x: _zipped(x, (2026, 11, 24), backwards=False)),
        ("form", "members out of order", lambda x: _zipped(x, (1980, 1, 1), backwards=True)),
        ("form", "a tail behind the file", _tail),
    ),
    *lies(
        2,
        "members",
        ("index", "a wrong digest", index("keys.json", OTHER)),
        ("index", "a member that is not there", index("ghost", OTHER)),
    ),
    *lies(
        3,
        "members",
        ("members", "a letter that nobody signed", files(lambda f: f.update({"a.txt": b"done"}))),
    ),
    *lies(
        4,
        "dossier",
        (
            "other-pin",
            "a key shown as valid earlier",
            shown_key(lambda _x, key: replace(key, not_before=START - 900 * DAY)),
        ),
        (
            "other-pin",
            "a key shown with another public part",
            shown_key(lambda x, key: replace(key, public=x.keys.signers["stranger"].public)),
        ),
    ),
]


def _of_another(liar: Liar) -> None:
    """The signature of another manifest."""
    other = replace(liar.manifest, sequence=2, previous=OTHER).to_bytes()
    signer = liar.keys.signers["manifest"]
    liar.manifest_jws = SIGNATURES.sign_detached(other, "manifest", signer)


MANIFEST = [
    *lies(
        5,
        "manifest",
        ("wrong-role", "manifest by a checkpoint key", put(manifest_signer="checkpoint")),
        ("key-not-valid", "manifest by an ended key", put(manifest_signer="old-manifest")),
        ("key-revoked", "manifest by a revoked key", put(manifest_signer="gone-manifest")),
        ("unknown-key", "manifest by a key nobody pinned", put(manifest_signer="unpinned")),
        ("wrong-owner", "manifest by a partner", put(manifest_signer="partner")),
    ),
    *lies(5, "sealing", ("signature", "the signature of another manifest", _of_another)),
    *lies(
        6,
        "dossier",
        ("other-delivery", "another sequence in the head", head(sequence=2)),
        ("other-delivery", "another epoch in the head", head(epoch=2)),
        ("other-delivery", "another partner in the head", head(partner="opr-uji-b")),
    ),
    *lies(
        6,
        "events",
        ("other-delivery", "another sequence logged", fact(Tag.DELIVERY_SEAL, 0, sequence=9)),
        ("other-delivery", "another batch logged", fact(Tag.DELIVERY_SEAL, 0, batch=9)),
    ),
]


def _released(officer: str, signer: str) -> Word:
    return Word(officer, signer, "batch.release")


OFFICERS = [
    *lies(
        7,
        "review",
        ("other-review", "the review of another batch", review(batch=8)),
        ("other-review", "a review of real numbers", review(test=False)),
        ("other-review", "another gateway's review", review(gateway="palang-lain")),
        ("other-than-reviewed", "more than the share", review(shares=[[PARTNER, 2, 0]])),
        ("other-than-reviewed", "a partner without share", review(shares=[["opr-uji-b", 4, 0]])),
    ),
    *lies(
        7,
        "review",
        (
            "more-than-reviewed",
            "more than the batch has",
            review(counts={"block": 3, "unblock": 0}),
        ),
        scenario=OTT,
    ),
    *lies(
        8,
        "review",
        ("one-officer", "one officer with two keys", put(release=_released("siti", "siti-2"))),
        ("one-officer", "one officer with one key", put(release=_released("siti", "siti"))),
        ("other-subject", "another batch approved", part("release", subject="batch:8")),
        ("other-subject", "another review approved", part("submit", digest=OTHER)),
        ("other-subject", "submitted twice", part("release", act="batch.submit")),
        ("audience", "approved to another gateway", part("release", aud="palang-lain")),
        ("unknown-key", "released by a key nobody pinned", part("release", signer="unpinned")),
        ("key-not-valid", "released by an ended key", part("release", signer="old-approval")),
        ("key-revoked", "released by a revoked key", part("release", signer="gone-approval")),
        ("wrong-owner", "released in another's name", part("release", signer="siti")),
    ),
]


def _other_number(liar: Liar) -> None:
    liar.change(entries=liar.csv.replace(b"628701111001", b"628701111009"))


def _other_line(liar: Liar) -> None:
    liar.change(proof=liar.proof(2))


NUMBERS = [
    *lies(
        9,
        "dossier",
        ("entries", "another number in entries", _other_number),
        ("entries", "another salt", said(salt=bytes(32))),
        scenario=ENTRIES,
    ),
    *lies(
        9,
        "members",
        ("entries", "a salt alone", files(lambda f: f.pop("slice/entries.csv"))),
        ("entries", "entries alone", files(lambda f: f.pop("slice/slice.salt"))),
        scenario=ENTRIES,
    ),
    *lies(
        9,
        "slice",
        ("entries", "another root signed", part("head", root=OTHER)),
        ("entries", "another digest signed", part("head", digest=OTHER)),
        ("entries", "another size signed", part("head", bytes=7)),
        ("entries", "another count signed", put(counts=(5, 0))),
        scenario=ENTRIES,
    ),
    *lies(
        10,
        "dossier",
        (
            "inclusion",
            "another number in the line",
            proof(lambda x: {"line": x.proof(3).line.replace("1003", "1009")}),
        ),
        ("inclusion", "the path of another", proof(lambda x: {"path": x.proof(2).path})),
        ("inclusion", "another leaf salt", proof(lambda _x: {"salt": SALT[:16]})),
        ("entry", "the line of another", _other_line),
        ("entry", "no line at all", said(proof=None)),
        scenario=ENTRY,
    ),
]


def _to_stranger(liar: Liar) -> None:
    liar.sealings = [replace(liar.sealings[0], kid=liar.keys.seal["stranger"])]


def _to_signing_key(liar: Liar) -> None:
    liar.sealings = [replace(liar.sealings[0], kid=liar.keys.signers["partner"].kid)]


PARCELS = [
    *lies(
        11,
        "events",
        ("other-parcel", "a parcel never logged", fact(Tag.DELIVERY_SEAL, 0, parcel=OTHER)),
        ("other-parcel", "another recipient logged", fact(Tag.DELIVERY_SEAL, 0, kid="x" * 43)),
    ),
    *lies(
        11,
        "sealing",
        ("wrong-owner", "sealed to another partner", _to_stranger),
        ("wrong-role", "sealed to a signing key", _to_signing_key),
    ),
]


def _order_by_consent(liar: Liar) -> None:
    liar.consent = b"x"
    liar.log(Tag.CONSENT_GIVE, START, consent=digest(b"x"))


def _withdrawn(liar: Liar) -> None:
    """The partner's withdrawal was logged before the first attempt."""
    place = next(i for i, one in enumerate(liar.events) if one[0] is Tag.DELIVERY_ATTEMPT)
    at = liar.attempts[0].began_at - SECOND
    facts = {"consent": digest(liar.consent), "partner": PARTNER}
    liar.events.insert(place, (Tag.CONSENT_WITHDRAW, at, facts))


CONSENTS = [
    *lies(12, "events", ("consent", "an order resting on a consent", _order_by_consent)),
    *lies(
        12,
        "manifest",
        ("consent", "another consent", part("manifest", consent=OTHER)),
        scenario=OTT,
    ),
    *lies(
        12,
        "consent",
        ("wrong-owner", "a consent by a stranger", put(consent_signer="stranger")),
        ("unknown-key", "a consent by nobody", put(consent_signer="unpinned")),
        ("consent-ended", "a consent that ended", part("terms", until=START)),
        ("consent-ended", "a consent that begins later", part("terms", since=START + DAY)),
        ("consent-exceeded", "more entries than it allows", part("terms", most=3)),
        ("consent-exceeded", "a category outside it", part("terms", categories=("spam",))),
        ("consent-exceeded", "a channel outside it", part("terms", channels=("sms",))),
        ("consent-exceeded", "a field outside it", part("terms", fields=("category",))),
        scenario=OTT,
    ),
    *lies(12, "events", ("consent-ended", "a consent withdrawn before", _withdrawn), scenario=OTT),
]

LIES = [*FILE, *MANIFEST, *OFFICERS, *NUMBERS, *PARCELS, *CONSENTS]
