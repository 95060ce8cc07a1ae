"""NDJSON (RFC 8259 objects, one a line): the keys are the headers, values become cell text.

The keys stand as row 0, so that line n of the file is row n.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from gateway.domain.errors import InputError
from gateway.domain.opened import Block
from gateway.ports.reading import BLOCK_ROWS, MAX_CELL, MAX_COLUMNS, MAX_ROWS
from gateway.reading.survey import Survey
from gateway.reading.window import Handle, Window, as_text

_BLOCK_BYTES = 8 * 1024 * 1024
_LARGEST = 10**15  # whole numbers from here on are shown as a spreadsheet shows them
_WORDS = {True: "TRUE", False: "FALSE", None: ""}
_STEP = 100

Pairs = list[tuple[str, Any]]


class Objects:
    """One NDJSON file. Keys are those of its first block; a later new one refuses the file."""

    def __init__(self, file: Handle, survey: Survey) -> None:
        if survey.encoding not in ("utf-8", "utf-8-sig"):
            raise InputError(
                f"expected NDJSON in UTF-8, {file.name} is in {survey.encoding}",
                hint="write it as UTF-8",
            )
        self._file = file
        self._survey = survey
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_Object,
            parse_float=str,
            parse_int=_whole,
            parse_constant=_no_number,
        )

    def blocks(self) -> Iterator[Block]:
        """Stream the rows. Raises InputError with the row where a line is not as expected."""
        window = Window(self._file.descriptor)
        keys: dict[str, int] = {}
        row = 1
        with as_text(window, self._survey.encoding) as lines:
            while objects := self._take(lines, window, row):
                if row == 1:
                    keys = self._keys(objects)
                    yield Block(0, [list(keys)])
                rows = [self._cells(pairs, keys, row + at) for at, pairs in enumerate(objects)]
                yield Block(row, rows)
                row += len(objects)

    def _take(self, lines: Iterator[str], window: Window, row: int) -> list[Pairs]:
        taken: list[Pairs] = []
        end = window.at + _BLOCK_BYTES
        step = 1 if self._survey.long_lines else _STEP
        while len(taken) < BLOCK_ROWS and window.at <= end:
            some = list(islice(lines, step))
            if not some:
                break
            taken += [self._object(line, row + len(taken) + at) for at, line in enumerate(some)]
        if row + len(taken) - 1 > MAX_ROWS:
            raise InputError(f"expected at most {MAX_ROWS} rows, {self._file.name} has more")
        return taken

    def _object(self, line: str, row: int) -> Pairs:
        text = line.strip(" \t\r\n")
        if not text:
            return []
        try:
            found = self._decoder.decode(text)
        except (ValueError, RecursionError):
            found = None  # refused below; the text of the error may hold a number
        if not isinstance(found, _Object):
            raise self._refused(row, "one JSON object", "something else")
        names = {key for key, _ in found.pairs}
        if len(names) != len(found.pairs):
            raise self._refused(row, "each key once", "a key twice")
        if len(names) > MAX_COLUMNS:
            raise self._refused(row, f"at most {MAX_COLUMNS} keys", str(len(names)))
        return found.pairs

    def _keys(self, objects: list[Pairs]) -> dict[str, int]:
        keys: dict[str, int] = {}
        for at, pairs in enumerate(objects, start=1):
            for key, _ in pairs:
                keys.setdefault(self._text(key, at), len(keys))
            if len(keys) > MAX_COLUMNS:
                raise self._refused(at, f"at most {MAX_COLUMNS} keys up to here", str(len(keys)))
        return keys

    def _cells(self, pairs: Pairs, keys: dict[str, int], row: int) -> list[str]:
        if not pairs:
            return []
        cells = [""] * len(keys)
        for key, value in pairs:
            at = keys.get(key)
            if at is None:
                raise self._refused(row, "the keys of the first rows", "a new one")
            cells[at] = self._text(value, row)
        return cells

    def _text(self, value: object, row: int) -> str:
        if isinstance(value, str):
            if len(value) > MAX_CELL:
                raise self._refused(row, f"at most {MAX_CELL} characters", str(len(value)))
            if "\0" in value or not _is_text(value):
                raise self._refused(row, "text", "a code that is no character")
            return value
        if value is None or isinstance(value, bool):
            return _WORDS[value]
        raise self._refused(row, "a text, number, true, false or null", "a list or object in it")

    def _refused(self, row: int, expected: str, came: str) -> InputError:
        return InputError(
            f"expected {expected} in a line, row {row} of {self._file.name} has {came}",
            hint="NDJSON has one flat object a line, with the same keys in each; write it again",
        )


class _Object:
    """A decoded object with its members in order, the repeated ones too."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs


def _whole(digits: str) -> str:
    """A whole number in full; from 10^15 on in scientific notation, as in a spreadsheet."""
    if len(digits.lstrip("-")) <= len(str(_LARGEST)) - 1:
        return digits
    exponent = len(digits.lstrip("-")) - 1
    lead = digits.lstrip("-")[:6]
    return f"{'-' if digits[0] == '-' else ''}{lead[0]}.{lead[1:]}E+{exponent:02}"


def _no_number(word: str) -> str:
    raise ValueError(word)  # NaN and Infinity are no JSON; `_object` refuses the row


def _is_text(value: str) -> bool:
    """Whether it has no half of a surrogate pair, which nothing could store."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
