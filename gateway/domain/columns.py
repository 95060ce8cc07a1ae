"""Choosing the columns of a sheet by header words, value shapes and what stands beside them.

The number column is the one place where a wrong choice blocks strangers: bank accounts, identity
numbers and the telephone of the person who complained all look like phone numbers. Their columns
are never the number column, not even when asked for by name; two that could be it stop the reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.domain.columns_look import Look, cell, look, matching, share, used_width
from gateway.domain.columns_words import (
    EVIDENCE,
    Role,
    is_number_header,
    names_bank,
    role_of,
    says_evidence_type,
    says_phone,
    words,
)
from gateway.domain.errors import InputError
from gateway.domain.people import Kind

__all__ = [
    "Columns", "Role", "find_columns", "is_number_header", "letter", "shown_text",
    "words",
]  # fmt: skip


_MOST_SHOWN = 5  # columns in an error text


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand: column and row indexes from 0; `optional` has only those found.

    `accounts` and `forbidden` are never read as numbers; `dropped` has the columns that may hold
    people, none of which is kept. `first_row` is the index of the first row below the header,
    `width` the place after the last header. `most` is how many cells a row has at most, 0 where the
    kind of file does not say. `files` tells that most rows have an account number.
    """

    number: int
    header: str
    optional: dict[Role, int]
    accounts: tuple[int, ...]
    forbidden: tuple[int, ...]
    width: int
    first_row: int
    headers: tuple[str, ...] = ()
    dropped: tuple[tuple[int, Kind], ...] = ()
    most: int = 0
    files: bool = False

    def filed(self) -> tuple[int, ...]:
        """The columns of account numbers; a bank's name is none."""
        return tuple(
            i for i, kind in self.dropped if kind == "account" and not names_bank(self._name(i))
        )

    def without_phones(self) -> tuple[int, ...]:
        """The columns in which, by their headers, no telephone number should stand."""
        return tuple(
            i
            for i in range(len(self.headers))
            if i != self.number and i not in self.forbidden and not says_phone(self._name(i))
        )

    def _name(self, index: int) -> str:
        return words(self.headers[index]) if index < len(self.headers) else ""


def letter(index: int) -> str:
    """The spreadsheet letter of a column index: 0 is A, 26 is AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def find_columns(
    rows: Sequence[list[str]],
    wanted: str | None,
    name: str,
    hidden: frozenset[int] = frozenset(),
) -> Columns | None:
    """Find header row and columns from the first rows of a sheet; None: no column can be it.

    `wanted` is a header text or a letter, `name` what errors call the sheet, `hidden` its hidden
    columns. Raises InputError when the number column is not certain, naming the candidates.
    """
    seen = look(rows, wanted)
    number = _wanted(seen, wanted, name) if wanted else _proposed(seen, name, hidden)
    return None if number is None else _columns(seen, number)


def shown_text(text: str) -> str:
    """A header or sheet name for an error text; "" when it has digits (promise H)."""
    plain = text.strip()
    return "" if any(char.isdigit() for char in plain) else plain[:40]


def _wanted(seen: Look, wanted: str, name: str) -> int:
    named = matching(seen.headers, wanted)
    if len(named) > 1:
        letters = ", ".join(letter(i) for i in named)
        raise InputError(
            f"expected one column of that name, {name} has several: {letters}",
            hint="name it by its letter: --column LETTER",
        )
    lettered = [i for i in range(seen.width) if letter(i) == wanted.strip().upper()]
    if not (named or lettered):
        raise InputError(
            f"expected a column with that header or letter in {name}, it has A to "
            f"{letter(max(seen.width, 1) - 1)}",
            hint="give --column one of the headers or letters of the file",
        )
    number = (named or lettered)[0]
    if seen.forbidden(number):
        raise InputError(
            f"expected the column of reported phone numbers, column {letter(number)} of {name} is "
            "headed as an account, identity or complainant's column",
            hint="such a column is never read as phone numbers; choose another, or correct the "
            "header if it is wrong",
        )
    return number


def _proposed(seen: Look, name: str, hidden: frozenset[int]) -> int | None:
    """The only column that can be it, by header, else by the shape of its values."""
    candidates = seen.candidates()
    if len(candidates) > 1:
        shown = ", ".join(_shown(seen.headers, index) for index in candidates)
        raise InputError(
            f"expected one column of phone numbers in {name}, it could be any of: {shown}",
            hint="name the one with the reported numbers: --column NAME_OR_LETTER",
        )
    if candidates and candidates[0] in hidden:
        raise InputError(
            f"expected a column of phone numbers that {name} shows, "
            f"{_shown(seen.headers, candidates[0])} is hidden",
            hint="if it has the reported numbers, name it: --column NAME_OR_LETTER",
        )
    if candidates:
        _refuse_complainants(seen, candidates[0], name)
    return candidates[0] if candidates else None


def _refuse_complainants(seen: Look, number: int, name: str) -> None:
    """A plain "No HP" beside names or a story is as often the telephone of who complains."""
    beside = seen.who_complains(number)
    if not beside:
        return
    why = ", ".join(
        _shown(seen.headers, index) for index in beside[:_MOST_SHOWN] if index != number
    )
    raise InputError(
        f"expected a column that is headed as the reported numbers in {name}, "
        f"{_shown(seen.headers, number)} may be the complainants' own telephones: "
        + (f"it stands beside {why}" if why else "the title names complainants"),
        hint="if it has the reported numbers, name it: --column NAME_OR_LETTER, and keep that with "
        "--save-profile",
    )


def _shown(headers: list[str], index: int) -> str:
    header = shown_text(cell(headers, index))
    return f"{letter(index)} ({header})" if header else letter(index)


def _columns(seen: Look, number: int) -> Columns:
    optional = _optional(seen, number)
    kept = {number, *optional.values()}
    columns = Columns(
        number=number,
        header=cell(seen.headers, number).strip(),
        optional=optional,
        accounts=tuple(i for i, kind in seen.kinds.items() if kind in ("account", "identity")),
        forbidden=tuple(i for i in seen.kinds if seen.forbidden(i)),
        width=max(used_width(seen.headers), number + 1) if seen.headers else 0,
        first_row=seen.first,
        headers=tuple(seen.headers[: used_width(seen.headers)]),
        dropped=tuple((i, kind) for i, kind in seen.kinds.items() if i not in kept),
    )
    return replace(columns, files=_files(seen, columns.filed()))


def _files(seen: Look, filed: tuple[int, ...]) -> bool:
    """Whether at least half of the filled rows have an account."""
    rows = [row for row in seen.body if any(map(str.strip, row))]
    with_account = sum(any(cell(row, i).strip() for i in filed) for row in rows)
    return bool(filed) and 2 * with_account >= len(rows)


def _optional(seen: Look, number: int) -> dict[Role, int]:
    """The first column of each role; what only says "bukti" is told by its values."""
    found: dict[Role, int] = {}
    for index in range(len(seen.headers)):
        name = seen.name(index)
        role = role_of(name)
        if EVIDENCE.fullmatch(name):
            typed = share(seen.body, index, says_evidence_type)
            role = "evidence_type" if typed else "evidence_ref"
        if role and index != number and index not in seen.kinds:
            found.setdefault(role, index)
    return found
