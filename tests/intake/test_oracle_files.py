"""The oracle's rows as files: written by another program, read by the reader, decided."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it brings no types

from gateway.reading.files import FileReader
from tests.intake.judging import Rows, judge
from tests.intake.lists import HEADER, Known, mixed_rows

_AS_NUMBERS = ("lost zero", "country")  # as a spreadsheet makes of typed digits


def _workbook(path: Path, rows: Iterator[Known]) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Laporan")
        sheet.write_row(0, 0, HEADER)
        for number, known in enumerate(rows, start=1):
            for column, cell in enumerate(known.cells):
                if HEADER[column : column + 1] == ["NOMOR HP"] and known.spelling in _AS_NUMBERS:
                    sheet.write_number(number, column, int(cell))
                elif cell:
                    sheet.write_string(number, column, cell)


def _text(path: Path, rows: Iterator[Known]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(known.cells for known in rows)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))


def _judged(path: Path, rows: Rows) -> None:
    with FileReader().open(path, path.name) as opened:
        found = judge(opened, rows)
    assert found.wrong == Counter()


def _for_files(seed: int, count: int) -> Iterator[Known]:
    """Without the rows that a reader takes for no rows at the end of a file."""
    yield from mixed_rows(seed, count)
    yield from (known for known in mixed_rows(seed + 1, 50) if known.verdict == "right")


def test_two_thousand_rows_of_a_workbook_end_as_they_are_known(tmp_path: Path) -> None:
    _workbook(tmp_path / "list.xlsx", _for_files(41, 2_000))
    _judged(tmp_path / "list.xlsx", lambda: _for_files(41, 2_000))


def test_two_thousand_rows_of_csv_end_as_they_are_known(tmp_path: Path) -> None:
    _text(tmp_path / "list.csv", _for_files(43, 2_000))
    _judged(tmp_path / "list.csv", lambda: _for_files(43, 2_000))


@pytest.mark.long
def test_a_hundred_thousand_rows_of_a_workbook_end_as_they_are_known(tmp_path: Path) -> None:
    _workbook(tmp_path / "list.xlsx", _for_files(45, 100_000))
    _judged(tmp_path / "list.xlsx", lambda: _for_files(45, 100_000))
