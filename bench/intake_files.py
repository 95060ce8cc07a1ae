"""The files of the intake benchmark: clean rows, the mix of domain.md section 5, a workbook."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]  # it brings no types

from demo.synthetic import generate

HEADER = ("NO", "NOMOR HP", "KATEGORI", "KANAL", "TANGGAL BUKTI", "NO. BUKTI")
_FORMS = ("0",) * 378 + ("62",) * 150 + ("+62",) * 110  # as often as in domain.md section 5
_TAILS = (7,) * 14 + (8,) * 71 + (9,) * 15  # digits after the NDC, of a hundred
_CATEGORIES = ("Penipuan", "Judi online", "Investasi online", "Spam")
_CHANNELS = ("WhatsApp", "SMS", "Telepon")


def clean(path: Path, rows: int) -> None:
    """An export of a complaints desk: every number whole, in one of three common forms."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(HEADER)
        out.writerows(_clean(random.Random(1), rows))


def _clean(rng: random.Random, rows: int) -> Iterator[list[str]]:
    for place in range(1, rows + 1):
        tail = rng.choice(_TAILS)
        number = f"{rng.choice(_FORMS)}87{rng.randrange(6)}{rng.randrange(10**tail):0{tail}}"
        day = f"2026-{rng.randrange(1, 11):02}-{rng.randrange(1, 29):02}"
        category, channel = rng.choice(_CATEGORIES), rng.choice(_CHANNELS)
        yield [str(place), number, category, channel, day, f"UJI-{place}"]


def mixed(path: Path, rows: int) -> None:
    """The mix of domain.md section 5, with repeats and an account column."""
    path.write_bytes(generate(2, rows).csv)


def workbook(path: Path, source: Path) -> None:
    """The rows of a CSV file as a workbook, all cells text."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Laporan")
        for number, row in enumerate(records(source)):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)


def records(path: Path) -> Iterator[list[str]]:
    """The rows of such a file, as csv reads them; the plain loop starts from here."""
    with io.TextIOWrapper(path.open("rb"), encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file, delimiter=";")
