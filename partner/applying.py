"""Applying: stored parcels become what is enforced now, their outcomes are kept for confirmation.

1. each operation is ruled in one transaction (orders, outcomes, ceiling), whatever frees first
2. lists/ is written
3. the hook is called for what it has to enforce (hook.py)

One process at a time. A crash between the steps is picked up by the next call: 1 is stored whole or
not at all, 2 has its flag, 3 its operation id.
"""

from dataclasses import dataclass, field

from gateway.domain import dispositions
from gateway.domain.errors import Conflict, InputError, PalangError
from gateway.domain.times import MINUTE
from partner import files, hook, lists, never_block, operations, orders, outcomes, parcels
from partner.enforce import Never, Order, Ruling, local_day, must_wait, rule
from partner.kit import Kit
from partner.operations import Operation
from partner.state import Tx


@dataclass(slots=True)
class Applied:
    """What one call did: operations ruled, waiting for a person, enforced by the hook; and what
    went wrong with single ones, to be tried again."""

    ruled: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    enforced: list[str] = field(default_factory=list)
    troubles: list[PalangError] = field(default_factory=list)


def apply(kit: Kit, *, patient: bool = False) -> Applied:
    """Do all three steps. `patient` leaves a hook that failed lately alone.

    Raises Conflict where another process applies, InputError for a bad never-block file.
    """
    busy = "another process of this kit is applying; it takes care of this too"
    with files.locked(kit.settings.path("work") / "apply.lock", busy):
        done = Applied()
        never = never_block.load(kit.settings.path("never_block"))
        with kit.state.read() as tx:
            todo = operations.listed(tx, operations.NEW, operations.WAITING)
        for operation in todo:
            taken = _rule(kit, operation, never)
            (done.ruled if taken else done.waiting).append(operation.operation)
        lists.refresh(kit)
        _enforce(kit, done, patient)
        return done


def approve(kit: Kit, delivery: str) -> None:
    """A local person decides that a delivery above the ceiling is to be blocked.

    Raises Conflict where it does not wait.
    """
    with kit.state.write() as tx:
        if not operations.approve(tx, delivery, kit.clock.now()):
            raise Conflict(
                f"delivery {delivery} does not wait for approval",
                hint="palang-partner status shows what waits",
            )
        # a crash here leaves it approved, and the next apply takes it
        tx.commit("kit.approve")


def _rule(kit: Kit, operation: Operation, never: Never) -> bool:
    """Rule one operation; False where it waits for a person."""
    at = kit.clock.now()
    day = local_day(at, kit.settings.local_time)
    with kit.state.write() as tx:
        wanted = _orders(tx, operation)
        ruling = rule(wanted, orders.standing(tx, [o.number for o in wanted]), never)
        today = orders.blocked_on(tx, day)
        waits = must_wait(
            ruling,
            today,
            kit.settings.daily_ceiling,
            waits=operation.state == operations.WAITING,
            approved=operation.approved_at is not None,
        )
        if waits:
            operations.move(tx, operation, operations.WAITING, ruling.fresh)
        else:
            orders.put(tx, ruling.taken)
            orders.add_blocked(tx, day, ruling.fresh)
            outcomes.close(tx, ruling.overtaken, at)
            _say(kit, tx, operation, ruling)
        # a crash here leaves the operation as it was, and it is ruled again from the same facts
        tx.commit("kit.apply")
    return not waits


def _say(kit: Kit, tx: Tx, operation: Operation, ruling: Ruling) -> None:
    at, delivery = kit.clock.now(), operation.delivery
    outcomes.say(tx, delivery, outcomes.of(ruling.superseded, outcomes.SUPERSEDED, "", at))
    outcomes.say(tx, delivery, outcomes.of(ruling.protected, outcomes.PROTECTED, "", at))
    hooked = bool(kit.settings.hook and ruling.taken)
    if not hooked:
        listed = outcomes.of(ruling.taken, outcomes.LISTED, dispositions.LIST_ONLY, at)
        outcomes.say(tx, delivery, listed)
    operations.move(tx, operation, operations.HOOK if hooked else operations.DONE, ruling.fresh)


def _orders(tx: Tx, operation: Operation) -> list[Order]:
    """The entries of one operation as orders."""
    stored = parcels.by_delivery(tx, operation.delivery)
    if stored is None:
        raise InputError(f"the state has an operation of {operation.delivery} without its parcel")
    return [
        Order(
            row.number,
            stored.batch,
            stored.epoch,
            stored.sequence,
            operation.delivery,
            row.entry,
            operation.blocks,
            row.category,
            row.channel,
        )
        for row in parcels.entries(tx, stored.manifest)
        if hook.belongs(operation, row)
    ]


def _enforce(kit: Kit, done: Applied, patient: bool) -> None:
    with kit.state.read() as tx:
        todo = operations.listed(tx, operations.HOOK)
    wait = kit.settings.hook_retry_minutes * MINUTE if patient else 0
    for operation in todo:
        if 0 <= kit.clock.now() - operation.tried_at < wait:
            continue
        try:
            hook.enforce(kit, operation)
            done.enforced.append(operation.operation)
        except PalangError as trouble:
            done.troubles.append(trouble)  # the others must not wait for this one
