"""The file that goes back to a sender: its columns, and the mark by which a row is known again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.domain.columns_words import words
from gateway.domain.errors import InputError

MARK_HEADER = "Palang baris"
_MARK = re.compile(r"P([1-9][0-9]{0,8})-([1-9][0-9]{0,6})-([0-9]{2})", re.ASCII)
_PRIME = 97


def row_mark(intake: int, position: int) -> str:
    """`P<intake>-<position>-<two check digits>`: it holds no telephone number, and a slip of the
    pen in it is seen."""
    return f"P{intake}-{position}-{_check(intake, position):02}"


def read_mark(text: str) -> tuple[int, int] | None:
    """Intake and position of a mark, None for an empty cell. Raises InputError for anything else,
    without the cell's text."""
    stripped = text.strip().lstrip("'")
    if not stripped:
        return None
    found = _MARK.fullmatch(stripped)
    if found is None or int(found[3]) != _check(int(found[1]), int(found[2])):
        raise InputError(f"expected the mark in column “{MARK_HEADER}” as Palang wrote it")
    return int(found[1]), int(found[2])


def mark_column(headers: Sequence[str]) -> int | None:
    """The column of the marks, or None."""
    wanted = words(MARK_HEADER)
    return next((i for i, header in enumerate(headers) if words(header) == wanted), None)


def _check(intake: int, position: int) -> int:
    return (intake * 1_000_003 + position * 7) % _PRIME
