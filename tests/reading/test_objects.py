"""NDJSON: flat objects, keys as headers, numbers as written, everything else refused by its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.errors import InputError
from gateway.reading import objects
from gateway.reading.files import FileReader
from tests.reading.files import ONE, Rows, read, rows_of, written


def _read(tmp_path: Path, content: str | bytes) -> Rows:
    return read(written(tmp_path / "stored", content), "list.ndjson")


def test_keys_are_headers_and_line_n_is_row_n(tmp_path: Path) -> None:
    text = f'{{"hp":"{ONE}","no":1}}\n\n  {{"no":2,"hp":null,"ok":true}} \r\n{{"ok":false}}'
    path = written(tmp_path / "s", text)
    with FileReader().open(path, "l.jsonl") as opened:
        assert (opened.kind, opened.encoding, opened.separator) == ("ndjson", "utf-8", "")
        assert rows_of(opened) == {
            0: ["hp", "no", "ok"],
            1: [ONE, "1", ""],
            3: ["", "2", "TRUE"],
            4: ["", "", "FALSE"],
        }


@pytest.mark.parametrize(
    ("written_as", "text"),
    [
        ("6287034567890", "6287034567890"),
        ("-5", "-5"),
        ("6.28703E+12", "6.28703E+12"),
        ("87034567890.0", "87034567890.0"),
        ("999999999999999", "999999999999999"),
        ("9901010101700001", "9.90101E+15"),
        ("-9901010101700001", "-9.90101E+15"),
        ('"9901010101700001"', "9901010101700001"),
        ('"\\u00e9\\ud83d\\ude00"', "é😀"),
    ],
)
def test_a_number_keeps_its_digits(tmp_path: Path, written_as: str, text: str) -> None:
    assert _read(tmp_path, f'{{"hp":{written_as}}}\n')[1] == [text]


def test_a_number_of_a_million_digits_costs_nothing(tmp_path: Path) -> None:
    assert _read(tmp_path, '{"hp":' + "9" * 1_000_000 + "}\n")[1] == ["9.99999E+999999"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"hp":["0870"]}', "a text, number, true, false or null in a line, row 2"),
        ('{"hp":{"a":1}}', "row 2 of list.ndjson has a list or object in it"),
        ('{"hp":1,"hp":2}', "each key once in a line, row 2"),
        ("[1]", "one JSON object in a line, row 2"),
        ('{"hp":NaN}', "one JSON object"),
        ('{"hp":Infinity}', "one JSON object"),
        ('{"hp":0870}', "one JSON object"),
        ('{"hp":1', "one JSON object"),
        ('{"hp":1}{"hp":2}', "one JSON object"),
        ('{"hp":' + "[" * 100_000 + "}", "one JSON object"),
        ('{"hp":"a\\u0000b"}', "no character"),
        ('{"hp":"\\ud800"}', "no character"),
        ('{"hp":"' + "x" * 32_768 + '"}', "at most 32767 characters in a line, row 2"),
        ("{" + ",".join(f'"{n}":1' for n in range(257)) + "}", "at most 256 keys"),
    ],
)
def test_a_line_that_is_no_flat_object_is_refused_by_its_row(
    tmp_path: Path, line: str, message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        _read(tmp_path, f'{{"hp":"{ONE}"}}\n{line}\n')
    assert "0870" not in str(raised.value)
    assert "flat object" in raised.value.hint


def test_a_key_that_is_half_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no character"):
        _read(tmp_path, '{"\\ud800":1}\n')


def test_only_utf8_is_json(tmp_path: Path) -> None:
    for encoding in ("utf-16", "cp1252"):
        with pytest.raises(InputError, match="NDJSON in UTF-8"):
            _read(tmp_path, '{"nama":"Renée"}\n'.encode(encoding))
    assert _read(tmp_path, '{"nama":"Renée"}\n'.encode("utf-8-sig"))[1] == ["Renée"]


def test_a_new_key_is_taken_in_the_first_rows_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "BLOCK_ROWS", 100)
    lines = '{"a":1}\n' * 99
    assert _read(tmp_path, lines + '{"b":2}\n' + '{"a":3}\n')[101] == ["3", ""]
    with pytest.raises(InputError, match=r"row 101 of list\.ndjson has a new one"):
        _read(tmp_path, lines + '{"a":1}\n{"b":2}\n')
    monkeypatch.setattr(objects, "MAX_ROWS", 50)
    with pytest.raises(InputError, match="at most 50 rows"):
        _read(tmp_path, lines)
