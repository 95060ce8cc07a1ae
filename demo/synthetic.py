"""Seeded dirty lists after domain.md section 5, with what must become of every row.

Standard library only and nothing of the gateway, so that it can judge it. All numbers use the NDCs
0870..0875, that no operator has, foreign ones the fictitious block +61 491 570 xxx, identity
numbers the province code 99.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass

HEADER = (
    "NO",
    "NOMOR HP",
    "KATEGORI",
    "KANAL",
    "TANGGAL BUKTI",
    "NO. BUKTI",
    "NO. REKENING",
)
FIRST_ROW = 2  # the header is row 1, as a spreadsheet shows it

# Rows per 10,000 by class, their sum checked on import (domain.md 5).
MIX: dict[str, int] = {
    "zero": 3780,
    "62": 1500,
    "+62": 1100,
    "lost_zero": 1000,
    "punctuation": 600,
    "foreign": 300,
    "link": 250,
    "scientific_comma": 180,
    "+62_0": 150,
    "invisible": 120,
    "float": 120,
    "two_numbers": 90,
    "letter": 80,
    "bank_account": 80,
    "fixed_line": 80,
    "empty_note": 70,
    "scientific_dot": 70,
    "0062": 60,
    "apostrophe": 60,
    "truncated": 60,
    "too_long": 50,
    "short_code": 50,
    "masked": 40,
    "sender_id": 40,
    "uan": 30,
    "short_62": 20,
    "nik": 20,
}
if sum(MIX.values()) != 10_000:
    raise AssertionError("the mix must sum to 10,000")
REPEATS = 0.03  # exact repeats, and as many in another notation

_WRITTEN = ("zero", "62", "+62", "+62_0", "0062", "punctuation", "link", "invisible", "apostrophe")
_INFERRED = ("lost_zero", "float", "short_62")
ACCEPTED = frozenset((*_WRITTEN, *_INFERRED, "foreign"))
_REJECTED = frozenset(
    ("scientific_comma", "scientific_dot", "short_code", "masked", "sender_id", "uan", "nik")
)

_NDC_WEIGHTS = {"870": 24, "871": 23, "872": 14, "873": 14, "874": 13, "875": 12}  # 47/28/25
_ROUTES = {
    "870": "opr-uji-a",
    "871": "opr-uji-a",
    "872": "opr-uji-b",
    "873": "opr-uji-b",
    "874": "opr-uji-c",
    "875": "opr-uji-c",
}
_LENGTHS = {9: 1, 10: 14, 11: 70, 12: 15}
_CHANNELS = {"WhatsApp": 62, "SMS": 20, "Telepon": 18}
_CATEGORIES = {
    "Penipuan": 55,
    "Judi online": 18,
    "Peniruan identitas": 12,
    "Investasi fiktif": 8,
    "Pinjol ilegal": 5,
    "Spam": 2,
}
_SHORT_CODES = ("110", "112", "113", "115", "117", "118", "119", "129", "157", "159", "14087")
_NOTES = ("", " ", "-", "tidak ada", "lihat lampiran", "nihil", "N/A")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the generator knows of one row: its class, and outcome, number and route to come."""

    row: int
    cls: str
    outcome: str
    number: int | None
    route: str


@dataclass(frozen=True, slots=True)
class SyntheticList:
    """A CSV file (`;`, UTF-8 with BOM, CRLF) and the expectation for each of its data rows."""

    csv: bytes
    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class _Cell:
    cls: str
    text: str
    number: int | None
    route: str


def generate(seed: int, n: int) -> SyntheticList:
    """A list of `n` data rows; the same seed and n give the same bytes."""
    rng = random.Random(seed)
    cells = _Maker(rng).cells(n)
    rng.shuffle(cells)
    return SyntheticList(_csv(rng, cells), _expect(cells))


def _expect(cells: list[_Cell]) -> tuple[Expected, ...]:
    """In file order: the first row with a number is accepted, later ones are duplicates."""
    seen: set[int] = set()
    rows: list[Expected] = []
    for row, cell in enumerate(cells, start=FIRST_ROW):
        outcome, number, route = _outcome(cell.cls), cell.number, cell.route
        if number in seen:
            outcome, number, route = "duplicate", None, ""
        elif number is not None:
            seen.add(number)
        rows.append(Expected(row, cell.cls, outcome, number, route))
    return tuple(rows)


