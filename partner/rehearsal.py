"""Rehearsals: the parcels of the self-test ladder, kept apart from everything real.

They have a state and lists of their own under rehearsal/, and no hook: nothing of them reaches the
network. They are taken only before the first real delivery; what is asked of a kit beyond that
(verify, store, acknowledge, confirm, ask again) is the same code as for real ones.
"""

from collections.abc import Iterator
from dataclasses import replace

from gateway.domain.statements import Reason
from partner import parcels
from partner.kit import Kit
from partner.opening import Opened
from partner.refusal import ParcelRefused
from partner.state import State

FOLDER = "rehearsal"
STATE = "rehearsal.sqlite"


def running(kit: Kit) -> Iterator[Kit]:
    """The kit of the rehearsals, if there ever was one."""
    if (kit.home / STATE).exists():
        yield _kit(kit)


def both(kit: Kit) -> Iterator[Kit]:
    """The kit itself, then that of the rehearsals."""
    yield kit
    yield from running(kit)


def begin(kit: Kit, opened: Opened) -> Kit:
    """The kit that a verified rehearsal is stored in. Raises ParcelRefused (check 8) once a real
    delivery was taken: then it is too late for tests on this state."""
    with kit.state.read() as tx:
        epoch = parcels.newest_epoch(tx)
    if epoch:
        refused = ParcelRefused(
            8, Reason.TEST_MISMATCH, "a rehearsal is taken before the first delivery only"
        )
        refused.parcel, refused.manifest = opened.parcel, opened.manifest
        raise refused
    return _kit(kit)


def _kit(kit: Kit) -> Kit:
    lists, work, refused = (f"{FOLDER}/{name}" for name in ("lists", "work", "refused"))
    settings = replace(kit.settings, lists=lists, work=work, refused=refused, hook=())
    for name in ("lists", "work", "refused"):
        settings.path(name).mkdir(mode=0o700, parents=True, exist_ok=True)
    return replace(kit, settings=settings, state=State(kit.home / STATE))
