"""A file is what its ending says, or it is refused with what it is and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.domain.errors import InputError
from gateway.reading.files import FileReader
from tests.reading.files import ONE, changed, document, packed, read, row, table, workbook, written

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
LIST = f"HP\n{ONE}\n"


@pytest.mark.parametrize(
    ("name", "content", "expected", "came", "hint"),
    [
        ("l.csv", b"PK\x03\x04rest", "a CSV file", "a workbook", ".xlsx or .ods"),
        ("l.ndjson", b"PK\x03\x04rest", "NDJSON", "another ZIP", ".xlsx"),
        ("l.txt", b"PK\x05\x06rest", "plain text", "another ZIP", ".xlsx"),
        ("l.csv", OLE + "Workbook".encode("utf-16-le"), "CSV", "XLS workbook of the old", "save"),
        ("l.xls", OLE + "Workbook".encode("utf-16-le"), "XLSX", "XLS workbook of the old", "save"),
        ("l.xls", OLE + "WordDocument".encode("utf-16-le"), "XLSX", "old Office", "save"),
        ("l.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "opened", "password", "remove"),
        ("l.csv", b"%PDF-1.7", "a CSV file", "PDF", "save"),
        ("l.xlsx", b"PK\x03\x04" + bytes(90) + b"%PDF-1.7", "XLSX", "opened as one", "save"),
        ("l.csv", b"GIF89a%PDF-1.4", "a CSV file", "opened as one", "save"),
        ("l.xlsx", LIST.encode(), "an XLSX workbook", "no workbook inside", "name it .csv"),
        ("l.ods", b"", "an ODS workbook", "empty", "name it .csv"),
        ("l.xlsx", b"<html><table><tr>", "an XLSX workbook", "web page", "save"),
        ("l.xls", b"\xef\xbb\xbf\r\n<table border=1>", "XLSX", "web page", "save"),
        ("l.xls", b'<?xml version="1.0"?><Workbook>', "XLSX", "XML", "save"),
        ("l.csv", "<HTML>".encode("utf-16"), "a CSV file", "web page", "save"),
        ("l.csv", b"<!-- x --><!DOCTYPE html>", "a CSV file", "web page", "save"),
        ("l.csv", b'{"hp": "1"}\n', "a CSV file", "JSON", ".ndjson"),
        ("l.csv", b"{\\rtf1", "a CSV file", "RTF", "save"),
        ("l.csv", b"\x1f\x8b\x08", "a CSV file", "GZIP", "save"),
        ("l.csv", b"MZ\0\0", "a CSV file", "program", "save"),
        ("l.csv", b"HP\n\x81\x8d\x00\x81", "UTF-8", "none of them", "UTF-8"),
        ("l.xlsb", b"PK\x03\x04", "XLSX", "something else", "save"),
        ("l.dat", LIST.encode(), "CSV", "something else", ".txt"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, expected: str, came: str, hint: str
) -> None:
    with pytest.raises(InputError) as raised:
        read(written(tmp_path / name, content))
    before, after = str(raised.value).split(name, 1)
    assert expected in before
    assert came in after
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("name", "kind"),
    [("l.csv", "csv"), ("l.TSV", "csv"), ("l.txt", "text"), ("list", "csv"), ("", "csv")],
)
def test_text_is_read_by_its_ending(tmp_path: Path, name: str, kind: str) -> None:
    path = written(tmp_path / "stored", LIST)
    with FileReader().open(path, name) as opened:
        assert (opened.kind, opened.name) == (kind, name)
        assert [head.name for head in opened.sheets] == [""]


def test_without_an_ending_the_content_decides(tmp_path: Path) -> None:
    with FileReader().open(written(tmp_path / "a", '{"hp":"1"}\n'), "a") as opened:
        assert opened.kind == "ndjson"
    with FileReader().open(workbook(tmp_path / "b"), "b") as opened:
        assert opened.kind == "xlsx"
    with FileReader().open(document(tmp_path / "c", table(row())), "c") as opened:
        assert opened.kind == "ods"


@pytest.mark.parametrize(
    ("name", "members", "came"),
    [
        ("l.xlsx", {"readme.txt": b"x"}, "another ZIP"),
        ("l.ods", {"mimetype": b"application/vnd.oasis.opendocument.text"}, "another document"),
        ("l.xlsx", {"[Content_Types].xml": b"sheet.macroEnabled.main+xml"}, "macros"),
        ("l.xlsx", {"[Content_Types].xml": b"wordprocessingml.document"}, "a Word document"),
        ("l.xlsx", {"[Content_Types].xml": b"x", "mimetype": b"y"}, "both an XLSX and an ODS"),
    ],
)
def test_a_zip_that_is_no_workbook_is_named(
    tmp_path: Path, name: str, members: dict[str, bytes], came: str
) -> None:
    with pytest.raises(InputError, match=came):
        read(packed(tmp_path / name, members))


def test_one_workbook_under_the_ending_of_the_other_is_refused(tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx").rename(tmp_path / "a.ods")
    with pytest.raises(InputError, match=r"expected an ODS workbook, a\.ods is an XLSX workbook"):
        read(book)
    with pytest.raises(InputError, match="is an ODS workbook"):
        read(document(tmp_path / "b.xlsx", table(row())))


def test_a_document_behind_a_password_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    manifest = {"META-INF/manifest.xml": b"<m><encryption-data/></m>", "content.xml": b"\x00\x01"}
    with pytest.raises(InputError, match="protected by a password"):
        read(document(tmp_path / "a.ods", "", manifest))


def test_errors_do_not_repeat_a_number_in_the_name(tmp_path: Path) -> None:
    path = written(tmp_path / "x", b"%PDF-1.7")
    with pytest.raises(InputError) as raised:
        read(path, f"daftar {ONE}.csv")
    assert ONE[:6] not in str(raised.value) + raised.value.hint
    assert "daftar ....csv" in str(raised.value)


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for name in ("missing.csv", "pipe.csv", "folder.csv"):
        with pytest.raises(InputError, match=name):
            read(tmp_path / name)


def test_a_workbook_with_other_content_types_beside_is_still_one(tmp_path: Path) -> None:
    book = changed(workbook(tmp_path / "a.xlsx"), {"docProps/thumbnail.jpeg": b"\xff\xd8\xff"})
    assert len(read(book)) == 3


def test_a_number_in_the_name_is_not_kept_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("HP;WA\n1;2\n")
    with FileReader().open(path, "laporan_087034567890.csv") as opened:
        assert opened.name == "laporan_....csv"
