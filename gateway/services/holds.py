"""The hold queue: rows in doubt, what each proposes, and what officers decided of them so far."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.numbers import Decision
from gateway.domain.proposals import proposals
from gateway.domain.records import Intake, IntakeRow
from gateway.domain.resolutions import ACCEPT, Resolution, in_force
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.approvals import Approvals
from gateway.services.corrections import corrected_rows
from gateway.services.hold_final import HELD, Words, final_acts, is_final, words_of
from gateway.services.rulebook import Rulebook, rulebook


class HoldState(StrEnum):
    """OPEN waits for an officer, SECOND for another one; CORRECTED by a later file, the last three
    wait for nobody."""

    OPEN = "open"
    SECOND = "second"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CORRECTED = "corrected"


WAITING = (HoldState.OPEN, HoldState.SECOND)


@dataclass(frozen=True, slots=True)
class Held:
    """A held row. `proposed` are the numbers of its own cell, `parts` what was last decided of it.

    `corrected` is the intake whose row stands for it now, 0 for none; `taken` whether a batch has
    it.
    """

    intake: int
    source: str
    position: int
    row: IntakeRow
    proposed: tuple[Decision, ...]
    state: HoldState
    parts: tuple[Resolution, ...] = ()
    corrected: int = 0
    taken: bool = False


@dataclass(frozen=True, slots=True)
class HoldFilter:
    """Which held rows: of an intake, a source, a rule; `second` only those that wait for a second
    officer; `everything` those too that wait for nobody."""

    intake: int = 0
    source: str = ""
    rule: str = ""
    second: bool = False
    everything: bool = False

    def wants(self, held: Held) -> bool:
        """Whether a row is one of them, apart from its intake and source."""
        if self.rule and held.row.rule != self.rule:
            return False
        if self.second:
            return held.state is HoldState.SECOND
        return self.everything or held.state in WAITING


class HoldQueue:
    """Held rows as they stand now."""

    def __init__(self, store: Store, approvals: Approvals, clock: Clock) -> None:
        self._store = store
        self._approvals = approvals
        self._clock = clock

    def rows(self, wanted: HoldFilter) -> list[Held]:
        """Those of the filter, by intake and position, however long they have waited.

        Raises NotFound (no such intake).
        """
        at = self._clock.now()
        with self._store.read() as uow:
            rules = rulebook(uow, at)
            found = (
                held
                for intake in _intakes(uow, wanted)
                for held in held_rows(
                    uow, intake, rules, words_of(uow, self._approvals, intake.id, at)
                )
            )
            return [held for held in found if wanted.wants(held)]

    def final(self, intake: int) -> dict[int, Resolution]:
        """By position what was decided for good of an intake's rows, the first part of each.

        Raises NotFound, NotVerified("resolutions-changed").
        """
        with self._store.read() as uow:
            number = uow.lists.intake(intake).id
            found = final_acts(uow, self._approvals, number, self._clock.now())
            return {position: parts[0] for position, parts in found.items()}


def _intakes(uow: UnitOfWork, wanted: HoldFilter) -> Iterator[Intake]:
    found = (uow.lists.intake(wanted.intake),) if wanted.intake else uow.lists.intakes()[::-1]
    for intake in found:
        if dict(intake.counts).get(HELD) and wanted.source in ("", intake.source):
            yield intake


def held_rows(
    uow: UnitOfWork,
    intake: Intake,
    rules: Rulebook,
    words: Words,
    rows: Iterable[tuple[int, IntakeRow]] | None = None,
) -> Iterator[Held]:
    """The held rows of an intake, in order: all, or those given with their positions."""
    resolved = in_force(uow.lists.resolutions.of(intake.id))
    taken = uow.lists.resolutions.taken(intake.id) if resolved else set()
    corrected = corrected_rows(uow, intake)
    for position, row in uow.lists.placed_rows(intake.id, HELD) if rows is None else rows:
        parts = resolved.get(position, [])
        later = corrected.get(position, 0)
        yield Held(
            intake.id,
            intake.source,
            position,
            row,
            proposals(row, rules.numbers),
            _state(parts, words, later, taken=position in taken),
            tuple(parts),
            later,
            position in taken,
        )


def _state(parts: list[Resolution], words: Words, later: int, *, taken: bool) -> HoldState:
    accepted = bool(parts) and parts[0].act == ACCEPT
    if parts and is_final(parts, words) and (taken or not (accepted and later)):
        return HoldState.ACCEPTED if accepted else HoldState.REJECTED
    if later:
        return HoldState.CORRECTED
    return HoldState.SECOND if parts else HoldState.OPEN
