"""What a row's place in its sheet forbids, as in totals and shifted cells; and its few words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from operator import itemgetter
from typing import Literal

from gateway.domain.columns import Columns
from gateway.domain.columns_words import words

Mark = Literal["", "blank", "header", "total", "shifted"]

TOTAL_INITIALS = frozenset("gsjtGSJT")
"""A row whose first filled cell begins with none of these letters is no total row."""

_BLOCK_WORDS = frozenset(("blokir", "diblokir", "pemblokiran", "block", "blocked", "blok", "tutup"))
_UNBLOCK_WORDS = frozenset(
    ("buka", "buka blokir", "dibuka", "pembukaan", "pembukaan blokir", "unblock", "unblocked")
)
_TOTAL_LABEL = re.compile(r"(?:grand |sub ?)?(?:total|jumlah)\b.*", re.DOTALL).fullmatch
_PHONE_LIKE = re.compile(r"(?:\+|00)?[0-9](?:[ .()-]{0,2}[0-9]){8,14}(?:\.0)?").fullmatch
_STRONG = re.compile(r"'?(?:\+62|62|0)[ ().-]{0,2}8(?:[ .()-]{0,2}[0-9]){9,11}").fullmatch
_STRONG_INITIALS = frozenset("'+60")
_STRONG_LENGTH = 11  # characters of the shortest, 08 and nine digits
_ACCOUNT = 5  # digits
_initial = itemgetter(slice(1))
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?![0-9])", re.ASCII).match
_LOCAL = re.compile(r"(\d{1,2})[ ./-]([a-z]+|\d{1,2})[ ./-](\d{4})(?![0-9])", re.ASCII).match
_MONTHS = "januari februari maret april mei juni juli agustus september oktober november desember"
_MONTH = {month: number for number, month in enumerate(_MONTHS.split(), start=1)}
_MONTH |= {month[:3]: number for month, number in _MONTH.items()}


def mark(record: Sequence[str], raw: str, columns: Columns) -> Mark:
    """What a row's place in its sheet says about it, whatever its number cell holds."""
    first = next((text for cell in record if (text := cell.strip())), "")
    if not first:
        return "blank"
    cell = raw.strip()
    if (columns.header and cell == columns.header) or _column_numbers(record, first):
        return "header"
    if first[0] in TOTAL_INITIALS and _TOTAL_LABEL(first.lower()):
        return "total"
    return "shifted" if _shifted(record, cell, columns) else ""


def is_strong(text: str) -> bool:
    """Whether a cell is a whole mobile number with its 0 or 62, as no account begins."""
    return text[:1] in _STRONG_INITIALS and _STRONG(text) is not None


def may_be_strong(column: Sequence[str]) -> bool:
    """Whether some cell of a column may be a strong number, by its length and beginning alone: of
    most columns none is, and this costs a tenth of a look at each."""
    if max(map(len, column), default=0) < _STRONG_LENGTH:
        return False
    initials = set(map(_initial, column))
    return any(first in _STRONG_INITIALS or first.isspace() for first in initials)


def is_account(text: str) -> bool:
    """Whether a cell has so many digits as an account number has."""
    if len(text) < _ACCOUNT:
        return False
    return text.isdigit() or sum(map(str.isdigit, text)) >= _ACCOUNT


def action_of(text: str) -> str | None:
    """block, unblock, empty, or None for a word that says neither."""
    said = words(text)
    if said in _UNBLOCK_WORDS:
        return "unblock"
    return "block" if said in _BLOCK_WORDS else (None if text else "")


def iso_date(text: str) -> str:
    """YYYY-MM-DD from 2026-05-16, 16/05/2026, 16-5-2026 or 16 Mei 2026 (day first); else empty."""
    iso = _ISO(text)
    local = _LOCAL(text.lower())
    if iso:
        year, month, day = iso.groups()
    elif local:
        day, month, year = local.groups()
    else:
        return ""
    number = int(month) if month.isdigit() else _MONTH.get(month, 0)
    try:
        return date(int(year), number, int(day)).isoformat()
    except ValueError:
        return ""  # no such day: the evidence date stays unknown, the number is not affected


def _column_numbers(record: Sequence[str], first: str) -> bool:
    """(1) (2) (3) under a header, as official tables have it."""
    if first.strip("() ") != "1":
        return False
    filled = [text for cell in record if (text := cell.strip())]
    return len(filled) > 2 and all(
        cell.strip("() ") == str(at) for at, cell in enumerate(filled, start=1)
    )


def _shifted(record: Sequence[str], cell: str, columns: Columns) -> bool:
    """Cells that are too many or too few, or a number that stands where none should."""
    if 0 < columns.width < len(record) and any(map(str.strip, record[columns.width :])):
        return True
    if columns.most and not (columns.width if cell else 0) <= len(record) <= columns.most:
        return True  # a separator inside a name, or one that is not there
    if not cell:
        others = (text for i, text in enumerate(record) if i not in columns.forbidden)
        return any(_STRONG(text.strip()) for text in others)
    if _STRONG(cell) or not _PHONE_LIKE(cell):
        return False
    if any(is_strong(record[i].strip()) for i in columns.accounts if i < len(record)):
        return True
    return not cell.startswith(("+", "00")) and _elsewhere(record, columns)


def _elsewhere(record: Sequence[str], columns: Columns) -> bool:
    """Whether the cell, which an account number may look like, is likely one: a number stands in
    another column, or no account under the account's header."""
    others = columns.without_phones()
    if any(is_strong(record[i].strip()) for i in others if i < len(record)):
        return True
    filed = columns.filed()
    return lacks_account([record[i] for i in filed if i < len(record)], columns.files)


def lacks_account(filed: Sequence[str], files: bool) -> bool:
    """Whether the account's columns hold something else, or nothing where the sheet `files` them:
    then what should stand there may stand under another header."""
    if any(map(is_account, filed)):
        return False
    return files or any(map(str.strip, filed))
