"""Where the numbers of a new batch go by the tables that rule today, not by those of their intake.

The plan may give a prefix to another partner after a row was accepted, and a number may become
protected. Such a row is routed anew, or left out and counted: no old decision holds up a batch.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from gateway.domain.batch import Entry
from gateway.domain.canonical import JsonObject
from gateway.domain.dated import PROTECTED, UNMAPPED, treated
from gateway.domain.entries import BLOCK
from gateway.domain.numbering import NumberRules
from gateway.services.rulebook import Rulebook


class Replanned(NamedTuple):
    """How many blocks go to another partner than they were accepted for (`moved`), and how many
    were left out: they are protected now, or no row of the plan covers them any more."""

    moved: int = 0
    protected: int = 0
    unmapped: int = 0

    @property
    def left_out(self) -> int:
        """Numbers that are not in the batch."""
        return self.protected + self.unmapped

    def to_lines(self) -> list[str]:
        """For a person; [] where today's tables change nothing."""
        lines = (
            (self.moved, "go to another partner than when they were accepted: the plan changed"),
            (self.protected, "are left out: they are protected now"),
            (self.unmapped, "are left out: the numbering plan has no row for them now"),
        )
        return [f"{count} numbers {what}" for count, what in lines if count]


def replan(
    entries: Iterable[Entry], rules: NumberRules, test: bool | None = None
) -> tuple[list[Entry], Replanned]:
    """The entries by these rules. Unblocks stay as they are: they free a person in any case.

    With `test` a number that is of the other kind by now (a test number, a real one) is unmapped.
    """
    kept: list[Entry] = []
    counts: Counter[str] = Counter()
    for entry in entries:
        if entry.action != BLOCK:
            kept.append(entry)
            continue
        now = treated(str(entry.number), rules)
        if test is not None and now != PROTECTED and is_test(entry.number, rules) != test:
            now = UNMAPPED
        if now in (PROTECTED, UNMAPPED):
            counts[now] += 1
        elif now == entry.route:
            kept.append(entry)
        else:
            counts["moved"] += 1
            kept.append(entry._replace(route=now))
    return kept, Replanned(counts["moved"], counts[PROTECTED], counts[UNMAPPED])


def is_test(number: int, rules: NumberRules) -> bool:
    """Whether the plan has it as a synthetic number."""
    row = rules.plan_row(str(number))
    return row is not None and row.test


def replan_facts(done: Replanned, rules: Rulebook) -> JsonObject:
    """What the ledger says of it: the versions that ruled, and what they changed."""
    changed = {name: count for name, count in done._asdict().items() if count}
    return {"plan": rules.plan, **changed}
