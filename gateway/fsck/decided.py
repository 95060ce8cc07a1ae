"""The decided rows of an intake, one after the other: the one place where fsck reads them."""

from collections.abc import Iterator

from gateway.domain.records import IntakeRow
from gateway.fsck.case import Case

_ROWS = (
    f"SELECT position, {', '.join(IntakeRow._fields)} FROM intake_rows"  # noqa: S608  # constants
    " WHERE intake = ? ORDER BY position"
)


def decided_rows(case: Case, intake: int) -> Iterator[tuple[int, IntakeRow]]:
    """Its rows with their positions; none where they are purged."""
    for position, *row in case.core.stream(_ROWS, intake):
        yield position, IntakeRow._make(row)


def held_rows(case: Case, intake: int) -> dict[int, IntakeRow]:
    """Those that were held, by position."""
    return {at: row for at, row in decided_rows(case, intake) if row.outcome == "held"}
