"""Rows in: what the list became, and whom a plain parser would have blocked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers

from demo.expectation import OUTCOMES
from demo.screen import count, short
from demo.shell import PATIENCE, DemoFailed, Facts
from demo.stage import Stage
from demo.synthetic import Expected, SyntheticList
from gateway.domain.masked_cells import mask_text
from gateway.domain.numbering import mask

_TELLING = ("letter", "float", "bank_account", "short_62", "two_numbers")
"""Classes of cells that a plain parser reads as somebody else's number, the plainest first."""
_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Stranger:
    """A cell as written, and the other person's number that a plain parser makes of it."""

    row: int
    raw: str
    number: int


def tell(stage: Stage) -> tuple[int, Facts]:
    """The source hands its list in, an officer takes it; the intake's id and its outcomes."""
    listed = _handed_in(stage)
    taken = stage.palang.json("intake", "take", str(listed["list"]))
    intake, rows = int(taken["intake"]), taken["rows"]
    report = stage.palang.json("intake", "show", str(intake))["report"]
    by_row = {row["row"]: row for row in report}
    sums = ", ".join(f"{count(rows[outcome])} {outcome}" for outcome in OUTCOMES)
    stage.screen.part("ROWS IN", f"{count(sum(rows.values()))}: {sums}")
    stage.screen.more(
        f"signed by {listed['source']}, key {short(listed['key'])}, sealed to us; "
        f"provenance {short(listed['provenance'])}"
    )
    stage.screen.more(f"{'cell, masked':<22}{'a plain parser would block':<30}Palang")
    for stranger in _plainest(stage.made):
        shown = f"{mask(stranger.number)}, a stranger"
        became = _became(by_row[stranger.row])
        stage.screen.more(f"{mask_text(stranger.raw):<22}{shown:<30}{became}")
    return intake, rows


def _handed_in(stage: Stage) -> Facts:
    """The list as it waits in the inbox, verified there."""
    send = ("send-list", str(stage.folder / "daftar.csv"), "--wait", str(int(PATIENCE)))
    stage.source.kit.run(*send)
    lists = stage.palang.json("intake", "inbox")["lists"]
    if [one["source"] for one in lists] != [stage.source.id]:
        raise DemoFailed(f"{len(lists)} lists wait, expected the one of {stage.source.id}")
    return dict(lists[0])


def _became(row: Facts) -> str:
    if row["outcome"] == "accepted":
        return f"accepted as {row['number']}, {row['rule']}"
    return f"{row['outcome']}: {row['rule']}"


def _plainest(made: SyntheticList) -> list[Stranger]:
    cells = cells_of(made)
    found = [one for cls in _TELLING if (one := _first(made.expected, cells, cls))]
    if len(found) < _SHOWN:
        raise DemoFailed(f"the list has {len(found)} cells that a parser takes for a stranger's")
    return found[:_SHOWN]


def _first(expected: tuple[Expected, ...], cells: dict[int, str], cls: str) -> Stranger | None:
    """The first row of a class that a plain parser reads as a number that nobody wrote."""
    written = {row.number for row in expected}
    for row in expected:
        if row.cls != cls or row.outcome == "duplicate":
            continue
        number = plain(cells[row.row])
        if number is not None and number not in written:
            return Stranger(row.row, cells[row.row], number)
    return None


def plain(cell: str) -> int | None:
    """What a parser without any doubt makes of a cell: the number that it would block."""
    try:
        parsed = phonenumbers.parse(cell, "ID")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return int(text.removeprefix("+"))


def cells_of(made: SyntheticList) -> dict[int, str]:
    """The number cells as written, by row."""
    return dict(enumerate(_cells(made), made.expected[0].row))


def _cells(made: SyntheticList) -> Iterator[str]:
    text = io.StringIO(made.csv.decode("utf-8-sig"), newline="")
    for row in csv.DictReader(text, delimiter=";"):
        yield row["NOMOR HP"]
