"""A parcel comes in: verified, held against what is known, stored; only then may anybody say so."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.canonical import digest
from gateway.domain.errors import InputError
from gateway.domain.ids import DeliveryId
from gateway.domain.times import Micros
from partner import checkpoints, heard, operations, parcels, rehearsal
from partner.checkpoints import Kept
from partner.history import check_history
from partner.kit import Kit
from partner.opening import Opened
from partner.outgoing import Outgoing
from partner.parcels import Stored
from partner.refusal import ParcelRefused
from partner.state import Tx

Answer = Callable[[Tx, str], Outgoing]
"""Make the acknowledgement of a parcel, by its digest, in the transaction that stores it."""


@dataclass(frozen=True, slots=True)
class Received:
    """A parcel that is durably stored. `new` is False for one that was stored before; `said` is its
    acknowledgement where one was made at once."""

    parcel: str
    manifest: str
    delivery: str
    epoch: int
    sequence: int
    entries: int
    new: bool
    said: Outgoing | None = None


class OtherDelivery(InputError):
    """The parcel is good, but of another delivery than its transport said: a mix-up on the way."""


def receive(
    kit: Kit, data: bytes, expected: DeliveryId | None = None, answer: Answer | None = None
) -> Received:
    """Verify and store a parcel once; `expected` is the delivery that the transport named.

    `answer` where the acknowledgement goes out in the response that the sender waits for: then no
    other receipt is due. If the response gets lost, the sender sends the parcel again.

    Raises ParcelRefused (a numbered check; nothing is stored), OtherDelivery, Conflict (the state
    can't be used), NotVerified (an own key, or no pin).
    """
    parcel = digest(data)
    for known in rehearsal.both(kit):
        with known.state.read() as tx:
            stored = parcels.by_parcel(tx, parcel)
        if stored is not None:
            _match(stored.delivery, expected)
            return _again(known, parcel, stored, answer)
    opened = kit.reader().open(data, kit.clock.now())
    _match(str(opened.manifest.delivery), expected)
    if opened.manifest.rehearsal:
        kit = rehearsal.begin(kit, opened)
    return _store(kit, opened, answer)


def _match(delivery: str, expected: DeliveryId | None) -> None:
    if expected is not None and str(expected) != delivery:
        raise OtherDelivery(f"delivery {expected} was named, the parcel is of {delivery}")


def _again(kit: Kit, parcel: str, stored: Stored, answer: Answer | None) -> Received:
    """The same bytes as before: one record, and the same answer again (threats.md R2)."""
    with kit.state.write() as tx:
        parcels.add_sealing(tx, parcel, stored.manifest)
        said = answer(tx, parcel) if answer else None
        # a crash here changes nothing: the parcel is stored, and its sender sends it again
        tx.commit("kit.again")
    return Received(
        parcel,
        stored.manifest,
        stored.delivery,
        stored.epoch,
        stored.sequence,
        stored.entries,
        new=False,
        said=said,
    )


def _store(kit: Kit, opened: Opened, answer: Answer | None) -> Received:
    manifest = opened.manifest
    with kit.state.write() as tx:
        check_history(opened, parcels.history(tx, manifest))
        new = parcels.add(tx, opened, kit.clock.now())
        if new:
            operations.add(tx, opened)
            _keep_checkpoint(tx, opened, kit.clock.now())
        said = answer(tx, opened.parcel) if answer else None
        # A crash before leaves nothing: no receipt left the house, the gateway sends it again. A
        # crash after leaves a stored parcel without its receipt: the next round makes that, or,
        # where a response was to carry it, the same parcel comes again.
        tx.commit("kit.store")
    return Received(
        opened.parcel,
        opened.digest,
        str(manifest.delivery),
        manifest.epoch,
        manifest.sequence,
        opened.entries,
        new=new,
        said=said,
    )


def _keep_checkpoint(tx: Tx, opened: Opened, at: Micros) -> None:
    """Its ledger's head, as evidence. One that contradicts what is kept alarms and does not keep
    the order back: a blocked number is freed by nobody's quarrel about a ledger."""
    tree, manifest = opened.checkpoint, opened.manifest
    place = (manifest.epoch, tree.size, tree.root, tree.origin)
    kept = Kept(*place, manifest.checkpoint, f"delivery {manifest.delivery}", at, 0)
    contradiction = checkpoints.keep(tx, kept)
    if contradiction:
        what = f"{contradiction} Next: {checkpoints.WHAT_NOW}"
        heard.raise_alarm(tx, checkpoints.INCONSISTENT, what, at)


def refuse(kit: Kit, refused: ParcelRefused, answer: Answer | None = None) -> Outgoing | None:
    """Remember a refusal, so that a negative acknowledgement is made of it; `answer` as above."""
    with kit.state.write() as tx:
        parcels.refuse(tx, refused, kit.clock.now())
        said = answer(tx, refused.parcel) if answer else None
        # a crash here leaves the parcel unanswered where it lies: it is read again
        tx.commit("kit.refuse")
    return said
