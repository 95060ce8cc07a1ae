"""XLSX and ODS: values as text, what a sheet hides, merged cells, and the child that reads them."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gateway.domain.errors import InputError
from gateway.reading import workbooks
from gateway.reading.files import LIMITS, FileReader
from gateway.reading.limits import MIB, Limits
from gateway.reading.window import Handle
from gateway.reading.workbooks import Workbook, open_workbook
from tests.reading.files import (
    ONE,
    TWO,
    cell,
    changed,
    document,
    hidden_of,
    read,
    row,
    rows_of,
    shared,
    sheet_xml,
    table,
    workbook,
)

MOMENT = datetime.fromisoformat("2026-05-16T10:30:00")  # a spreadsheet's have no zone


def _messy(book: openpyxl.Workbook) -> None:
    sheet = book.worksheets[0]
    sheet.title = "Rekap"
    sheet["B2"] = "DAFTAR NOMOR"
    sheet.merge_cells("B2:D2")
    rows: list[tuple[Any, Any, Any]] = [
        ("HP", "TANGGAL", "CATATAN"),
        (6287034567890, date(2026, 5, 16), True),
        (ONE, MOMENT, "x"),
        (1e15, time(10, 30), 0.5),
        (9901010101700001, None, "#N/A"),
        (6287034567890.5, None, "a\nb"),
    ]
    for at, values in enumerate(rows, start=4):
        for column, value in zip("BCD", values, strict=True):
            sheet[f"{column}{at}"] = value
    sheet["D8"].data_type = "e"
    sheet.row_dimensions[6].hidden = True
    sheet.column_dimensions["C"].hidden = True
    sheet.column_dimensions.group("H", "XFD", hidden=True)
    book.create_chartsheet("Grafik")
    for name, state in (("Bekas", "hidden"), ("Rahasia", "veryHidden")):
        extra = book.create_sheet(name)
        extra.sheet_state = state
        extra.append([TWO])


def test_an_xlsx_reads_as_its_program_shows_it(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", _messy)
    with FileReader().open(path, "a.xlsx") as opened:
        assert (opened.kind, opened.encoding, opened.size) == ("xlsx", "", path.stat().st_size)
        names = [(head.name, head.visible) for head in opened.sheets]
        assert names == [("Rekap", True), ("Bekas", False), ("Rahasia", False)]
        assert opened.sheets[0].hidden_columns == {2, *range(7, 256)}
        assert rows_of(opened) == {
            2: ["", "DAFTAR NOMOR", "", ""],
            4: ["", "HP", "TANGGAL", "CATATAN"],
            5: ["", "6287034567890", "2026-05-16", "TRUE"],
            6: ["", ONE, "2026-05-16 10:30:00", "x"],
            7: ["", "1.00000E+15", "10:30:00", "0.5"],
            8: ["", "9.90101E+15", "", "#N/A"],
            9: ["", "6287034567890.5", "", "a\nb"],
        }
        assert hidden_of(opened) == {6}
        assert rows_of(opened, 2) == {1: [TWO]}
        assert rows_of(opened) == rows_of(opened, 0)


def test_what_a_merged_area_covers_is_not_shown(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        for values in (["HP", "X", "Y"], [ONE, TWO, "1"], [TWO, ONE, "2"], [ONE, TWO, "3"]):
            book.worksheets[0].append(values)

    path = workbook(tmp_path / "a.xlsx", fill)
    merged = b'<mergeCells count="1"><mergeCell ref="A2:B3"/></mergeCells><pageMargins'
    xml = sheet_xml(path).replace(b"<pageMargins", merged)
    path = changed(path, {"xl/worksheets/sheet1.xml": xml})
    assert [cells[:3] for cells in read(path).values()] == [
        ["HP", "X", "Y"], [ONE, "", "1"], ["", "", "2"], [ONE, TWO, "3"],
    ]  # fmt: skip


def test_a_hidden_row_is_found_however_it_is_written(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    xml = sheet_xml(path)
    for said, hidden in (
        (b'hidden = "1"', {2}), (b"hidden='true'", {2}), (b'hidden="&#49;"', {2}),
        (b'hidden="0"', set()), (b'hidden="false"', set()), (b'ht="0.0"', {2}), (b'ht="12"', set()),
    ):  # fmt: skip
        said_xml = xml.replace(b'<row r="2"', b'<row r="2" ' + said)
        path = changed(path, {"xl/worksheets/sheet1.xml": said_xml})
        with FileReader().open(path, "a.xlsx") as opened:
            assert hidden_of(opened) == hidden, said


def test_an_ods_reads_as_its_program_shows_it(tmp_path: Path) -> None:
    note = "<office:annotation><text:p>0871</text:p></office:annotation>"
    numbers = (
        '<table:table-cell office:value-type="float" office:value="6.287034567890E12"/>'
        '<table:table-cell office:value-type="date" office:date-value="2026-05-16"/>'
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
    )
    error = '<table:table-cell office:value-type="string" calcext:value-type="error">'
    columns = (
        '<table:table-column table:number-columns-repeated="2"/>'
        '<table:table-column table:visibility="collapse" table:number-columns-repeated="900"/>'
    )
    body = columns + "".join((
        row(more='table:number-rows-repeated="2"'),
        row(cell("HP"), cell("", "covered-table-cell"), cell("X", "covered-table-cell")),
        row(numbers),
        row(error, "<text:p>#N/A</text:p></table:table-cell>", cell(f"{note}a")),
        row(cell(f"{ONE}<text:line-break/>{TWO}"), cell("0870<text:tab/>1"), cell("a<text:s/>b")),
        row(cell("f"), more='table:visibility="filter" table:number-rows-repeated="3"'),
        f'<table:table-row-group table:display="false">{row(cell("g"))}</table:table-row-group>',
        row(cell("x", more='table:number-columns-repeated="3"')),
        row(more='table:number-rows-repeated="1048566"'),
    ))  # fmt: skip
    path = document(tmp_path / "a.ods", table(body) + table(row(cell(TWO)), "Dua"))
    with FileReader().open(path, "a.ods") as opened:
        assert [head.name for head in opened.sheets] == ["Data", "Dua"]
        assert opened.sheets[0].hidden_columns == set(range(2, 256))
        assert rows_of(opened) == {
            3: ["HP", "", ""],
            4: ["6287034567890", "2026-05-16", "TRUE"],
            5: ["#N/A", "a", ""],
            6: [f"{ONE}\n{TWO}", "0870\t1", "a b"],
            7: ["f", "", ""], 8: ["f", "", ""], 9: ["f", "", ""],
            10: ["g", "", ""],
            11: ["x", "x", "x"],
        }  # fmt: skip
        assert hidden_of(opened) == {7, 8, 9, 10}
        assert rows_of(opened, 1) == {1: [TWO]}


def test_phonetic_and_rich_text_come_as_the_shown_text(tmp_path: Path) -> None:
    path = shared(tmp_path / "a.xlsx")
    with_runs = (
        f'<si><r><t>{ONE[:4]}</t></r><r><t>{ONE[4:]}</t></r><rPh sb="0" eb="1"><t>9</t></rPh></si>'
    )
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="3">'
        f"<si><t>NO</t></si><si><t>HP</t></si>{with_runs}</sst>"
    )
    assert read(changed(path, {"xl/sharedStrings.xml": strings.encode()}))[2] == ["1", ONE]


def test_blocks_of_several_sheets_may_be_read_in_turns_and_left(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        second = book.create_sheet("B")
        for at in range(1, 41):
            book.worksheets[0].append([f"a{at}"])
            second.append([f"b{at}"])

    path = workbook(tmp_path / "a.xlsx", fill)
    with FileReader(replace(LIMITS, block_rows=7)).open(path, "a.xlsx") as opened:
        one, two = opened.blocks(0), opened.blocks(1)
        for first in (1, 8, 15):
            assert (next(one).rows[0], next(two).rows[0]) == ([f"a{first}"], [f"b{first}"])
        del one
        assert [block.first for block in opened.blocks(0)] == [1, 8, 15, 22, 29, 36]
        assert len(rows_of(opened, 1)) == 40


def test_a_sheet_that_ends_in_emptiness_has_no_rows_there(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    tail = b"".join(b'<row r="%d"/>' % at for at in range(4, 5_000))
    last = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    xml = sheet_xml(path).replace(b"</sheetData>", tail + last)
    path = changed(path, {"xl/worksheets/sheet1.xml": xml})
    with FileReader().open(path, "a.xlsx") as opened:
        assert sum(len(block.rows) for block in opened.blocks(0)) == 3


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (replace(LIMITS, rows=2), "at most 2 rows in a sheet, a.xlsx has 3"),
        (replace(LIMITS, columns=1), "at most 1 columns in a sheet, a.xlsx has 2"),
        (replace(LIMITS, cell=5), "at most 5 characters in a cell, row 2"),
        (replace(LIMITS, members=3), "at most 3 parts in workbook a.xlsx"),
        (replace(LIMITS, unpacked=100), "at most 100 bytes unpacked"),
        (replace(LIMITS, ratio=0, ratio_from=0), "at most 0 times its own size"),
        (replace(LIMITS, sheets=0), "1 to 0 sheets"),
    ],
)
def test_caps_of_a_workbook_hold(tmp_path: Path, limits: Limits, message: str) -> None:
    path = workbook(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=message):
        read(path, limits=limits)


def _open(path: Path, limits: Limits, stack: ExitStack) -> Workbook:
    file = stack.enter_context(path.open("rb"))
    handle = Handle(file.fileno(), path.name)
    return stack.enter_context(closing(open_workbook(handle, "xlsx", limits)))


def test_the_child_has_its_limits_and_dies_with_its_reader(tmp_path: Path) -> None:
    with ExitStack() as stack:
        book = _open(workbook(tmp_path / "a.xlsx"), LIMITS, stack)
        child = book._child.process
        limits = Path(f"/proc/{child.pid}/limits").read_text()
        found = {line[:26].strip(): line[26:].split() for line in limits.splitlines()[1:]}
        assert found["Max address space"][0] == str(LIMITS.memory)
        assert found["Max cpu time"][0] == str(LIMITS.seconds)
        for nothing in ("Max file size", "Max core file size", "Max processes"):
            assert found[nothing][:2] == ["0", "0"]
        environment = Path(f"/proc/{child.pid}/environ").read_bytes()
        assert environment.strip(b"\0") == b"LC_ALL=C.UTF-8"
        assert child.poll() is None
    assert child.poll() == -signal.SIGKILL


def test_a_reader_who_is_refused_leaves_no_child(tmp_path: Path) -> None:
    before = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    with pytest.raises(InputError):
        read(workbook(tmp_path / "a.xlsx"), limits=replace(LIMITS, members=1))
    assert Path(f"/proc/self/task/{os.getpid()}/children").read_text() == before


@pytest.mark.parametrize(
    ("ended_by", "message"),
    [
        (signal.SIGKILL, "1024 MiB and 1 seconds"),
        (signal.SIGXCPU, "1024 MiB and 1 seconds"),
        (signal.SIGABRT, "1024 MiB and 1 seconds"),
        (signal.SIGSTOP, "1024 MiB and 1 seconds"),
        (signal.SIGSEGV, "damaged"),
    ],
)
def test_a_child_that_dies_or_hangs_refuses_the_file(
    tmp_path: Path, ended_by: signal.Signals, message: str
) -> None:
    with ExitStack() as stack:
        limits = replace(LIMITS, seconds=1, block_rows=1)
        book = _open(workbook(tmp_path / "a.xlsx"), limits, stack)
        os.kill(book._child.process.pid, ended_by)
        with pytest.raises(InputError, match=message):
            list(book.blocks(0))
        with pytest.raises(InputError, match="expected a workbook that"):
            list(book.blocks(0))


def test_a_workbook_that_takes_more_memory_than_allowed_is_refused(tmp_path: Path) -> None:
    cells = cell("x", more='table:number-columns-repeated="50"')
    path = document(
        tmp_path / "a.ods", table(row(cells, more='table:number-rows-repeated="90000"'))
    )
    with pytest.raises(InputError, match="at most 128 MiB"):
        read(path, limits=replace(LIMITS, memory=128 * MIB))


def test_a_sheet_of_two_far_cells_takes_no_more_than_allowed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    xml = sheet_xml(path).replace(b"</sheetData>", far)
    with pytest.raises(InputError):
        read(changed(path, {"xl/worksheets/sheet1.xml": xml}))


LIAR = """
import os, sys
from gateway.reading.frames import receive, send
receive(0)
send(0, {"kind": "xlsx", "sheets": [{"name": "A", "visible": True, "hidden_columns": []}]})
receive(0)
%s
receive(0)
"""


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ("send(0, {'rows': [[1]], 'hidden': [], 'next': 2})", "something else came"),
        ("send(0, {'rows': ['a'], 'hidden': [], 'next': 2})", "something else came"),
        ("send(0, {'rows': [['a']], 'hidden': ['a'], 'next': 2})", "something else came"),
        ("send(0, {'rows': [['a']], 'hidden': [], 'next': 1})", "something else came"),
        ("send(0, {'rows': [['a']], 'hidden': [], 'next': 'b'})", "something else came"),
        ("os.write(0, bytes([255] * 8))", "too much at once"),
        ("os.write(0, bytes([0, 0, 0, 2, 91, 93]))", "something else"),
        ("os.write(0, bytes([0, 0, 0, 1, 91]))", "sent none"),
        ("os.write(0, bytes([0, 0, 0, 9, 91])); sys.exit()", "damaged"),
    ],
)
def test_a_child_that_was_taken_over_hands_over_nothing_but_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: str, message: str
) -> None:
    monkeypatch.setattr(workbooks, "_COMMAND", (sys.executable, "-I", "-c", LIAR % reply))
    with ExitStack() as stack, pytest.raises(InputError, match=message):
        list(_open(workbook(tmp_path / "a.xlsx"), LIMITS, stack).blocks(0))


def test_an_error_beyond_all_other_cells_is_shown(tmp_path: Path) -> None:
    error = '<table:table-cell office:value-type="string" calcext:value-type="error"/>'
    body = row(cell("a"), "<table:table-cell/>", error) + row(error)
    rows = read(document(tmp_path / "a.ods", table(body)))
    assert (rows[1], rows[2][:1]) == (["a", "", "#ERROR!"], ["#ERROR!"])
