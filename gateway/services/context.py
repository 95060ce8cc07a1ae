"""What the gateway knows of a number beside its cell: asked before, freed, ended, only displayed.

Applied to decided rows block by block, before they are stored. The rules are those of
domain/rules_context.py, and `released_before`. Only a number that a released batch named can have a
history, so a block takes at most one query, and the numbers it finds a second one.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from gateway.domain.dispositions import INACTIVE, RECYCLED
from gateway.domain.entries import BLOCK, UNBLOCK
from gateway.domain.records import IntakeRow
from gateway.domain.rules import RULES, Rule
from gateway.domain.sheet_rows import DecidedRow, DecidedRows
from gateway.domain.times import Micros, to_wib
from gateway.ports import UnitOfWork

QUARANTINE_DAYS = 60
"""A number rests so long after its end before it may have a new owner (PM 14/2018)."""

_MOST_RELEASED = 300_000  # numbers, some 30 MB
CALLER_ID = "caller-id"

# places in records.IntakeRow
_NUMBER: Final = 3
_CHANNEL: Final = 9
_DATE: Final = 11
_ACTION: Final = 12
_EVIDENCE: Final = 15

Ended = dict[str, Micros]


class Context:
    """The rules of context over the rows of one intake. `undated` counts the rows whose number a
    partner declared ended and whose evidence has no date: for those it is not known whether the
    owner changed. `true_numbers` has the channels whose numbers can't be false, as the table of
    channels says: there an account is the number; what calls and SMS show may be another's."""

    def __init__(
        self, true_numbers: frozenset[str], quarantine_days: int = QUARANTINE_DAYS, *, resend: bool
    ) -> None:
        self._true_numbers = true_numbers
        self._quarantine = timedelta(days=quarantine_days)
        self._resend = resend
        self._released: frozenset[int] | None = None
        self._asked = False
        self.undated = 0

    def apply(self, uow: UnitOfWork, rows: DecidedRows) -> DecidedRows:
        """The rows, those that a rule of context speaks of with its outcome."""
        before = self._before(uow, rows.column("number"))
        if not before and CALLER_ID not in rows.column("evidence_type"):
            return rows
        ended = uow.standing.ended(list(before)) if before else {}
        found = (
            (at, row, self._rule(row, before.get(row[_NUMBER], ""), ended.get(row[_NUMBER])))
            for at, row in enumerate(rows)
            if row[_NUMBER]
        )
        return rows.changed({at: refused(row, rule) for at, row, rule in found if rule})

    def _before(self, uow: UnitOfWork, numbers: Sequence[int]) -> dict[int, str]:
        """Those that were released before, each with its last action. Where they are not too many
        all are read once, at the first block: to ask for each block takes four times as long."""
        if not self._asked:
            self._asked = True
            self._released = uow.lists.released_numbers(_MOST_RELEASED)
        if self._released is not None and self._released.isdisjoint(numbers):
            return {}
        return uow.lists.released_before([*filter(None, numbers)])

    def _rule(self, row: DecidedRow, last: str, ended: Ended | None) -> Rule | None:
        """The rule that speaks of an accepted row; `last` is the action of its number's last
        released entry."""
        if row[_ACTION] == BLOCK:
            if last == UNBLOCK:
                return RULES["relisted"]
            if ended and self._owner_changed(row[_DATE], ended):
                return RULES["owner_changed"]
        if last == row[_ACTION] and not self._resend:
            return RULES["released_before"]
        displayed = row[_EVIDENCE] == CALLER_ID and row[_CHANNEL] not in self._true_numbers
        return RULES["caller_id_only"] if displayed and row[_ACTION] == BLOCK else None

    def _owner_changed(self, evidence: str, ended: Ended) -> bool:
        """Whether the evidence may be about a former owner. A recycled number has a new one; one
        that ended may have one after its quarantine, and had none before."""
        recycled, inactive = ended.get(RECYCLED), ended.get(INACTIVE)
        if not evidence:
            self.undated += recycled is None
            return recycled is not None
        shown = date.fromisoformat(evidence)
        if recycled is not None and shown <= to_wib(recycled).date():
            return True
        return inactive is not None and shown < to_wib(inactive).date() + self._quarantine


def refused(row: DecidedRow, rule: Rule, refers: int = 0) -> DecidedRow:
    """The row with this rule's outcome instead of its number."""
    return IntakeRow._make(row)._replace(
        outcome=str(rule.outcome),
        number=0,
        confidence="",
        route="",
        rule=rule.code,
        reason="",
        refers=refers or row[-1],
    )
