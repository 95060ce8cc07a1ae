"""The parcels of the ladder: good ones, and bad ones that a partner must refuse. Pure.

All numbers are of the ranges 0870 to 0875, which no operator has (domain.md section 5); every
manifest says `test` and `rehearsal`, so that no partner takes one for a delivery.
"""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain import entries as csv
from gateway.domain.entries import SliceEntry
from gateway.domain.ids import DeliveryId
from gateway.domain.manifest import Basis, EntriesHead, Manifest
from gateway.domain.times import Micros

COUNT = 7  # entries of a sample: six blocks and one unblock
RUN = 1_000  # batch numbers of one climb; a later climb has higher ones


class Variant(StrEnum):
    """What a parcel is for. `again` is the sample once more, byte for byte; of the bad ones the
    word after `bad-` is what is wrong; `late` is held back until it is asked for."""

    SAMPLE = "sample"
    AGAIN = "again"
    BAD_ROW = "bad-row"
    BAD_TWICE = "bad-twice"
    BAD_COUNT = "bad-count"
    BAD_DIGEST = "bad-digest"
    BAD_SIGNATURE = "bad-signature"
    EARLY = "early"
    LATE = "late"
    KEY = "key"


BAD = (
    Variant.BAD_ROW,
    Variant.BAD_TWICE,
    Variant.BAD_COUNT,
    Variant.BAD_DIGEST,
    Variant.BAD_SIGNATURE,
)

WRONG = {
    Variant.BAD_ROW: "a letter in a number",
    Variant.BAD_TWICE: "one number in two rows",
    Variant.BAD_COUNT: "other counts than the manifest says",
    Variant.BAD_DIGEST: "an entry changed after it was signed",
    Variant.BAD_SIGNATURE: "a manifest signed by a key that is pinned nowhere",
}


@dataclass(frozen=True, slots=True)
class Addressee:
    """For whom samples are made. `consent` is the digest of an OTT's consent, else ""."""

    gateway: str
    partner: str
    basis: Basis
    consent: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the rehearsal's own sequence a sample stands; `run` counts the climbs from 1."""

    run: int
    sequence: int
    previous: str

    def delivery(self, partner: str) -> DeliveryId:
        """Its id; batches of a later climb are higher."""
        return DeliveryId(self.run * RUN + self.sequence, partner, 1)


@dataclass(frozen=True, slots=True)
class Sample:
    """A manifest and the entries that go with it, not yet signed."""

    variant: Variant
    manifest: Manifest
    entries: bytes
    salt: bytes


def sample(
    to: Addressee, variant: Variant, place: Place, salt: bytes, checkpoint: str, at: Micros
) -> Sample:
    """One parcel's inside. `salt` is random, 32 bytes; the numbers are drawn from it too."""
    data = _entries(to.basis, salt)
    if variant is Variant.BAD_ROW:
        data = _with_letter(data)
    if variant is Variant.BAD_TWICE:
        data = _with_twice(data)
    manifest = _manifest(to, place, _head(data, salt), checkpoint, at)
    if variant is Variant.BAD_COUNT:
        manifest = replace(manifest, block=manifest.block + 1)
    if variant is Variant.BAD_DIGEST:
        data = _with_other_digit(data)
    return Sample(variant, manifest, data, salt)


def _manifest(
    to: Addressee, place: Place, head: EntriesHead, checkpoint: str, at: Micros
) -> Manifest:
    return Manifest(
        gateway=to.gateway,
        partner=to.partner,
        epoch=place.run,
        sequence=place.sequence,
        previous=place.previous,
        kind="delta",
        voids=(),
        delivery=place.delivery(to.partner),
        basis=to.basis,
        consent=to.consent,
        test=True,
        block=COUNT - 1,
        unblock=1,
        entries=head,
        released=at,
        issued=at,
        respond_within="PT24H",
        checkpoint=checkpoint,
        rehearsal=True,
    )


def _head(data: bytes, salt: bytes) -> EntriesHead:
    return EntriesHead(len(data), csv.salted_digest(salt, data), csv.root_of(salt, data))


def _entries(basis: Basis, salt: bytes) -> bytes:
    on, off = (csv.LISTED, csv.DELISTED) if basis == "voluntary" else (csv.BLOCK, csv.UNBLOCK)
    rows = [
        SliceEntry(place, number, on if place < COUNT else off, "", "", "", "", "")
        for place, number in enumerate(_numbers(salt), 1)
    ]
    return csv.write(rows)


def _numbers(salt: bytes) -> list[int]:
    """COUNT different ones: 62, 870 to 875, the entry's place, seven digits."""
    drawn = hashlib.shake_256(b"palang/ladder" + salt).digest(8 * COUNT)
    tails = (int.from_bytes(drawn[8 * i : 8 * i + 8]) % 10**7 for i in range(COUNT))
    return [
        (62_870 + place % 6) * 10**8 + place * 10**7 + tail for place, tail in enumerate(tails, 1)
    ]


def _with_letter(data: bytes) -> bytes:
    lines = data.split(b"\n")
    entry, number, rest = lines[1].split(b",", 2)
    lines[1] = b",".join((entry, number[:-1] + b"x", rest))
    return b"\n".join(lines)


def _with_twice(data: bytes) -> bytes:
    lines = data.split(b"\n")
    first = lines[1].split(b",", 2)
    entry, _number, rest = lines[2].split(b",", 2)
    lines[2] = b",".join((entry, first[1], rest))
    return b"\n".join(lines)


def _with_other_digit(data: bytes) -> bytes:
    lines = data.split(b"\n")
    entry, number, rest = lines[1].split(b",", 2)
    lines[1] = b",".join((entry, number[:-1] + (b"1" if number[-1:] != b"1" else b"2"), rest))
    return b"\n".join(lines)
