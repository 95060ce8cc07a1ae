"""CSV, TSV and pasted text: every encoding and separator, odd quotes, caps, bounded memory."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from pathlib import Path

import pytest

from gateway.domain.errors import InputError
from gateway.reading import delimited, survey
from gateway.reading.files import FileReader
from tests.reading.files import ONE, TWO, Rows, read, rows_of, written


def _read(tmp_path: Path, content: str | bytes, name: str = "list.csv") -> Rows:
    return read(written(tmp_path / "stored", content), name)


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_separator_encoding_and_line_end_reads_alike(
    tmp_path: Path, separator: str, encoding: str, newline: str
) -> None:
    lines = ["NO|NOMOR HP|NAMA", f"1|{ONE}|Renée", f"2|{TWO}|José"]
    text = newline.join(lines).replace("|", separator) + newline
    path = written(tmp_path / "stored", text, encoding)
    with FileReader().open(path, "list.csv") as opened:
        assert rows_of(opened) == {
            1: ["NO", "NOMOR HP", "NAMA"], 2: ["1", ONE, "Renée"], 3: ["2", TWO, "José"],
        }  # fmt: skip
        assert (opened.separator, opened.encoding) == (separator, encoding)
        assert rows_of(opened) == rows_of(opened)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_read(tmp_path: Path, encoding: str) -> None:
    text = f"NOMOR HP;NAMA\n{ONE};Ayu\n"
    assert _read(tmp_path, text.encode(encoding))[2] == [ONE, "Ayu"]


def test_an_encoding_is_decided_by_the_whole_file_not_by_its_beginning(tmp_path: Path) -> None:
    lines = "".join(f"{number};nama\n" for number in range(20_000))
    path = written(tmp_path / "stored", f"HP;NAMA\n{lines}1;Renée\n", "cp1252")
    with FileReader().open(path, "list.csv") as opened:
        assert opened.encoding == "cp1252"
        assert rows_of(opened)[20_002] == ["1", "Renée"]
    split = "é" * 40_000  # its two bytes fall on both sides of every odd piece
    assert _read(tmp_path, f"HP;N\n1;x{split[:30_000]}\n".encode())[2][1] == "x" + split[:30_000]


@pytest.mark.parametrize("end", [b"\xc3(\x81", b"\xff\x9d\n", b"\x81", b"\0", b"\x1f"])
def test_bytes_that_are_text_in_no_encoding_are_refused_wherever_they_are(
    tmp_path: Path, end: bytes
) -> None:
    body = b"HP;NAMA\n" + b"1;2\n" * 9_000
    with pytest.raises(InputError, match="none of them"):
        _read(tmp_path, body + end)


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    text = f'DAFTAR;;\n\nNO;"NOMOR\nHP";NAMA\n1;{ONE};"dua\nbaris"\n;;\n2;{TWO};\n'
    with FileReader().open(written(tmp_path / "s", text), "list.csv") as opened:
        (block,) = opened.blocks(0)
    assert block.first == 1
    assert block.rows[1] == block.rows[4] == []
    assert block.rows[2] == ["NO", "NOMOR\nHP", "NAMA"]
    assert block.rows[5] == ["2", TWO, ""]


def test_the_separator_line_of_excel_is_not_a_row(tmp_path: Path) -> None:
    assert _read(tmp_path, f"sep=|\nHP|NAMA\n{ONE}|a;b;c\n")[2] == [ONE, "a;b;c"]
    assert _read(tmp_path, f"sep=;\r\nNO;HP\r\n1;{ONE}\r\n")[2] == ["1", ONE]
    assert _read(tmp_path, f"sep=x\nNO;HP\n1;{ONE}\n")[3] == ["1", ONE]


def test_one_column_is_not_split_by_the_commas_of_a_few_cells(tmp_path: Path) -> None:
    text = f"{ONE}\n{TWO}\n6,28703E+12\n{ONE};{TWO}\n"
    with FileReader().open(written(tmp_path / "s", text), "list.csv") as opened:
        assert opened.separator == ""
        assert rows_of(opened)[3] == ["6,28703E+12"]
        assert rows_of(opened)[4] == [f"{ONE};{TWO}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('HP;NAMA\n"087034567890;Budi\n', "closed quotes in every cell, list.csv breaks off near"),
        ('HP;NAMA\n087034567890;"Budi"x\n', "near row 2"),
        ('NAMA;HP\n"Budi;1\nSari;2\nTono";3\n', "row 2 of list.csv holds several inside one"),
        ('NAMA;HP\r"Budi;1\rSari;2\rTono";3\r', "several inside one"),
        ('NAMA;HP\nx;1\n"' + "Budi;1\n" * 30_000, "32767 characters in a cell, row 3"),
    ],
    ids=["open-quote", "odd-quote", "swallowed", "swallowed-cr", "swallowed-all"],
)
def test_quotes_that_swallow_rows_refuse_the_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        _read(tmp_path, text)
    assert "quotation mark" in raised.value.hint
    assert "0870" not in str(raised.value)


def test_a_swallowed_row_far_down_is_named_by_its_number(tmp_path: Path) -> None:
    text = "NAMA;HP\n" + "a;1\n" * 6_000 + '"Budi;1\nSari;2";3\n'
    with pytest.raises(InputError, match="row 6002 of"):
        _read(tmp_path, text)
    with pytest.raises(InputError, match="near row 6002"):
        _read(tmp_path, "NAMA;HP\n" + "a;1\n" * 6_000 + '"Budi"x;1\n' + "a;1\n" * 50)


def test_a_long_cell_at_its_cap_is_read_and_one_beyond_is_not(tmp_path: Path) -> None:
    assert len(_read(tmp_path, f"HP;N\n{ONE};{'x' * 32_767}\n")[2][1]) == 32_767
    for cells in ("x" * 32_768, '"' + "x\n" * 16_384 + '"'):
        with pytest.raises(InputError, match="at most 32767 characters in a cell, row 2"):
            _read(tmp_path, f"HP;N\n{ONE};{cells}\n")


def test_caps_of_bytes_rows_columns_and_lines_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"HP;NAMA\n{ONE};Budi\n"
    _read(tmp_path, text)
    for module, cap, small in (
        (survey, "MAX_BYTES", 10),
        (delimited, "MAX_ROWS", 1),
        (delimited, "MAX_COLUMNS", 1),
        (survey, "_LONGEST", 1),
    ):
        with monkeypatch.context() as patch, pytest.raises(InputError, match=f"at most {small}"):
            patch.setattr(module, cap, small)
            patch.setattr(survey, "_PIECE", 4)
            _read(tmp_path, text)
    wide = "HP;NAMA\n" + ";".join("x" * 257) + "\n"
    with pytest.raises(InputError, match=r"at most 256 columns, row 2 of list\.csv has 257"):
        _read(tmp_path, wide)


def test_blocks_are_small_whatever_the_file_and_a_reader_may_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BLOCK_ROWS", 200)
    line = f"{ONE};{'nama ' * 20}\n"
    path = written(tmp_path / "s", "HP;NAMA\n" + line * 30_000)
    with FileReader().open(path, "list.csv") as opened:
        tracemalloc.start()
        count = sum(len(block.rows) for block in opened.blocks(0))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert count == 30_001
        assert peak < path.stat().st_size / 3
        first = next(iter(opened.blocks(0)))
        assert (first.first, len(first.rows)) == (1, 200)


def test_blocks_end_by_bytes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 300_000)
    path = written(tmp_path / "s", f"{'x' * 20_000};1\n" * 100)
    with FileReader().open(path, "list.csv") as opened:
        blocks = list(opened.blocks(0))
    assert sum(len(block.rows) for block in blocks) == 100
    assert len(blocks) > 2
    assert [block.first for block in blocks[:2]] == [1, len(blocks[0].rows) + 1]


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "s", f"HP;NAMA\n{ONE};Budi\n")
    with FileReader().open(path, "list.csv") as opened:
        with path.open("ab") as more:
            more.write(b"1;2\n")
        with pytest.raises(InputError, match="something wrote to it"):
            rows_of(opened)
        written(path, b"HP;NAMA\n\xc3\x28\x81")
        with pytest.raises(InputError, match="something wrote to it"):
            rows_of(opened)


def test_digest_and_size_are_of_the_bytes_and_no_descriptor_stays_open(tmp_path: Path) -> None:
    before = set(os.listdir("/dev/fd"))
    content = b"HP\r\n1\r\n" * 10_000
    with FileReader().open(written(tmp_path / "s", content), "l.csv") as opened:
        assert opened.size == len(content)
        assert opened.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
        with pytest.raises(InputError, match="sheet from 1 to 1"):
            list(opened.blocks(1))
    assert set(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize(
    ("text", "second"),
    [
        (f"HP\tNAMA\n{ONE}\tAyu, dkk\n", [ONE, "Ayu, dkk"]),
        (f"HP;NAMA\n{ONE};Ayu\n", [ONE, "Ayu"]),
        (f"Nomor terlapor, mohon diblokir:\n{ONE}, {TWO}\n", [f"{ONE}, {TWO}"]),
        (f'halo\n"{ONE}" dan {TWO}\n', [f'"{ONE}" dan {TWO}']),
        (f"halo\n{ONE};{TWO}\nterima kasih\nsalam\n", [f"{ONE};{TWO}"]),
    ],
)
def test_pasted_text_is_lines_split_by_tabs_or_semicolons_or_not_at_all(
    tmp_path: Path, text: str, second: list[str]
) -> None:
    assert _read(tmp_path, text, "tempel.txt")[2] == second
