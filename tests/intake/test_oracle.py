"""Known numbers in every right and wrong spelling, through columns and decisions (issue 4)."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.intake.judging import Judgement, Rows, as_sheet, judge
from tests.intake.lists import clean_rows, mixed_rows
from tests.intake.misspellings import OPEN, WRONG
from tests.intake.spellings import LOST, RIGHT


def _judged(rows: Rows) -> Judgement:
    found = judge(as_sheet(rows), rows)
    assert found.wrong == Counter()
    return found


def test_twenty_thousand_rows_in_all_spellings_never_become_another_number() -> None:
    found = _judged(lambda: mixed_rows(11, 20_000))
    assert set(found.outcomes) == {"accepted", "held", "rejected", "duplicate", "ignored"}
    assert set(found.spellings) == {*RIGHT, *LOST, *WRONG, *OPEN, "foreign", "elsewhere", "shift"}


def test_clean_rows_are_all_accepted_or_repeats() -> None:
    found = _judged(lambda: clean_rows(12, 5_000))
    assert set(found.outcomes) <= {"accepted", "duplicate"}


@pytest.mark.long
def test_a_million_rows_in_all_spellings_never_become_another_number() -> None:
    _judged(lambda: mixed_rows(13, 1_000_000))


def test_there_are_more_than_forty_spellings_of_each_kind_of_trouble() -> None:
    assert len(RIGHT) > 40
    assert len(WRONG) + len(OPEN) > 40
