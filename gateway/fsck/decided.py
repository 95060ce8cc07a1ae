"""The decided rows of an intake, one after the other: the one place where fsck reads them."""

from collections.abc import Iterator

from gateway.domain.errors import InputError
from gateway.domain.period_keys import of_intake
from gateway.domain.records import IntakeRow
from gateway.domain.row_pages import read_page
from gateway.fsck.case import Case

_FIRSTS = "SELECT first FROM intake_pages WHERE intake = ? ORDER BY first"
_PAGE = "SELECT page FROM intake_pages WHERE intake = ? AND first = ?"
_OLD = (
    "SELECT position, row, raw, outcome, number, confidence, route, rule, reason, category,"
    " channel, evidence_ref, evidence_date, action, test"
    " FROM intake_rows WHERE intake = ? ORDER BY position"
)


def pages(case: Case, intake: int) -> Iterator[tuple[int, bytes]]:
    """Its pages, each with the position of its first row; an older program has made none."""
    if "intake_pages" not in case.core.columns():
        return
    for (first,) in case.core.rows(_FIRSTS, intake):
        for (sealed,) in case.core.rows(_PAGE, intake, first):
            page = case.opened(of_intake(intake, f"intake_pages.page {first}"), sealed)
            if page:
                yield first, page


def decided_rows(case: Case, intake: int) -> Iterator[tuple[int, IntakeRow]]:
    """Its rows with their positions; none where they are purged. A page that can't be read is left
    out: the check of intakes tells it."""
    first = 0
    for first, page in pages(case, intake):
        try:
            rows = read_page(page)
        except InputError:
            continue
        yield from enumerate(map(IntakeRow._make, rows), first)
    if not first:
        for position, *row in case.core.stream(_OLD, intake):
            yield position, IntakeRow(*row)


def held_rows(case: Case, intake: int) -> dict[int, IntakeRow]:
    """Those that were held, by position."""
    return {at: row for at, row in decided_rows(case, intake) if row.outcome == "held"}
