"""Pages of an intake's rows: together they are all of them, each once."""

from __future__ import annotations

from gateway.services.intake_rows import CHUNK, IntakeRows, RowFilter
from tests.web.console.intake.office import Office


def _all(rows: IntakeRows, wanted: RowFilter, limit: int) -> list[int]:
    found: list[int] = []
    after = 0
    while True:
        page = rows.page(1, wanted, after, limit)
        found += [position for position, _ in page.rows]
        after = page.after
        if not after:
            return found


def test_pages_miss_no_row_and_repeat_none(office: Office) -> None:
    count = 2 * CHUNK + 50
    cells = [
        f"0870-{at // 10000:04}-{at % 10000:04}" + (" ext 1" if at % 3 == 0 else "")
        for at in range(count)
    ]
    office.world.intake("nomor hp\n" + "\n".join(cells) + "\n")
    rows = IntakeRows(office.world.store)
    assert _all(rows, RowFilter(), 700) == list(range(1, count + 1))
    held = [at + 1 for at in range(count) if at % 3 == 0]
    assert not rows.counted(1)
    assert _all(rows, RowFilter(outcome="held"), 50) == held
    assert _all(rows, RowFilter(rule="extension", sheet=""), CHUNK) == held
    assert rows.counted(1) and rows.tally(1)["held", "extension"] == len(held)
    assert _all(rows, RowFilter(outcome="rejected"), 50) == []
    assert _all(rows, RowFilter(sheet="tidak ada"), 50) == []
