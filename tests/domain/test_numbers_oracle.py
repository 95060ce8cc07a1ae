"""Whole synthetic lists of domain.md 5: what the generator knows against what is decided."""

from __future__ import annotations

from collections import Counter

import pytest

from demo.synthetic import ACCEPTED, FIRST_ROW, MIX, generate
from gateway.domain.numbers import Outcome
from gateway.domain.rules import reason_of
from tests.domain.sheets import read_rows


def _judge(seed: int, n: int) -> Counter[str]:
    """Compare every row; the counts are of the decided outcomes."""
    listed = generate(seed, n)
    decided = read_rows(listed.csv.decode("utf-8-sig"))
    outcomes: Counter[str] = Counter()
    wrong: Counter[tuple[str, str, str]] = Counter()  # class, outcome, rule: no number is printed
    for expected, row in zip(listed.expected, decided, strict=True):
        outcomes[row.outcome] += 1
        same = row.row == expected.row and row.outcome == expected.outcome
        if not (same and row.number == (expected.number or 0) and row.route == expected.route):
            wrong[expected.cls, row.outcome, row.rule] += 1
        assert reason_of(row)
    assert wrong == Counter()
    return outcomes


@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_thousand_dirty_rows_end_as_the_generator_knows(seed: int) -> None:
    outcomes = _judge(seed, 20_000)
    accepted, repeated = outcomes["accepted"] / 20_000, outcomes["duplicate"] / 20_000
    assert 0.83 < accepted < 0.87  # 72 + 10.5 + 3 %
    assert 0.055 < repeated < 0.065


@pytest.mark.long
def test_a_million_dirty_rows_end_as_the_generator_knows() -> None:
    _judge(3, 1_000_000)


def test_a_list_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert generate(5, 300).csv == generate(5, 300).csv
    assert generate(5, 300).csv != generate(6, 300).csv


@pytest.mark.parametrize("n", [1, 7, 100, 2000])
def test_a_list_has_as_many_rows_as_asked(n: int) -> None:
    listed = generate(1, n)
    assert [expected.row for expected in listed.expected] == list(range(FIRST_ROW, FIRST_ROW + n))


def test_the_generator_knows_every_class_and_every_outcome() -> None:
    listed = generate(4, 20_000)
    assert {expected.cls for expected in listed.expected} == set(MIX)
    assert {expected.outcome for expected in listed.expected} == {str(o) for o in Outcome}
    assert all((e.number is not None) == (e.outcome == "accepted") for e in listed.expected)
    assert all(e.cls in ACCEPTED for e in listed.expected if e.number is not None)
