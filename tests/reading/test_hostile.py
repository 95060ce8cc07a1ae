"""Workbooks made to harm: bombs, lies about sizes, overlaps, entities, two files in one."""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from gateway.domain.errors import InputError
from gateway.reading.book import Book
from gateway.reading.files import LIMITS
from gateway.reading.layout import Layout
from gateway.reading.markup import refuse_declarations
from tests.reading.files import (
    cell,
    changed,
    document,
    packed,
    read,
    row,
    shared,
    sheet_xml,
    table,
    workbook,
)

SHEET = "xl/worksheets/sheet1.xml"


def _refused(path: Path, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        read(path)
    assert raised.value.hint


def test_a_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx")
    bomb = sheet_xml(book).replace(b"<sheetData>", b"<sheetData>" + b" " * (24 * 1024 * 1024))
    _refused(changed(book, {SHEET: bomb}), "at most 200 times its own size unpacked")


def test_a_sum_of_declared_sizes_beyond_the_cap_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(data)
    _refused(path, "at most 1073741824 bytes unpacked in workbook a.xlsx, it has 42949")


def test_a_part_that_unpacks_to_more_than_it_declares_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0].filename
        lie = archive.read(first)[:20]
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 16 : at + 20] = struct.pack("<I", zlib.crc32(lie))
    data[at + 24 : at + 28] = struct.pack("<I", len(lie))
    path.write_bytes(data)
    _refused(path, "20 bytes unpacked, as declared in workbook a.xlsx, it has more")


def test_parts_that_overlap_or_leave_gaps_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    good = path.read_bytes()
    end = good.rindex(b"PK\x05\x06")
    for bad in (b"#!/bin/sh\n" + good, good + b"trailing", good[:end] + b"gap" + good[end:]):
        path.write_bytes(bad)
        with pytest.raises(InputError):
            read(path)
    data = bytearray(good)
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    path.write_bytes(data)
    _refused(path, "bytes that belong to none|others")


def test_a_prefix_is_not_part_of_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    path.write_bytes(b"PK\x03\x04 something else first" + path.read_bytes())
    _refused(path, "bytes that belong to none")


def test_two_parts_of_one_name_are_refused_whatever_the_case(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("xl/Worksheets/Sheet1.xml", b"<x/>")
    _refused(path, "each part once in workbook a.xlsx, it has two parts of the same name")


def test_names_that_differ_between_part_and_directory_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    path.write_bytes(path.read_bytes().replace(b"docProps/app.xml", b"docProps/apq.xml", 1))
    _refused(path, "the same names at its parts and in its directory")


def test_encrypted_parts_and_other_compressions_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    good = path.read_bytes()
    at = good.index(b"PK\x01\x02")
    for offset, value, message in ((8, 1, "encrypted parts"), (10, 14, "another compression")):
        data = bytearray(good)
        data[at + offset : at + offset + 2] = struct.pack("<H", value)
        path.write_bytes(data)
        _refused(path, message)


def test_an_archive_inside_is_refused(tmp_path: Path) -> None:
    path = changed(workbook(tmp_path / "a.xlsx"), {"xl/embeddings/Book.xlsx": b"PK"})
    _refused(path, "another archive inside")


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "0870"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY f SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize(
    "part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
def test_entities_are_refused_in_every_part(tmp_path: Path, part: str) -> None:
    path = shared(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as archive:
        content = archive.read(part)
    body = content.partition(b"?>")[2] if content.startswith(b"<?xml") else content
    _refused(changed(path, {part: BOMB + body}), "a document type or entity")
    far = content + b"<!--" + b"x" * 300_000 + b"-->" + b"<!ENTITY x 'y'>"
    _refused(changed(path, {part: far}), "a document type or entity")


def test_entities_are_refused_in_an_ods(tmp_path: Path) -> None:
    path = document(tmp_path / "a.ods", table(row(cell("x"))))
    with zipfile.ZipFile(path) as archive:
        body = archive.read("content.xml").partition(b"?>")[2]
    _refused(document(path, "", {"content.xml": BOMB + body}), "a document type or entity")


def test_xml_in_an_encoding_that_hides_words_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    xml = sheet_xml(path).decode()
    body = xml.partition("?>")[2] if xml.startswith("<?xml") else xml
    said = '<?xml version="1.0" encoding="{}"?>' + body
    for content in (
        said.format("UTF-16").encode("utf-16"),
        body.encode("utf-16-le"),
        said.format("utf-7").encode(),
        said.format("cp037").encode("cp037"),
    ):
        _refused(changed(path, {SHEET: content}), "parts in another encoding")


def test_a_sheet_list_that_two_readers_would_see_differently_is_refused(tmp_path: Path) -> None:
    other = (
        b'<x xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><t:table t:name="A"/></x>'
    )
    with pytest.raises(InputError):
        read(document(tmp_path / "a.ods", "", {"content.xml": other + b"</x>"}))


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != SHEET}
    with pytest.raises(InputError):
        read(packed(path, members))
    del members["xl/workbook.xml"]
    _refused(packed(path, members), r"a part xl/workbook\.xml in workbook a\.xlsx")


def test_an_ods_of_more_cells_than_there_is_memory_is_refused(tmp_path: Path) -> None:
    wide = cell("x", more='table:number-columns-repeated="16384"')
    body = table(row(wide, more='table:number-rows-repeated="1048576"'))
    with pytest.raises(InputError):
        read(document(tmp_path / "a.ods", body))


def test_a_table_in_a_cell_is_refused_for_the_rows_that_it_would_hide(tmp_path: Path) -> None:
    inner = table(row(cell("in")))
    holder = f'<table:table-cell office:value-type="string">{inner}</table:table-cell>'
    path = document(tmp_path / "a.ods", table(row(cell("a"), holder) + row(cell("b"))))
    _refused(path, "a table inside a cell")


def test_a_declaration_cut_in_two_is_still_seen() -> None:
    with pytest.raises(InputError, match="a document type"):
        refuse_declarations(iter([b"<x/><!DOC", b"TYPE a>"]), "a.xlsx")
    refuse_declarations(iter([b"<x/><!--DOC", b"TYPE a-->"]), "a.xlsx")


def test_a_sheet_whose_name_readers_see_differently_refuses_the_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("xl/workbook.xml")
    odd = xml.replace(
        b'name="Sheet"', b'name="She\net"'
    )  # XML makes a space of it, the library not
    assert odd != xml
    _refused(changed(path, {"xl/workbook.xml": odd}), "sheets that every reader sees alike")


def test_rows_that_the_library_does_not_see_refuse_the_workbook(tmp_path: Path) -> None:
    path = document(tmp_path / "a.ods", table(row(cell("a"))))
    with CalamineWorkbook.from_path(path) as library:
        seen = Book("a.ods", "ods", [Layout("Data", 0, last_row=1)], library, LIMITS)
        assert seen.rows(0, 1)["rows"] == [["a"]]
        unseen = Book("a.ods", "ods", [Layout("Data", 0, last_row=2)], library, LIMITS)
        with pytest.raises(InputError, match="rows that every reader sees alike"):
            unseen.rows(0, 1)
