"""What must come out, from the seed alone: nothing here asks the gateway.

The list's own generator knows the outcome, number and route of every row; the cast knows who
consented to what and how each partner answers.
"""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import Any

from demo.cast import CATEGORIES, CHANNELS, PLAYERS, Player
from demo.synthetic import FIRST_ROW, Expected, SyntheticList

OUTCOMES = ("accepted", "held", "rejected", "duplicate", "ignored")


@dataclass(frozen=True, slots=True)
class Expectation:
    """`rows` by outcome; `numbers` that each partner gets; `nobody` counts those for nobody, by the
    route that no partner here serves."""

    rows: dict[str, int]
    numbers: dict[str, frozenset[int]]
    nobody: dict[str, int]

    @property
    def partners(self) -> dict[str, dict[str, Any]]:
        """The part `partners` of demo-result.json."""
        return {player.id: _partner(player, len(self.numbers[player.id])) for player in PLAYERS}


def expect(made: SyntheticList) -> Expectation:
    """The expectation of a list."""
    accepted = [row for row in made.expected if row.outcome == "accepted"]
    consented = _consented(made)
    numbers = {
        player.id: frozenset(
            row.number for row in accepted if row.number and _gets(player, row, consented)
        )
        for player in PLAYERS
    }
    given = frozenset().union(*numbers.values())
    rows = Counter(row.outcome for row in made.expected)
    left = Counter(row.route for row in accepted if row.number not in given)
    return Expectation({o: rows[o] for o in OUTCOMES}, numbers, dict(sorted(left.items())))


def _gets(player: Player, row: Expected, consented: frozenset[int]) -> bool:
    if player.kind == "operator":
        return row.route == player.id
    return player.consents and row.row in consented


def _consented(made: SyntheticList) -> frozenset[int]:
    """Rows whose category and channel stand in the OTT's consent."""
    sheet = csv.DictReader(io.StringIO(made.csv.decode("utf-8-sig"), newline=""), delimiter=";")
    categories, channels = set(CATEGORIES.values()), set(CHANNELS.values())
    return frozenset(
        number
        for number, row in enumerate(sheet, FIRST_ROW)
        if row["KATEGORI"] in categories and row["KANAL"] in channels
    )


def _partner(player: Player, entries: int) -> dict[str, Any]:
    said = [answer for n in range(1, entries + 1) if (answer := player.answer(n))]
    return {
        "entries": entries,
        "sent": entries,
        "acknowledged": entries,
        "confirmed": dict(sorted(Counter(answer.disposition for answer in said).items())),
        "outstanding": entries - sum(answer.final for answer in said),
        "state": "ACKNOWLEDGED" if entries else "WITHHELD",
    }


def differences(result: dict[str, Any], expected: Expectation) -> list[str]:
    """One line for each sum that differs; [] where all are equal."""
    wanted = {"rows": expected.rows, "partners": expected.partners}
    got = {name: result.get(name) for name in wanted}
    return [
        f"{place}: expected {_shown(want)}, got {_shown(found)}"
        for place, want, found in _pairs("", wanted, got)
        if want != found
    ]


def _pairs(place: str, want: Any, found: Any) -> list[tuple[str, Any, Any]]:
    """Every leaf of either side beside that of the other."""
    if not isinstance(want, dict) or not isinstance(found, dict):
        return [(place, want, found)]
    return [
        pair
        for name in sorted({*want, *found})
        for pair in _pairs(f"{place}.{name}" if place else name, want.get(name), found.get(name))
    ]


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
