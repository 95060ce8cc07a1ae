"""What one officer alone may accept: the digits of a cell that is where it should be."""

from __future__ import annotations

from gateway.domain.resolutions import is_written
from gateway.services.holds import HoldState
from tests.compiled_once import compile_once
from tests.intake.holding import DOUBTS, THREE, Pair, choice, e164, numbers, queue, resolve, sheet
from tests.services.front.world import World

compile_once()


LOOSE = ("0870-3456-7890/1", "0870 3456 7890 2", "087034567890 ,12", "0870-3456-7890.")
WHOLE = ("0870-3456-7890", "(0870) 3456 7890", "'0870.3456.7890", "+62 (870) 3456-7890")


def test_only_digits_in_groups_of_one_number_are_literally_written() -> None:
    for raw in LOOSE:
        digits = "62" + "".join(filter(str.isdigit, raw))[1:]
        assert not is_written(raw, int(digits)), raw[-3:]
    assert all(is_written(raw, 6287034567890) for raw in WHOLE)


def test_a_range_takes_a_second_officer(world: World, pair: Pair) -> None:
    intake = world.intake(sheet("0870-3456-7890/1"))
    draft = resolve(world, pair[0], choice(intake, 1, typed=("0870345678901",)))
    assert draft.parts[0].why_second == "other_digits"


def test_a_row_in_a_doubtful_place_takes_a_second_officer(world: World, pair: Pair) -> None:
    intake = world.intake(DOUBTS)
    for row in (3, 4, 5):
        typed = ("08701234567", THREE, "0870-1111-2205")[row - 3]
        draft = resolve(world, pair[0], choice(intake, row, typed=(typed,)))
        assert "place" in draft.parts[0].why_second.split()
    assert {row.state for row in queue(world, second=True)} == {HoldState.SECOND}
    assert numbers(world, intake) == [e164("0870-1111-2206")]
