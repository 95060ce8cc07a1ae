"""Rows written by hand by somebody who had read domain.md only, before any code was looked at."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from gateway.domain.numbers import decide
from gateway.domain.rules import RULES
from tests.domain.number_rules import seed_rules

_ESCAPE = re.compile(r"\\u([0-9a-f]{4})|\\([ntr])")
_CONTROL = {"n": "\n", "t": "\t", "r": "\r"}


def _cell(written: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _CONTROL[m[2]], written)


def _rows() -> list[dict[str, str]]:
    with (Path(__file__).parent / "by_hand.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", _rows(), ids=lambda row: re.sub(r"\d", "", row["why"]))
def test_a_row_written_by_hand_ends_as_its_author_says(row: dict[str, str]) -> None:
    decision = decide(_cell(row["cell"]), seed_rules())
    number = str(decision.number or "")
    assert decision.rule in RULES and decision.reason
    allowed = {"accept": {row["number"]}, "ott": {row["number"]}, "refuse": {""}}
    assert number in allowed.get(row["expect"], {row["number"], ""})
    assert (decision.route == "ott") == (bool(number) and not number.startswith("62"))


def test_there_are_at_least_three_hundred() -> None:
    assert len(_rows()) >= 300
