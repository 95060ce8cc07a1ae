"""A parcel comes in: verified, held against what is known, stored; only then may anybody say so."""

from dataclasses import dataclass

from gateway.domain.canonical import digest
from gateway.domain.errors import InputError
from gateway.domain.ids import DeliveryId
from partner import operations, parcels
from partner.history import check_history
from partner.kit import Kit
from partner.opening import Opened
from partner.parcels import Stored
from partner.refusal import ParcelRefused


@dataclass(frozen=True, slots=True)
class Received:
    """A parcel that is durably stored. `new` is False for one that was stored before."""

    parcel: str
    manifest: str
    delivery: str
    epoch: int
    sequence: int
    entries: int
    new: bool


class OtherDelivery(InputError):
    """The parcel is good, but of another delivery than its transport said: a mix-up on the way."""


def receive(
    kit: Kit, data: bytes, expected: DeliveryId | None = None, *, answers: bool = False
) -> Received:
    """Verify and store a parcel once; `expected` is the delivery that the transport named.

    `answers` where the caller answers in the response that the sender waits for: then no other
    receipt is due. If the response gets lost, the sender sends the parcel again.

    Raises ParcelRefused (a numbered check; nothing is stored), OtherDelivery, Conflict (the state
    can't be used), NotVerified (an own key, or no pin).
    """
    parcel = digest(data)
    with kit.state.read() as tx:
        stored = parcels.by_parcel(tx, parcel)
    if stored is not None:
        _match(stored.delivery, expected)
        return _again(kit, parcel, stored, answers)
    opened = kit.reader().open(data, kit.clock.now())
    _match(str(opened.manifest.delivery), expected)
    return _store(kit, opened, answers)


def _match(delivery: str, expected: DeliveryId | None) -> None:
    if expected is not None and str(expected) != delivery:
        raise OtherDelivery(f"delivery {expected} was named, the parcel is of {delivery}")


def _again(kit: Kit, parcel: str, stored: Stored, answers: bool) -> Received:
    """The same bytes as before: one record, and the same answer again (threats.md R2)."""
    with kit.state.write() as tx:
        parcels.add_sealing(tx, parcel, stored.manifest, answers)
        # a crash here changes nothing: the parcel is stored, and its sender sends it again
        tx.commit("kit.again")
    return Received(
        parcel,
        stored.manifest,
        stored.delivery,
        stored.epoch,
        stored.sequence,
        stored.entries,
        False,
    )


def _store(kit: Kit, opened: Opened, answers: bool) -> Received:
    manifest = opened.manifest
    with kit.state.write() as tx:
        check_history(opened, parcels.history(tx, str(manifest.delivery)))
        new = parcels.add(tx, opened, kit.clock.now(), answers)
        if new:
            operations.add(tx, opened)
        # A crash before leaves nothing: no receipt was made, the gateway sends it again. A crash
        # after leaves a stored parcel without its receipt: the next round makes that, or, where a
        # response was to carry it, the same parcel comes again.
        tx.commit("kit.store")
    return Received(
        opened.parcel,
        opened.digest,
        str(manifest.delivery),
        manifest.epoch,
        manifest.sequence,
        len(opened.entries),
        new,
    )


def refuse(kit: Kit, refused: ParcelRefused, *, answers: bool = False) -> None:
    """Remember a refusal, so that a negative acknowledgement is made of it; `answers` as above."""
    with kit.state.write() as tx:
        parcels.refuse(tx, refused, kit.clock.now(), answers)
        # a crash here leaves the parcel unanswered where it lies: it is read again
        tx.commit("kit.refuse")
