"""Choosing the columns of a sheet by their header words, in Indonesian and English.

The number column is the one place where a wrong choice blocks strangers: bank accounts, identity
numbers and the telephone of the person who complained all look like phone numbers. Their headers
are never the number column, not even when asked for by name; two that could be it stop the reading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.errors import InputError

_HEADER_DEPTH = 30  # rows above the list: letterhead, title, remarks
_NUMBER_TEXT = """
    hp handphone ponsel seluler selular msisdn telepon telpon telephone telp tlp tel phone mobile wa
    whatsapp whatsap gsm cellphone cell nohp notelp nowa notelepon nomorhp nomorwa nomortelepon
    nomorseluler phonenumber
"""
_FILLER_TEXT = """
    no nomor nomer number num nmr dan atau and or the yang dilaporkan terlapor pelaku penipu
    tersangka terduga suspect reported scammer target blokir diblokir blocked aktif sms kartu
    penipuan fraud
"""
_NUMBER_WORDS = frozenset(_NUMBER_TEXT.split())
_HEADER_WORDS = _NUMBER_WORDS | frozenset(_FILLER_TEXT.split())
_ACCOUNT = (
    r"rekening|\brek\b|norek|account|\bacct?\b|\bbank\b|\bnik\b|\bktp\b|\bkk\b|npwp|identitas|"
    r"identity|nasabah|\bva\b|virtual|\bimei\b|\bimsi\b|iccid|paspor|passport|\bsim\b"
)
_COMPLAINANT = r"pelapor|pengadu|korban|saksi|reporter|victim|complainant|petugas|pemohon|\bpic\b"
_ACCOUNTS = re.compile(_ACCOUNT)
_FORBIDDEN = re.compile(f"{_ACCOUNT}|{_COMPLAINANT}")
_OPTIONAL = {
    "category": r"kategori(?! blokir)|category|jenis (?:penipuan|pelanggaran|kejahatan)|modus",
    "channel": r"kanal|channel|saluran|media|kategori blokir",
    "evidence_ref": r"(?:no|nomor)? ?(?:bukti|tiket|aduan|laporan|referensi|ref)|evidence"
    r"(?: ref(?:erence)?)?|reference|ticket|(?:referensi|ref) bukti",
    "evidence_date": r"(?:tanggal|tgl)(?: (?:bukti|kejadian|laporan|aduan))?|(?:evidence )?date",
    "action": r"tindakan|aksi|action|permintaan|perintah|blokir buka",
}
_OTHER = re.compile(
    r"tiket|ticket|aduan|laporan|surat|\bref|bukti|tanggal|\btgl\b|date|waktu|nominal|jumlah|amount|"
    r"kerugian|nilai|kode|\bpos\b|nama|alamat|\bid\b|usia|umur|total"
)
_CLEARLY_MOBILE = re.compile(r"(?:\+?62|0|0062)[ ().-]{0,2}8[0-9 ().-]{8,16}")
_PHONE_SHAPE = re.compile(r"(?:\+|00)?[0-9](?:[ .()-]{0,2}[0-9]){8,14}(?:\.0)?")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand: column and row indexes from 0; `optional` has only those found."""

    number: int
    header: str
    optional: dict[str, int]
    accounts: tuple[int, ...]
    forbidden: tuple[int, ...]
    width: int
    first_row: int


def letter(index: int) -> str:
    """The spreadsheet letter of a column index: 0 is A, 26 is AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def words(header: str) -> str:
    """A header in comparable form: lower case, punctuation as single spaces."""
    return " ".join(re.findall(r"[^\W_]+", header.lower()))


def choose_columns(rows: Sequence[list[str]], wanted: str | None, name: str) -> Columns:
    """Find header row and columns from the first rows of a file.

    Raises InputError when the number column is not certain.
    """
    at = _header_row(rows, wanted)
    headers = rows[at] if at is not None else []
    body = rows[at + 1 if at is not None else 0 :]
    number = _wanted(headers, body, wanted, name) if wanted else _found(headers, body, name)
    _refuse_forbidden(headers, number, name)
    return Columns(
        number=number,
        header=_cell(headers, number).strip(),
        optional=_optional(headers, number),
        accounts=_headed(headers, _ACCOUNTS),
        forbidden=_headed(headers, _FORBIDDEN),
        width=len(headers),
        first_row=at + 1 if at is not None else 0,
    )


def _header_row(rows: Sequence[list[str]], wanted: str | None) -> int | None:
    """The fullest row above the list that names a number column, else a wordy first row."""
    named: list[int] = []
    for index, row in enumerate(rows[:_HEADER_DEPTH]):
        if any(is_number_header(cell) for cell in row) or _matching(row, wanted):
            named.append(index)
        if any(_PHONE_SHAPE.fullmatch(cell.strip()) for cell in row):
            break  # the list has begun
    if named:
        return max(named, key=lambda index: (_filled(rows[index]), -index))
    first = next((index for index, row in enumerate(rows) if _filled(row)), None)
    wordy = first is not None and not any(char.isdigit() for cell in rows[first] for char in cell)
    return first if wordy else None


def is_number_header(header: str) -> bool:
    """Whether all words belong to a number column's name and one of them says telephone."""
    parts = words(header).split()
    named = any(part in _NUMBER_WORDS for part in parts)
    return named and all(part in _HEADER_WORDS or part in "123456789" for part in parts)


