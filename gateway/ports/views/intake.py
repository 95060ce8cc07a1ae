"""Intakes as lists show them: a page at a time, with how many held rows nobody decided yet."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from gateway.domain.records import Intake
from gateway.domain.times import Micros


class IntakeState(StrEnum):
    """WAITING has held rows that nobody decided; DECIDED had held rows, and each was decided at
    least by one officer; CLEAN never had any; CORRECTED is followed by a later file."""

    WAITING = "waiting"
    DECIDED = "decided"
    CLEAN = "clean"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class IntakeFilter:
    """Which intakes; empty members do not filter. `since` is included, `until` not."""

    source: str = ""
    since: Micros = 0
    until: Micros = 0
    state: IntakeState | None = None


class IntakeLine(NamedTuple):
    """An intake in a list. `undecided` are held rows of which no officer decided anything, `later`
    is the first intake that corrects this one, 0 for none."""

    intake: Intake
    undecided: int
    later: int

    @property
    def state(self) -> IntakeState:
        """As the list's filter names it."""
        if self.later:
            return IntakeState.CORRECTED
        if self.undecided:
            return IntakeState.WAITING
        held = dict(self.intake.counts).get("held", 0)
        return IntakeState.DECIDED if held else IntakeState.CLEAN


class IntakePages(Protocol):
    """Pages of complete intakes, newest first."""

    def page(self, wanted: IntakeFilter, before: int, limit: int) -> tuple[IntakeLine, ...]:
        """At most `limit` of them with an id below `before` (0 for the first page)."""
        ...

    def holding(self, source: str, after: int, limit: int) -> tuple[Intake, ...]:
        """At most `limit` intakes with held rows and an id above `after`, oldest first; of one
        source, or "" for all."""
        ...

    def sources(self) -> tuple[str, ...]:
        """Every source that handed something in, in order."""
        ...
