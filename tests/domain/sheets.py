"""Sheets written as text, read and decided as files are."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.domain.records import IntakeRow
from gateway.domain.sheet_plan import ReadingPlan, Wanted, plan_reading
from gateway.domain.sheet_rows import decide_file
from gateway.reading.files import FileReader
from tests.intake.judging import deciding


def read_rows(text: str, column: str = "") -> list[IntakeRow]:
    """The decided rows of a CSV file."""
    return _read(text, column)[1]


def read_plan(text: str, column: str = "") -> ReadingPlan:
    """What of a CSV file is read."""
    return _read(text, column)[0]


def _read(text: str, column: str) -> tuple[ReadingPlan, list[IntakeRow]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_text(text, "utf-8", newline="")
        with FileReader().open(path, path.name) as opened:
            plan = plan_reading(opened, Wanted(column=column))
            rows = [row for rows in decide_file(opened, plan, deciding()) for row in rows]
            return plan, [IntakeRow(*row) for row in rows]
