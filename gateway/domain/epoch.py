"""A new epoch: what two officers are shown and sign after a restore (promise E, ADR 0006).

A restored database has forgotten what happened after its backup. Partners have not: a sequence, a
delivery id or a batch number that they know already must not come again with another content. So
every count begins anew above whatever can have been used.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain import fields
from gateway.domain.canonical import Json, JsonObject, decode, digest, encode
from gateway.domain.errors import NotVerified
from gateway.domain.ids import is_partner_id

DELIVERIES_OF_AN_EPOCH = 100
"""How many numbers `n` of `<batch>.<partner>.<n>` an epoch has; design 8 allows 9999 in all."""

BATCH_STEP = 1000
"""Batch numbers go on after the next thousand but one, so that at least so many are left out."""


def first_delivery_number(epoch: int) -> int:
    """The smallest `n` of a delivery that is made in this epoch: 1, 101, 201, ...

    A partner may hold `7.opr-uji-a.1` of a lost day; the same id with another manifest would be
    refused for good.
    """
    return (epoch - 1) * DELIVERIES_OF_AN_EPOCH + 1


def next_batch_number(last: int) -> int:
    """The first batch number of a new epoch, where `last` is the last one that is known: at a
    partner the higher batch wins, so a new decision must stand above all lost ones."""
    return (last // BATCH_STEP + 2) * BATCH_STEP + 1


@dataclass(frozen=True, slots=True)
class HighWaterMark:
    """What a high-water file says: how far the ledger and each partner's sequence went."""

    epoch: int
    ledger: int
    streams: tuple[tuple[str, int], ...]


def read_high_water(data: bytes) -> HighWaterMark:
    """Read the file's content. Raises NotVerified("malformed", "version")."""
    document = decode(data, what="the high-water file")
    fields.version(document)
    listed = fields.member(document, "streams")
    streams = tuple((name, fields.whole(listed, name, least=1)) for name in sorted(listed))
    epoch = fields.whole(document, "epoch", least=1)
    return HighWaterMark(epoch, fields.whole(document, "ledger"), streams)


def furthest(marks: Iterable[HighWaterMark]) -> HighWaterMark | None:
    """What several machines' files say together: the latest epoch, and of it the maximum of each
    count; None of none."""
    found = list(marks)
    epoch = max((mark.epoch for mark in found), default=0)
    of_it = [mark for mark in found if mark.epoch == epoch]
    streams: dict[str, int] = {}
    for partner, last in (one for mark in of_it for one in mark.streams):
        streams[partner] = max(last, streams.get(partner, 0))
    ledger = max((mark.ledger for mark in of_it), default=0)
    return HighWaterMark(epoch, ledger, tuple(sorted(streams.items()))) if of_it else None


class Source(StrEnum):
    """Who says how far a partner's sequence went. Only the high-water file knows the end: it is
    raised before anything leaves the house. Everyone else knows what they saw."""

    HIGH_WATER = "high-water"
    BACKUP = "backup"
    RECEIPT = "receipt"
    EXCHANGE = "exchange"
    SAID = "said"


_OF_PARTNERS = (Source.RECEIPT, Source.SAID)


@dataclass(frozen=True, slots=True, order=True)
class Sighting:
    """A sequence of a partner that was seen somewhere."""

    partner: str
    source: Source
    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True, order=True)
class Uncertain:
    """A delivery in the restored database without a receipt; `sequence` is 0 where it was not
    sealed by then."""

    sequence: int
    delivery: str
    state: str


@dataclass(frozen=True, slots=True)
class PartnerShare:
    """One partner in the document.

    `restored` is its last sequence in the restored database. `first` to `last` are the sequences
    that it may have received since and that the database knows nothing of; `first` is 0 where there
    are none, `last` 0 where nobody knows the end. `seen` is the highest of them that was seen.
    """

    partner: str
    restored: int
    first: int
    last: int
    seen: int
    uncertain: tuple[Uncertain, ...] = ()


def share_of(
    partner: str,
    epoch: int,
    restored: int,
    sightings: tuple[Sighting, ...],
    uncertain: tuple[Uncertain, ...],
    *,
    complete: bool,
) -> PartnerShare:
    """What one partner may have received.

    `complete`: there is a surviving high-water file of this epoch, so its mark is the end.
    """
    own = [s for s in sightings if s.partner == partner]
    seen = max((s.sequence for s in own if s.epoch == epoch), default=0)
    marks = [s.sequence for s in own if s.epoch == epoch and s.source is Source.HIGH_WATER]
    later = any(s.epoch > epoch for s in own)
    if complete and not later:
        end = max([*marks, seen])
        first, last = (restored + 1, end) if end > restored else (0, 0)
    else:
        first, last = restored + 1, 0
    return PartnerShare(partner, restored, first, last, max(seen, restored), uncertain)


