"""Whether a partner's channel is left alone now: derived from its stored attempts, so that every
worker sees the same and a restart forgets nothing (issue 3, fairness).

A channel that is down makes the partner wait, not the delivery: what waits keeps its order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal

from gateway.domain.delivery import Delivery, Priority
from gateway.domain.records import Recent
from gateway.domain.schedule import Pace, RetryPolicy, lot
from gateway.domain.times import DAY, MINUTE, Micros
from gateway.ports import UnitOfWork

Why = Literal["", "busy", "down", "open", "rate"]
"""busy: it asked to be left alone; down: its channel failed; open: so often that only a probe goes;
rate: its own limit a minute is reached."""

FAILURES = frozenset({"not_sent", "busy", "unknown"})
WINDOW = 1 * DAY
FEW = 3  # attempts that are looked at first: where one succeeded, older ones say nothing
BEYOND = 12  # failures after the circuit opened that still make the wait longer
SAME = 4  # failures of one delivery after which another one may show whether it is the delivery


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing begins for the partner before `until`, 0 where it may.

    `failures` counts its channel's failures in a row. `doubted` is the delivery that failed so
    often alone that another one may go at once, to tell a bad parcel from a dead channel.
    """

    until: Micros = 0
    why: Why = ""
    failures: int = 0
    doubted: str = ""

    def keeps(self, delivery: Delivery, now: Micros) -> bool:
        """Whether this delivery must wait. An unblock that was never tried frees a person: it may
        be the probe, unless the partner asked to be left alone."""
        if now >= self.until:
            return False
        if self.why in ("busy", "rate"):
            return True
        if delivery.priority is Priority.UNBLOCK and delivery.attempts == 0:
            return False
        return not self.doubted or delivery.id == self.doubted


@dataclass(frozen=True, slots=True)
class Circuit:
    """Reads a partner's hold from its attempts."""

    policy: RetryPolicy
    pace: Pace = field(default_factory=Pace)

    def hold(self, uow: UnitOfWork, partner: str, now: Micros) -> Hold:
        """What its attempts of the last day say."""
        found = self.after(partner, self.recent(uow, partner, now))
        if found.until > now or not (self.pace.parcels or self.pace.octets):
            return found
        begun = uow.deliveries.traffic(partner, now - MINUTE + 1)
        full = (
            0 < self.pace.parcels <= begun.parcels or 0 < self.pace.octets <= begun.size
        ) and begun.parcels > 0
        return Hold(begun.first_at + MINUTE, "rate", found.failures) if full else found

    def recent(self, uow: UnitOfWork, partner: str, now: Micros) -> tuple[Recent, ...]:
        """As many of the partner's newest attempts as its hold depends on."""
        few = uow.deliveries.recent(partner, now - WINDOW, FEW)
        if len(few) < FEW or _shows_a_success(few):
            return few
        return uow.deliveries.recent(partner, now - WINDOW, self.pace.failures + BEYOND)

    def after(self, partner: str, recent: Sequence[Recent]) -> Hold:
        """The hold that these attempts lead to, the newest first."""
        failed = failures_of(recent)
        if not failed:
            return Hold()
        last, count = failed[0], len(failed)
        ended = last.attempt.ended_at or last.attempt.began_at
        paused = ended + self.policy.pause(count, self.pace, lot(partner, ended))
        if last.attempt.outcome == "busy":
            return Hold(max(last.due_at, paused), "busy", count)
        is_open = count >= self.pace.failures
        if last.attempt.outcome == "unknown" and not is_open:
            return Hold(failures=count)  # that delivery waits by itself, the others go on
        return Hold(paused, "open" if is_open else "down", count, _doubted(failed))

    def due_again(self, partner: str, failures: int, wait: Micros, now: Micros) -> Micros:
        """When a delivery that the channel did not take is due: as its partner's pause ends, so
        that the first in order is the probe; not before the wait that the partner asked for."""
        pause = self.policy.pause(failures, self.pace, lot(partner, now))
        return now + max(pause, min(wait, DAY))


def failures_of(recent: Sequence[Recent]) -> list[Recent]:
    """The newest attempts as long as each one failed, those in flight left out. Where two began in
    the same microsecond, the failure is taken for the later one."""
    ended = [one for one in recent if one.attempt.outcome]
    ended.sort(key=lambda one: (-one.attempt.began_at, one.attempt.outcome not in FAILURES))
    return list(takewhile(lambda one: one.attempt.outcome in FAILURES, ended))


def _shows_a_success(newest: Sequence[Recent]) -> bool:
    """Whether no older attempt can add a failure: one succeeded, and the last of these began
    before it."""
    began = [
        one.attempt.began_at
        for one in newest
        if one.attempt.outcome and one.attempt.outcome not in FAILURES
    ]
    return bool(began) and newest[-1].attempt.began_at < max(began)


def _doubted(failed: Sequence[Recent]) -> str:
    """The delivery of the newest failures where they are one delivery's, often enough."""
    name = failed[0].attempt.delivery
    alone = takewhile(lambda one: one.attempt.delivery == name, failed)
    return name if sum(1 for _ in alone) >= SAME else ""
