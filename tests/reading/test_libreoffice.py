"""One list written by LibreOffice as XLSX, ODS and CSV reads the same from each."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gateway.reading.files import FileReader
from tests.reading.files import ONE, TWO, hidden_of, rows_of, written
from tools.peers import find

SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"), ("style", "style"), ("text", "text"), ("table", "table"),
        ("number", "datastyle"),
    )
)  # fmt: skip
SPACES += ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
STYLES = (
    '<number:date-style style:name="d"><number:year number:style="long"/><number:text>-'
    '</number:text><number:month number:style="long"/><number:text>-</number:text>'
    '<number:day number:style="long"/></number:date-style>'
    '<number:number-style style:name="n"><number:number number:decimal-places="0"/>'
    '</number:number-style><style:style style:name="day" style:family="table-cell" '
    'style:data-style-name="d"/><style:style style:name="whole" style:family="table-cell" '
    'style:data-style-name="n"/><style:style style:name="off" style:family="table">'
    '<style:table-properties table:display="false"/></style:style>'
)
HIDDEN = ' table:visibility="collapse"'
FILTERED = ' table:visibility="filter"'


def _text(text: str, more: str = "") -> str:
    kind = 'office:value-type="string"'
    return f"<table:table-cell {kind} {more}><text:p>{text}</text:p></table:table-cell>"


def _number(value: str, more: str = "") -> str:
    return (
        f'<table:table-cell table:style-name="whole" office:value-type="float" '
        f'office:value="{value}" {more}/>'
    )


def _day(iso: str) -> str:
    return (
        '<table:table-cell table:style-name="day" office:value-type="date" '
        f'office:date-value="{iso}"/>'
    )


SUM = 'table:formula="of:=6287200000000+34567890"'
EMPTY = "<table:table-cell/>"
SPAN = 'table:number-columns-spanned="4" table:number-rows-spanned="1"'
DEEP = 'table:number-columns-spanned="1" table:number-rows-spanned="2"'
COVERED = "<table:covered-table-cell/>"
ROWS: list[tuple[str, list[str], list[str]]] = [
    ("", [_text("DAFTAR NOMOR", SPAN), COVERED * 3], ["DAFTAR NOMOR", "", "", ""]),
    ("", [EMPTY], []),
    ("", [*map(_text, ("NO", "HP", "TANGGAL", "CATATAN"))], ["NO", "HP", "TANGGAL", "CATATAN"]),
    (
        "",
        [_number("1"), _text(ONE), _day("2026-05-16"), _text("gabung", DEEP)],
        ["1", ONE, "2026-05-16", "gabung"],
    ),
    (HIDDEN, [_number("2"), _number("6287134567890"), EMPTY, COVERED],
     ["2", "6287134567890", "", ""]),
    (FILTERED, [_number("3"), _text(f"0{TWO}"), EMPTY, EMPTY], ["3", f"0{TWO}", "", ""]),
    ("", [_number("4"), _text("9901010101700001"), EMPTY], ["4", "9901010101700001", "", ""]),
    (
        "",
        [_number("5"), _number("6287234567890", SUM), EMPTY],
        ["5", "6287234567890", "", ""],
    ),
    ("", [_number("6"), _text("087034567890</text:p><text:p>087134567890")],
     ["6", f"{ONE}\n{TWO}", "", ""]),
    ("", [_text("TOTAL"), _number("6")], ["TOTAL", "6", "", ""]),
]  # fmt: skip


def _source(folder: Path) -> Path:
    rows = "".join(
        f"<table:table-row{more}>{''.join(cells)}</table:table-row>" for more, cells, _ in ROWS
    )
    second = f"<table:table-row>{_text(TWO)}</table:table-row>"
    columns = (
        '<table:table-column table:number-columns-repeated="3"/>'
        '<table:table-column table:visibility="collapse"/>'
    )
    return written(
        folder / "rekap.fods",
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {SPACES} office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.spreadsheet">'
        f"<office:automatic-styles>{STYLES}</office:automatic-styles><office:body>"
        f'<office:spreadsheet><table:table table:name="Rekap">{columns}{rows}</table:table>'
        f'<table:table table:name="Bekas" table:style-name="off">{second}</table:table>'
        "</office:spreadsheet></office:body></office:document>",
    )


def _converted(folder: Path, ending: str) -> Path:
    program = find("libreoffice")
    assert program
    command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    command += ["--convert-to", ending, "--outdir", str(folder), str(_source(folder))]
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        timeout=120,
        env={**os.environ, "HOME": str(folder)},
    )
    return folder / f"rekap.{ending}"


@pytest.mark.libreoffice
@pytest.mark.parametrize(
    "ending", ["xlsx", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("ods", "csv"))]
)
def test_a_list_written_by_libreoffice_reads_as_it_was_typed(tmp_path: Path, ending: str) -> None:
    path = _converted(tmp_path, ending)
    with FileReader().open(path, path.name) as opened:
        assert rows_of(opened) == {
            number: cells for number, (_, _, cells) in enumerate(ROWS, start=1) if cells
        }
        if ending == "csv":
            return
        assert hidden_of(opened) == {5, 6}
        assert [(head.name, head.visible) for head in opened.sheets] == [
            ("Rekap", True), ("Bekas", False),
        ]  # fmt: skip
        assert opened.sheets[0].hidden_columns == {3}
        assert rows_of(opened, 1) == {1: [TWO]}
