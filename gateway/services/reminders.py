"""Reminders before a last key ends: 60, 30, 14 and 7 days before, each told once (docs/keys.md)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Protocol

from gateway.domain.parties import Standing
from gateway.domain.rotation import by_form, lasts_until, reminder
from gateway.domain.times import HOUR, Micros
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.ports import Clock, Store, UnitOfWork

EVERY: Micros = 1 * HOUR
"""How often ends are looked at; they come by days."""


@dataclass(frozen=True, slots=True)
class KeyReminder:
    """The last key of an owner and role ends at `ends`; `days` is one of rotation.REMIND."""

    owner: str
    role: Role
    days: int
    ends: Micros


class Mark(Protocol):
    """When reminders were told last, kept over restarts."""

    def read(self) -> Micros | None:
        """None where they never were."""
        ...

    def write(self, at: Micros) -> None:
        """Durably."""
        ...


@dataclass(frozen=True, slots=True)
class Reminders:
    """Tells what came due since the last time."""

    store: Store
    clock: Clock
    mark: Mark

    def run(self, tell: Callable[[KeyReminder], None]) -> None:
        """Tell, then mark: after a crash between the two a reminder comes twice, never not at
        all."""
        now, before = self.clock.now(), self.mark.read()
        if before is not None and before <= now < before + EVERY:
            return
        with self.store.read() as uow:
            due = list(due_reminders(uow, now, before))
        for one in due:
            tell(one)
        self.mark.write(now)


def due_reminders(uow: UnitOfWork, now: Micros, before: Micros | None) -> Iterator[KeyReminder]:
    """What has come since `before`; all that is due where that is None."""
    trust = uow.registry.trust()
    for owner in sorted(_living(uow)):
        for keys, role in product(by_form(trust.of(owner)), Role):
            end = lasts_until(keys, role, now)
            days = reminder(end, now) if end is not None else None
            if end is None or days is None:
                continue
            if before is None or reminder(end, before) != days:
                yield KeyReminder(owner.id, role, days, end)


def _living(uow: UnitOfWork) -> set[Owner]:
    partners = (p.id for p in uow.registry.partners() if p.standing is Standing.LIVE)
    officers = (o.id for o in uow.registry.officers() if o.standing is Standing.LIVE)
    return (
        {Owner(OwnerKind.GATEWAY, uow.registry.gateway().name)}
        | {Owner(OwnerKind.PARTNER, partner) for partner in partners}
        | {Owner(OwnerKind.OFFICER, officer) for officer in officers}
    )
