"""Every reader against what nobody meant to write: rows come, or InputError, and nothing else.

The usual run takes a few examples a reader, the long one thirty times as many; `make fuzz` takes
thousands, new ones each time.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.errors import InputError
from tests.reading.files import cell, document, drain, row, shared, table, workbook, written

EXAMPLES = int(os.environ.get("PALANG_FUZZ_EXAMPLES", "0"))
LONGER = 30
_NAMES = st.sampled_from(("l.csv", "l.tsv", "l.txt", "l.ndjson", "l.xlsx", "l.ods", "l"))
_TEXT_NAMES = st.sampled_from(("l.csv", "l.txt", "l.jsonl"))
_HEADS = st.sampled_from(
    (b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"sep=;\n", b"PK\x03\x04", b'{"hp":"1"}\n')
)
_WORDS = st.sampled_from(
    ('"', ";", ",", "\t", "|", "\n", "\r", "\r\n", "HP", "0870", "é", "\u2028", "😀", "{", "}", "[",
     '{"hp":1}', '"hp":', "1E5", "\\ud800", "null", "sep=", "\ufeff")
)  # fmt: skip
_TEXTS = st.lists(_WORDS, max_size=60).map("".join)
_ENCODINGS = st.sampled_from(("utf-8", "utf-16", "utf-16-le", "cp1252"))


def _survives(content: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        path = written(Path(folder) / "stored", content)
        try:
            drain(path, name)
        except InputError as refused:
            assert "\n" not in str(refused)
            assert "0870" not in str(refused)


def random_bytes(head: bytes, content: bytes, name: str) -> None:
    _survives(head + content, name)


def random_text(text: str, encoding: str, name: str) -> None:
    _survives(text.encode(encoding, "replace"), name)


def _seed(kind: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{kind}"
        if kind == "xlsx":
            return workbook(path).read_bytes()
        if kind == "shared":
            return shared(path).read_bytes()
        repeated = row(cell("0870"), more='table:number-rows-repeated="3"')
        return document(path, table(repeated + row(cell("a<text:tab/>b")))).read_bytes()


SEEDS = {kind: _seed(kind) for kind in ("xlsx", "shared", "ods")}
_EDITS = st.lists(st.tuples(st.integers(0), st.binary(max_size=4)), min_size=1, max_size=4)


def _edited(seed: bytes, edits: list[tuple[int, bytes]], cut: int) -> bytes:
    data = bytearray(seed)
    for at, new in edits:
        at %= len(data)
        data[at : at + len(new)] = new or b"\xff"
    return bytes(data[: len(data) - cut % 200])


def workbooks_flipped_and_cut(kind: str, edits: list[tuple[int, bytes]], cut: int) -> None:
    _survives(_edited(SEEDS[kind], edits, cut), _name(kind))


_ODD = (
    b"<", b">", b'"', b"/>", b"&#0;", b"&x;", b"1E999", b"-1", b"99999999999", b"\xff", b"A0",
    b"ZZZZ9", b"<v>", b"</c>", b"<c>", b't="e"', b't="s"', b'hidden="1"', b"<row>", b"</row>",
    b"<![CDATA[", b"e", b'table:number-rows-repeated="1048577"', b"Infinity", b"0x1",
    b'table:number-columns-repeated="70000"', b"<table:table>", b"</table:table-cell>",
    b"<text:line-break/>", b'office:value="x"',
)  # fmt: skip


def workbooks_with_damaged_parts(kind: str, part: int, edits: list[tuple[int, int, bytes]]) -> None:
    """The parts are packed again after the damage, so that it reaches the readers of XML."""
    with zipfile.ZipFile(io.BytesIO(SEEDS[kind])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = sorted(members)[part % len(members)] if part % 2 else _likely(kind)
    content = bytearray(members[name])
    for at, length, new in edits:
        at %= len(content) + 1
        content[at : at + length] = new
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in (members | {name: bytes(content)}).items():
            archive.writestr(member, data)
    _survives(packed.getvalue(), _name(kind))


def _likely(kind: str) -> str:
    return "content.xml" if kind == "ods" else "xl/worksheets/sheet1.xml"


def _name(kind: str) -> str:
    return "l.ods" if kind == "ods" else "l.xlsx"


_KINDS = st.sampled_from(sorted(SEEDS))
_PLACES = st.tuples(st.integers(0), st.integers(0, 12), st.sampled_from(_ODD))
#: what is tried -> examples of it in the usual run, and what they are made of
FUZZERS: dict[Callable[..., None], tuple[int, dict[str, st.SearchStrategy[Any]]]] = {
    random_bytes: (100, {"head": _HEADS, "content": st.binary(max_size=400), "name": _NAMES}),
    random_text: (
        150,
        {"text": _TEXTS, "encoding": _ENCODINGS, "name": _TEXT_NAMES},
    ),
    workbooks_flipped_and_cut: (
        4, {"kind": _KINDS, "edits": _EDITS, "cut": st.just(0) | st.integers(0, 199)},
    ),
    workbooks_with_damaged_parts: (
        6,
        {
            "kind": _KINDS, "part": st.integers(0),
            "edits": st.lists(_PLACES, min_size=1, max_size=4),
        },
    ),
}  # fmt: skip


def _fuzz(fuzzer: Callable[..., None], times: int) -> None:
    few, made_of = FUZZERS[fuzzer]
    settings(max_examples=EXAMPLES or few * times)(given(**made_of)(fuzzer))()


@pytest.mark.parametrize("fuzzer", FUZZERS)
def test_rows_come_or_a_refusal(fuzzer: Callable[..., None]) -> None:
    _fuzz(fuzzer, 1)


@pytest.mark.long
@pytest.mark.parametrize("fuzzer", FUZZERS)
def test_rows_come_or_a_refusal_for_longer(fuzzer: Callable[..., None]) -> None:
    _fuzz(fuzzer, LONGER)