@dataclass(frozen=True, slots=True)
class EpochDocument:
    """What is signed. `backup` and `made` name the backup, "" where none was restored; `root` is of
    the ledger at `ledger` leaves; `consents` are the OTTs whose withdrawal may be lost.

    `high_water`: every machine's file survives, so the end is known; `survived`: at least one does;
    `chosen`: the officers named the epoch themselves.
    """

    gateway: str
    before: int
    epoch: int
    backup: str
    made: str
    ledger: int
    root: str
    high_water: bool
    survived: bool
    chosen: bool
    next_batch: int
    shares: tuple[PartnerShare, ...]
    sightings: tuple[Sighting, ...]
    consents: tuple[str, ...]

    @property
    def subject(self) -> str:
        """What the approvals are about."""
        return f"epoch:{self.epoch}"

    @property
    def unheard(self) -> tuple[str, ...]:
        """Partners that must be asked first how far they are.

        Where no high-water file survives, the same backup may have been restored before: its epoch
        was opened, used and lost. Partners know it, or the officers who signed it do.
        """
        if self.survived or self.chosen:
            return ()
        heard = {s.partner for s in self.sightings if s.source in _OF_PARTNERS}
        return tuple(share.partner for share in self.shares if share.partner not in heard)

    def to_bytes(self) -> bytes:
        """The exact bytes whose digest is signed."""
        return encode(
            {
                "v": 1,
                "typ": "epoch",
                "gateway": self.gateway,
                "before": self.before,
                "epoch": self.epoch,
                "backup": self.backup,
                "made": self.made,
                "ledger": self.ledger,
                "root": self.root,
                "high_water": self.high_water,
                "survived": self.survived,
                "chosen": self.chosen,
                "next_batch": self.next_batch,
                "partners": {share.partner: _share_json(share) for share in self.shares},
                "sightings": [
                    [s.partner, str(s.source), s.epoch, s.sequence] for s in self.sightings
                ],
                "consents": list(self.consents),
            }
        )

    def digest(self) -> str:
        """What is signed."""
        return digest(self.to_bytes())


def _share_json(share: PartnerShare) -> JsonObject:
    return {
        "restored": share.restored,
        "first": share.first,
        "last": share.last,
        "seen": share.seen,
        "uncertain": [[u.sequence, u.delivery, u.state] for u in share.uncertain],
    }


def read_document(data: bytes) -> EpochDocument:
    """Read a document. Raises NotVerified("malformed", "version")."""
    document = decode(data, what="the epoch's document")
    fields.version(document)
    fields.one_of(document, "typ", ("epoch",))
    try:
        return _document(document)
    except (TypeError, ValueError, KeyError):
        raise NotVerified("malformed", "the epoch's document is not of its form") from None


def _document(document: JsonObject) -> EpochDocument:
    partners = fields.member(document, "partners")
    return EpochDocument(
        gateway=fields.text(document, "gateway", most=64),
        before=fields.whole(document, "before", least=1),
        epoch=fields.whole(document, "epoch", least=2),
        backup=str(document["backup"]),
        made=str(document["made"]),
        ledger=fields.whole(document, "ledger"),
        root=fields.sha256(document, "root"),
        high_water=fields.boolean(document, "high_water"),
        survived=fields.boolean(document, "survived"),
        chosen=fields.boolean(document, "chosen"),
        next_batch=fields.whole(document, "next_batch", least=1),
        shares=tuple(_share(name, fields.member(partners, name)) for name in sorted(partners)),
        sightings=fields.array(document, "sightings", _sighting, most=1_000_000),
        consents=fields.texts(document, "consents", most=10_000),
    )


def _share(partner: str, document: JsonObject) -> PartnerShare:
    if not is_partner_id(partner):
        raise ValueError
    restored, first, last, seen = (
        fields.whole(document, name) for name in ("restored", "first", "last", "seen")
    )
    uncertain = fields.array(document, "uncertain", _uncertain, most=10_000_000)
    return PartnerShare(partner, restored, first, last, seen, uncertain)


def _uncertain(item: Json) -> Uncertain:
    sequence, delivery, state = item
    return Uncertain(int(sequence), str(delivery), str(state))


def _sighting(item: Json) -> Sighting:
    partner, source, epoch, sequence = item
    return Sighting(str(partner), Source(source), int(epoch), int(sequence))