def _matching(headers: list[str], wanted: str | None) -> list[int]:
    key = words(wanted or "")
    return [i for i, header in enumerate(headers) if key and words(header) == key]


def _wanted(headers: list[str], body: Sequence[list[str]], wanted: str, name: str) -> int:
    named = _matching(headers, wanted)
    if len(named) > 1:
        letters = ", ".join(letter(i) for i in named)
        raise InputError(
            f"expected one column of that name, {name} has several: {letters}",
            hint="name it by its letter: --column LETTER",
        )
    if named:
        return named[0]
    width = max((len(row) for row in body), default=len(headers))
    for index in range(max(width, len(headers))):
        if letter(index) == wanted.strip().upper():
            return index
    raise InputError(
        f"expected a column with that header or letter in {name}, it has A to "
        f"{letter(max(width, len(headers), 1) - 1)}",
        hint="give --column one of the headers or letters of the file",
    )


def _found(headers: list[str], body: Sequence[list[str]], name: str) -> int:
    """The only column that can be it, by header, else by the shape of its values."""
    named = [i for i, header in enumerate(headers) if is_number_header(header)]
    width = max((len(row) for row in body), default=len(headers))
    if width == 1:
        return 0
    if len(named) > 1:
        named = [i for i in named if _share(body, i, _PHONE_SHAPE) > 0] or named
    candidates = named or _shaped(headers, body, width)
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise InputError(
            f"expected a column of phone numbers in {name}, found none by headers or values",
            hint="name it: --column NAME_OR_LETTER",
        )
    shown = ", ".join(_shown(headers, index) for index in candidates)
    raise InputError(
        f"expected one column of phone numbers in {name}, it could be any of: {shown}",
        hint="name the one with the reported numbers: --column NAME_OR_LETTER",
    )


def _shaped(headers: list[str], body: Sequence[list[str]], width: int) -> list[int]:
    """Columns whose values look like phone numbers, under no header that names something else.

    One of them must be clearly mobile: accounts alone, without a header, are never a number column.
    """
    names = [words(_cell(headers, index)) for index in range(width)]
    taken = [bool(_FORBIDDEN.search(text) or _OTHER.search(text)) for text in names]
    free = [index for index, other in enumerate(taken) if not other]
    shaped = [i for i in free if _share(body, i, _PHONE_SHAPE) >= 0.3]
    return shaped if any(_share(body, i, _CLEARLY_MOBILE) >= 0.3 for i in shaped) else []


def _share(body: Sequence[list[str]], index: int, shape: re.Pattern[str]) -> float:
    """Share of the filled cells of a column that have this shape."""
    cells = [cell for row in body if (cell := _cell(row, index).strip())]
    shaped = sum(bool(shape.fullmatch(cell)) for cell in cells)
    return shaped / len(cells) if cells else 0.0


def _shown(headers: list[str], index: int) -> str:
    """A candidate for an error text; a header with digits in it is not repeated (promise H)."""
    header = _cell(headers, index).strip()
    plain = header and not any(char.isdigit() for char in header)
    return f"{letter(index)} ({header[:40]})" if plain else letter(index)


def _refuse_forbidden(headers: list[str], number: int, name: str) -> None:
    if _FORBIDDEN.search(words(_cell(headers, number))):
        raise InputError(
            f"expected the column of reported phone numbers, column {letter(number)} of {name} is "
            "headed as an account, identity or complainant's column",
            hint="such a column is never read as phone numbers; choose another, or correct the "
            "header if it is wrong",
        )


def _headed(headers: list[str], by: re.Pattern[str]) -> tuple[int, ...]:
    return tuple(index for index, header in enumerate(headers) if by.search(words(header)))


def _optional(headers: list[str], number: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for field, pattern in _OPTIONAL.items():
        for index, header in enumerate(headers):
            if index != number and re.fullmatch(pattern, words(header)):
                found.setdefault(field, index)
    return found


def _cell(row: list[str], index: int) -> str:
    return row[index] if index < len(row) else ""


def _filled(row: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)