def _outcome(cls: str) -> str:
    if cls in ACCEPTED:
        return "accepted"
    if cls == "empty_note":
        return "ignored"
    return "rejected" if cls in _REJECTED else "held"


class _Maker:
    """Writes cells of every class; hands out each Indonesian number once."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used: set[str] = set()
        self._foreign = list(range(1000))
        rng.shuffle(self._foreign)
        self._writers: dict[str, Callable[[], tuple[str, str]]] = {
            "zero": lambda: self._mobile("0{}"),
            "62": lambda: self._mobile("62{}", shortest=10),
            "+62": lambda: self._mobile("+62{}"),
            "lost_zero": lambda: self._mobile("{}"),
            "+62_0": lambda: self._mobile("+62 0{}"),
            "0062": lambda: self._mobile("0062{}"),
            "apostrophe": lambda: self._mobile("'0{}"),
            "short_62": lambda: self._mobile("62{}", shortest=9, longest=9),
            "float": lambda: self._mobile(rng.choice(("62{}.0", "{}.0")), shortest=10),
            "link": lambda: self._mobile(rng.choice(_LINKS)),
            "invisible": lambda: self._mobile(rng.choice(_INVISIBLE)),
            "punctuation": self._punctuated,
        }

    def cells(self, n: int) -> list[_Cell]:
        """n cells: 94 % by the mix, 3 % exact repeats and 3 % repeats in another notation."""
        repeats = round(n * REPEATS)
        base = [self._cell(cls) for cls, count in _shares(n - 2 * repeats) for _ in range(count)]
        pool = [cell for cell in base if cell.number is not None]
        if not pool:
            return [*base, *(self._cell("zero") for _ in range(2 * repeats))]
        exact = [self._rng.choice(pool) for _ in range(repeats)]
        other = [self._again(self._rng.choice(pool)) for _ in range(repeats)]
        return base + exact + other

    def _again(self, cell: _Cell) -> _Cell:
        """The same number written in another way."""
        digits = str(cell.number)
        if cell.cls == "foreign":
            text = f"00{digits}" if cell.text.startswith("+") else f"+{digits}"
            return _Cell("foreign", text, cell.number, cell.route)
        national = digits[2:]
        plain = {"zero": f"0{national}", "+62": f"+62{national}"}
        cls = next(name for name, text in plain.items() if text != cell.text)
        return _Cell(cls, plain[cls], cell.number, cell.route)

    def _cell(self, cls: str) -> _Cell:
        if cls == "foreign":
            last = self._foreign.pop() if self._foreign else self._rng.randrange(1000)
            digits = f"61491570{last:03}"
            text = self._rng.choice((f"+{digits}", f"00{digits}", f"+61 491 570 {digits[8:]}"))
            return _Cell(cls, text, int(digits), "ott")
        if cls in self._writers:
            text, national = self._writers[cls]()
            return _Cell(cls, text, int("62" + national), _ROUTES[national[:3]])
        return _Cell(cls, self._bad(cls), None, "")

    def _national(self, shortest: int, longest: int) -> str:
        """A fresh national number; lengths by their shares, within bounds."""
        rng = self._rng
        while True:
            ndc = rng.choices(tuple(_NDC_WEIGHTS), tuple(_NDC_WEIGHTS.values()))[0]
            length = rng.choices(tuple(_LENGTHS), tuple(_LENGTHS.values()))[0]
            length = max(shortest, min(longest, length))
            national = ndc + "".join(rng.choice("0123456789") for _ in range(length - 3))
            if national not in self._used:
                self._used.add(national)
                return national

    def _mobile(self, form: str, shortest: int = 9, longest: int = 12) -> tuple[str, str]:
        national = self._national(shortest, longest)
        return form.format(national), national

    def _punctuated(self) -> tuple[str, str]:
        national = self._national(9, 12)
        head, middle, tail = national[:3], national[3:7], national[7:]
        return self._rng.choice(_PUNCTUATION).format(head, middle, tail), national

    def _fresh(self) -> str:
        """Eleven national digits that no row need account for."""
        return f"{self._rng.choice(tuple(_NDC_WEIGHTS))}{_digits(self._rng, 8)}"

    def _bad(self, cls: str) -> str:
        """A cell of a class that must not be accepted."""
        return _BAD[cls](self._rng, self._fresh(), self._fresh())


_LINKS = (
    "wa.me/62{}",
    "https://wa.me/62{}",
    "https://api.whatsapp.com/send?phone=62{}",
    "62{}@c.us",
    "https://wa.me/62{}?text=Halo%20kak",
    "tel:+62{}",
)
_INVISIBLE = (
    "\u202a+62{}\u202c",
    "0{}\u00a0",
    "\u200e0{}",
    "\ufeff0{}",
    "\u200b+62\u00a0{}",
    "0\u00ad{}",
)
_PUNCTUATION = (
    "0{}-{}-{}",
    "0{} {} {}",
    "0{}.{}.{}",
    "(0{}) {}-{}",
    "+62 {}-{}-{}",
    "+62 ({}) {} {}",
    "0{}\u2011{}\u2011{}",
    "62-{}-{}-{}",
)
_LOOKALIKES = {"0": "O", "1": "l", "5": "S", "8": "B"}


def _with_letter(rng: random.Random, digits: str) -> str:
    """One digit typed as the letter that looks like it."""
    places = [index for index, digit in enumerate(digits) if digit in _LOOKALIKES]
    at = rng.choice(places)
    return digits[:at] + _LOOKALIKES[digits[at]] + digits[at + 1 :]


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


_BETWEEN = (" / ", ";", ", ", " & ", "\n")
_AREA = ("0299", "+62 299 ", "(0299) ")  # an area code that is not assigned
_MASKS = ("-xxxx-", "****", " XXXX ", "••••")
_SENDERS = ("BANKUJI", "@akun_uji", "t.me/akun_uji", "INFO-UJI", "UNDIANUJI")

# How a cell of each class that must not be accepted is written, from one or two national numbers.
_BAD: dict[str, Callable[[random.Random, str, str], str]] = {
    "scientific_comma": lambda rng, one, two: f"6,2{one[:4]}E+12",
    "scientific_dot": lambda rng, one, two: f"6.2{one[:4]}E+12",
    "two_numbers": lambda rng, one, two: f"0{one}{rng.choice(_BETWEEN)}0{two}",
    "letter": lambda rng, one, two: _with_letter(rng, f"0{one}"),
    "bank_account": lambda rng, one, two: (
        rng.choice("134579") + _digits(rng, rng.choice((9, 12, 14)))
    ),
    "fixed_line": lambda rng, one, two: f"{rng.choice(_AREA)}{rng.choice('3456')}{one[3:9]}",
    "empty_note": lambda rng, one, two: rng.choice(_NOTES),
    "truncated": lambda rng, one, two: f"0{one[: rng.choice((5, 6, 7, 8))]}",
    "too_long": lambda rng, one, two: (
        rng.choice(("0", "62", "+62")) + one + _digits(rng, rng.choice((2, 3)))
    ),
    "short_code": lambda rng, one, two: rng.choice(_SHORT_CODES),
    "masked": lambda rng, one, two: f"0{one[:3]}{rng.choice(_MASKS)}{one[7:]}",
    "sender_id": lambda rng, one, two: rng.choice(_SENDERS),
    "uan": lambda rng, one, two: f"1500{one[3:6]}",
    "nik": lambda rng, one, two: f"99{_digits(rng, 14)}",
}


def _shares(n: int) -> list[tuple[str, int]]:
    """The mix scaled to n rows by largest remainders, so that it sums exactly."""
    whole = {cls: share * n // 10_000 for cls, share in MIX.items()}
    by_rest = sorted(MIX, key=lambda cls: (-(MIX[cls] * n % 10_000), cls))
    for cls in by_rest[: n - sum(whole.values())]:
        whole[cls] += 1
    return list(whole.items())


def _csv(rng: random.Random, cells: list[_Cell]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADER)
    for number, cell in enumerate(cells, start=1):
        category = rng.choices(tuple(_CATEGORIES), tuple(_CATEGORIES.values()))[0]
        channel = rng.choices(tuple(_CHANNELS), tuple(_CHANNELS.values()))[0]
        day = f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/2026"
        account = f"8{rng.randrange(10**9):09}" if rng.random() < 0.2 else ""
        writer.writerow((number, cell.text, category, channel, day, f"UJI-{number:06}", account))
    return out.getvalue().encode("utf-8-sig")
