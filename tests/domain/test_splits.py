"""What a cell with several numbers is proposed to be split into: only what is beyond doubt."""

from __future__ import annotations

import pytest

from gateway.domain.splits import propose_split
from tests.domain.number_rules import seed_rules

ONE, TWO = 6287034567890, 6287134567890


@pytest.mark.parametrize(
    "raw",
    [
        "087034567890;087134567890",
        "0870-3456-7890 / 0871-3456-7890",
        "+6287034567890+6287134567890",
        "087034567890 dan 087134567890",
        "087034567890\n+62 871 3456 7890",
        "087034567890 087134567890",
        "087034567890, 6287134567890",
        "087034567890 & 087134567890;",
    ],
    ids=range(8),
)
def test_two_whole_numbers_are_proposed_in_order(raw: str) -> None:
    assert [decision.number for decision in propose_split(raw, seed_rules())] == [ONE, TWO]


@pytest.mark.parametrize(
    "raw",
    ["087034567890/91", "087034567890 s/d 087034567899", "087034567890;87134567890",
     "087034567890;0871xxxx7890", "087034567890;087034567890", "087034567890", "",
     "087034567890087134567890", "087034567890;1500888", "0870 3456 7890 0871 3456 7890",
     ";".join(f"0870345678{n:02}" for n in range(11))],
    ids=range(11),
)  # fmt: skip
def test_nothing_is_proposed_where_one_part_is_in_doubt(raw: str) -> None:
    assert propose_split(raw, seed_rules()) == ()
