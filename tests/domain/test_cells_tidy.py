"""Tidy cells take a short way through reading: what it says is what the long way says of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

import pytest

from gateway.domain import cells
from gateway.domain.cells import Written, read_cell

_LEADS = ("", "'", "+", "'+", "''", "++")
_HEADS = ("0", "62", "0062", "62 ", "62-", "62.", "62 0", "62-0", "6", "", "00", "1")
_TAILS = ("", ".0", ".00", " ", "-", ".1")


def _runs(rng: Random) -> Iterator[str]:
    """Digits in one run, of every length, the odd ones too."""
    for length in (*range(1, 20), 188, 191, 200, 201):
        yield "0" * length
        yield "8" + "".join(rng.choice("0123456789") for _ in range(length - 1))


def _groups(rng: Random) -> Iterator[str]:
    """Three groups as people write them, with values that are days, months and years as well."""
    for first, second, third in product(("870", "801", "812", "808"), (3, 4, 5), range(1, 7)):
        for gaps in ("--", "  ", "..", "- ", " .", "  "):
            digits = "".join(rng.choice("0128") for _ in range(second + third))
            yield f"{first}{gaps[0]}{digits[:second]}{gaps[1]}{digits[second:]}"


def _cells() -> Iterator[str]:
    rng = Random(5)
    bodies = (*_runs(rng), *_groups(rng))
    for lead, head, body, tail in product(_LEADS, _HEADS, bodies, _TAILS):
        if rng.random() < 0.15:
            yield lead + head + body + tail


def test_the_short_way_says_what_the_long_way_says(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = list(_cells())
    short = [read_cell(text) for text in texts]
    tidy = sum(cells._tidy(text) is not None for text in texts)
    monkeypatch.setattr(cells, "_tidy", lambda _: None)
    assert sum(read_cell(text) != said for text, said in zip(texts, short, strict=True)) == 0
    assert len(texts) > tidy > 500, "both ways were taken"


@pytest.mark.parametrize("zeros", [190, 200])
def test_a_run_is_read_up_to_the_longest_cell(zeros: int) -> None:
    assert read_cell("0" * zeros) == Written(plus=False, digits="0" * zeros, form="")
    assert read_cell("0" * 201) == "long_text"
