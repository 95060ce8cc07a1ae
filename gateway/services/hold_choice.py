"""What an officer chooses to decide, and which held rows that is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.domain.errors import Conflict, InputError
from gateway.domain.hold_reasons import HOLD_REASONS, reasons_for
from gateway.domain.references import reference
from gateway.domain.resolutions import ACCEPT, REJECT
from gateway.domain.returned import row_mark
from gateway.domain.rules import RULES, Outcome
from gateway.services.holds import Held, HoldState

TYPED, SPLIT, INFERRED = "typed", "split", "inferred"
WAYS = (TYPED, SPLIT, INFERRED)

_NAMED = 10  # rows named in an error


@dataclass(frozen=True, slots=True)
class Choice:
    """What an officer decides: of these rows (positions) of an intake, or of all open ones that a
    rule holds.

    `act` is accept or reject. `way` says which number is accepted: `typed` (then `typed` has what
    was typed, for one row), `split` (all numbers of the proposed split) or `inferred` (the row's
    one proposal). `reason` is a code of hold_reasons, `reference` that of the evidence.
    """

    intake: int
    act: str
    reason: str
    reference: str
    rows: tuple[int, ...] = ()
    rule: str = ""
    way: str = ""
    typed: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises InputError where it is no choice, or its reason or reference is none."""
        if self.act not in (ACCEPT, REJECT) or (self.act == ACCEPT) != (self.way in WAYS):
            raise InputError(
                f"expected a reject, or an accept with one of {', '.join(WAYS)}",
                hint="palang intake resolve --help",
            )
        if bool(self.rows) == bool(self.rule):
            raise InputError("name rows, or one rule, and not both", hint="palang intake holds")
        if self.rule and (self.rule not in RULES or RULES[self.rule].outcome is not Outcome.HELD):
            raise InputError(f"no rule {self.rule} holds rows", hint="palang intake holds")
        if bool(self.typed) != (self.way == TYPED) or (self.typed and len(set(self.rows)) != 1):
            raise InputError("a number is typed for one row", hint="name that row alone")
        self._check_words()

    def _check_words(self) -> None:
        reason = HOLD_REASONS.get(self.reason)
        if reason is None or reason.act != self.act:
            raise InputError(
                f"{self.reason or 'nothing'} is no reason to {self.act}",
                hint="known: " + ", ".join(reasons_for(self.act)),
            )
        reference(self.reference, "the evidence", "TIKET-2291")


def choose(choice: Choice, held: Sequence[Held]) -> list[Held]:
    """The rows of a choice among all held ones of its intake.

    Raises InputError (a row that is not held, none by that rule), Conflict (taken or corrected).
    """
    if choice.rule:
        found = [row for row in held if row.row.rule == choice.rule and row.state is HoldState.OPEN]
        if not found:
            raise InputError(
                f"intake {choice.intake} has no open row that {choice.rule} holds",
                hint=f"palang intake holds --intake {choice.intake}",
            )
        return found
    by_position = {row.position: row for row in held}
    unknown = [position for position in choice.rows if position not in by_position]
    if unknown:
        raise InputError(
            f"not held: {named(choice.intake, unknown)}",
            hint=f"palang intake holds --intake {choice.intake}",
        )
    found = [by_position[position] for position in sorted(set(choice.rows))]
    _refuse_gone(found)
    return found


def _refuse_gone(rows: Iterable[Held]) -> None:
    for row in rows:
        name = row_mark(row.intake, row.position)
        if row.taken:
            raise Conflict(
                f"row {name} is in a batch: what was decided of it stands",
                hint="stop that batch before it is released; after that only an unblock helps",
            )
        if row.corrected:
            raise Conflict(
                f"the sender corrected row {name} in intake {row.corrected}",
                hint=f"palang intake holds --intake {row.corrected}",
            )


def named(intake: int, positions: Iterable[int]) -> str:
    """The first rows of an error, by their marks."""
    marks = [row_mark(intake, position) for position in positions]
    more = f" and {len(marks) - _NAMED} more" if len(marks) > _NAMED else ""
    return ", ".join(marks[:_NAMED]) + more
