"""Lists of rows whose numbers are known, seeded. Imports nothing of the product."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Literal, NamedTuple

from tests.intake.misspellings import OPEN, WRONG
from tests.intake.spellings import LOST, RIGHT, Render

Verdict = Literal["right", "open", "wrong"]
HEADER = ["NO", "NAMA", "NO REKENING", "NOMOR HP", "KATEGORI", "KANAL", "TANGGAL BUKTI"]

_ABROAD = ("foreign", "elsewhere")
_NDC = ("870", "871", "872", "873", "874", "875")
_LENGTHS = (9,) + (10,) * 14 + (11,) * 70 + (12,) * 15  # of a hundred, domain.md 5
_ACMA = tuple(61491570000 + tail for tail in (6, 156, 157, 158, 159, 110, 313, 737))
# Country code and a range that its regulator keeps for fiction; "#" is any digit.
_FICTION = (
    ("1", "20255501##"), ("44", "20794609##"), ("44", "7700900###"), ("33", "6399800##"),
    ("353", "20910####"), ("46", "701740###"), ("49", "3023125###"),
)  # fmt: skip


class Known(NamedTuple):
    """One row as a spreadsheet has it, and what its author knows. `number` is E.164 digits."""

    cells: list[str]
    verdict: Verdict
    number: int
    spelling: str


def clean_rows(seed: int, count: int) -> Iterator[Known]:
    """Rows as an export of a complaints desk has them: 08..., 62... and +62..., nothing odd."""
    rng = Random(seed)
    for place in range(1, count + 1):
        national = _national(rng)
        cell = rng.choice(("0", "62", "+62")) + national
        yield Known(_row(rng, place, cell), "right", int("62" + national), "clean")


def mixed_rows(seed: int, count: int) -> Iterator[Known]:
    """Every spelling, right and wrong, in a sheet with an account column and people."""
    rng = Random(seed)
    kinds = ("right", "right", "right", "lost", "wrong", "wrong", "open", *_ABROAD, "shift")
    for place in range(1, count + 1):
        yield _MAKERS[rng.choice(kinds)](rng, place)


def _national(rng: Random) -> str:
    tail = rng.choice(_LENGTHS) - 3
    return rng.choice(_NDC) + f"{rng.randrange(10**tail):0{tail}}"


def _row(rng: Random, place: int, cell: str) -> list[str]:
    account = str(rng.choice((1, 2, 3, 7))) + f"{rng.randrange(10**9):09}"
    kind, channel = rng.choice(("Penipuan", "Judi online")), rng.choice(("WhatsApp", "SMS"))
    day = f"2026-{rng.randrange(1, 11):02}-{rng.randrange(1, 29):02}"
    return [str(place), "Budi", account, cell, kind, channel, day]


def _spelled(rng: Random, place: int, table: dict[str, Render], verdict: Verdict) -> Known:
    name, national = rng.choice(tuple(table)), _national(rng)
    cell = table[name](rng, national)
    return Known(_row(rng, place, cell), verdict, int("62" + national), name)


def _right(rng: Random, place: int) -> Known:
    return _spelled(rng, place, RIGHT, "right")


def _wrong(rng: Random, place: int) -> Known:
    return _spelled(rng, place, WRONG, "wrong")


def _open(rng: Random, place: int) -> Known:
    return _spelled(rng, place, OPEN, "open")


def _lost(rng: Random, place: int) -> Known:
    """Without its zero: groups and short ones may be amounts, dates or accounts."""
    known = _spelled(rng, place, LOST, "right")
    plain = known.spelling in ("lost zero", "lost zero float")
    return known if plain else known._replace(verdict="open")


def _foreign(rng: Random, place: int) -> Known:
    number = rng.choice(_ACMA)
    text, verdict = rng.choice(_foreign_forms(str(number)))
    return Known(_row(rng, place, text), verdict, number, "foreign")


def _foreign_forms(n: str) -> tuple[tuple[str, Verdict], ...]:
    grouped = f"+{n[:2]} {n[2:5]} {n[5:8]} {n[8:]}"
    return (
        (f"+{n}", "right"), (grouped, "right"), (grouped.replace(" ", "-"), "right"),
        (f"00{n}", "right"), (f"wa.me/{n}", "right"), (f"'+{n}", "right"), (f"tel:+{n}", "right"),
        (f"\u202a{grouped}\u202c", "right"), (f"(+{n[:2]}) {n[2:]}", "right"), (n, "open"),
        (f"+{n[:2]} (0){n[2:]}", "open"), (f"+{n[:-1]}", "wrong"), (f"+{n}0", "wrong"),
        (f"0{n[2:]}", "wrong"), (f"+{n}/{n}", "wrong"), (f"+1 {n}", "wrong"), (f"++{n}", "open"),
        (f"0011 {n}", "wrong"), (f"+{n[:2]} 0{n[2:]}", "open"),
    )  # fmt: skip


def _elsewhere(rng: Random, place: int) -> Known:
    """Fictitious numbers of other countries: with a plus theirs, in national form nobody's."""
    country, pattern = rng.choice(_FICTION)
    n = "".join(str(rng.randrange(10)) if char == "#" else char for char in pattern)
    national = rng.choice((
        f"0{n}", f"(0{n[:2]}) {n[2:6]}-{n[6:]}", f"0{n[:3]} {n[3:]}", f"({n[:3]}) {n[3:6]}-{n[6:]}",
        f"1-{n[:3]}-{n[3:6]}-{n[6:]}", f"011 {country} {n}", f"0{country}{n}", f"{n[:3]}-{n[3:]}",
        f"+0{n}", f"+62 {country} {n}",
    ))  # fmt: skip
    full = rng.choice((
        f"+{country}{n}", f"+{country} {n[:2]} {n[2:5]} {n[5:]}", f"+{country} (0){n}",
        f"00{country}{n}", f"{country}{n}", f"+{country}-{n[:3]}-{n[3:]}", f"wa.me/{country}{n}",
        f"({country}) {n}", f"+{country}.{n[:3]}.{n[3:]}", f"\u202a+{country} {n}\u202c",
    ))  # fmt: skip
    known = rng.random() < 0.5
    verdict: Verdict = "open" if known else "wrong"
    cell = full if known else national
    return Known(_row(rng, place, cell), verdict, int(country + n), "elsewhere")


def _shift(rng: Random, place: int) -> Known:
    """The row's cells stand under the wrong headers, or it is a total row."""
    national = _national(rng)
    row = _row(rng, place, "0" + national)
    swapped = [*row[:2], row[3], row[2], *row[4:]]
    shifted = rng.choice((
        ["", *row], row[:1] + row[2:], [*row[:3], "", *row[3:]], swapped, [*row, "tambahan"],
        ["TOTAL", "", "", row[3], "", "", ""], ["Jumlah", "", "", "12", "", "", ""], list(HEADER),
        [*row[:3], "", *row[4:6], row[3]], [str(i) for i in range(1, 8)], [], [""] * 7,
    ))  # fmt: skip
    return Known(shifted, "wrong", int("62" + national), "shift")


_MAKERS = {
    "right": _right, "lost": _lost, "wrong": _wrong, "open": _open, "foreign": _foreign,
    "elsewhere": _elsewhere, "shift": _shift,
}  # fmt: skip
