"""Blast-radius guards: what a batch, and the batches of its day together, show at review."""

import pytest

from gateway.domain.errors import NotPermitted
from gateway.domain.times import DAY, HOUR
from gateway.services.approvals import Signatory
from gateway.services.batches import Unblocks, Wanted
from tests.services.front.test_batches import HEAD
from tests.services.front.world import SHEET, PartnerSide, World

Pair = tuple[Signatory, Signatory]
Operators = tuple[PartnerSide, ...]


def rows(many: int, head: str, first: int = 0) -> str:
    return HEAD + "".join(f"{head}{number:07d};;;\n" for number in range(first, first + many))


def figures(world: World, batch: int) -> dict[str, int]:
    review = world.releases.review(batch).review
    return {name: figure for name, figure, _ in review.guards}


def guards(world: World, sheet: str) -> dict[str, int]:
    return figures(world, world.batch(sheet))


def test_the_guards_see_size_and_a_run_of_neighbours(world: World, operators: Operators) -> None:
    assert guards(world, rows(1200, "0870")) == {
        "entries": 1200,
        "entries_day": 1200,
        "prefix_percent": 100,
        "run_percent": 100,
        "partner_points": 0,
        "jump_percent": 0,
    }


def test_a_small_day_sets_off_size_only(world: World, operators: Operators) -> None:
    small = guards(world, rows(3, "0870"))
    assert (small.pop("entries"), small.pop("entries_day")) == (3, 3)
    assert set(small.values()) == {0}


def test_the_jump_is_measured_against_the_days_before(
    world: World, officers: Pair, operators: Operators
) -> None:
    world.released(officers)
    world.released(officers, rows(4, "0871"))  # eight numbers on one day
    world.pass_time(25 * HOUR)
    assert guards(world, rows(1200, "0870"))["jump_percent"] == 15_000
    world.pass_time(184 * DAY)
    assert guards(world, rows(1200, "0871"))["jump_percent"] == 0


def test_a_partner_s_share_is_measured_against_its_normal(
    world: World, officers: Pair, operators: Operators
) -> None:
    world.released(officers)  # of its four entries two are opr-uji-a's
    world.pass_time(25 * HOUR)
    assert guards(world, rows(1200, "0870"))["partner_points"] == 50


def test_neighbours_in_one_prefix_show_even_where_no_run_does(
    world: World, operators: Operators
) -> None:
    spread = [f"0870{number * 7919 % 10_000_000:07d};;;\n" for number in range(1200)]
    found = guards(world, HEAD + "".join(spread))
    assert found["prefix_percent"] == 100 and found["run_percent"] < 10


def test_an_unblock_is_guarded_by_size_only(
    world: World, officers: Pair, operators: Operators
) -> None:
    world.released(officers)
    batch, _ = world.batches.unblock(
        Unblocks(world.file(b"nomor\n0870-1111-2201\n"), "buka.csv", "S-1")
    )
    assert world.releases.review(batch.id).review.guards == (
        ("entries", 1, 20_000),
        ("entries_day", 1, 20_000),
    )


@pytest.mark.parametrize("how", ["submitted", "released"])
def test_a_list_in_pieces_is_seen_whole(
    world: World, officers: Pair, operators: Operators, how: str
) -> None:
    """Two times 600 neighbours: either alone is too small for a share to say anything."""
    first = world.batch(rows(600, "0870"))
    second = world.batch(rows(600, "0870", 600))
    assert figures(world, second)["run_percent"] == 0
    world.releases.submit(first, officers[0])
    if how == "released":
        world.releases.release(first, officers[1])
    world.pass_time(23 * HOUR)
    seen = figures(world, second)
    assert (seen["entries"], seen["entries_day"], seen["run_percent"]) == (600, 1200, 100)
    world.releases.submit(second, officers[0])
    with pytest.raises(NotPermitted, match="run_percent is 100, threshold 50"):
        world.releases.release(second, officers[1])


def test_a_day_is_over_after_twenty_four_hours(
    world: World, officers: Pair, operators: Operators
) -> None:
    world.released(officers)
    second = world.batch(rows(4, "0871"))
    assert figures(world, second)["entries_day"] == 4  # at the same moment: none is before it
    world.pass_time(DAY)
    assert figures(world, second)["entries_day"] == 8
    world.pass_time()
    assert figures(world, second)["entries_day"] == 4


def test_a_number_in_two_batches_of_a_day_counts_once(
    world: World, officers: Pair, operators: Operators
) -> None:
    world.released(officers)
    world.pass_time()
    again = world.intake(SHEET.replace("TIKET", "KASUS"), resend=True)
    batch, _ = world.batches.prepare(Wanted((again,)))
    assert figures(world, batch.id)["entries_day"] == 4


def test_what_is_submitted_later_does_not_change_what_was_signed(
    world: World, officers: Pair, operators: Operators
) -> None:
    first, second = world.batch(), world.batch(rows(4, "0871"))
    world.releases.submit(first, officers[0])
    world.pass_time()
    world.releases.submit(second, officers[0])
    world.pass_time()
    assert figures(world, first)["entries_day"] == 4
    world.releases.release(first, officers[1])
    world.releases.release(second, officers[1])
    assert figures(world, second)["entries_day"] == 8


def test_other_kinds_and_stopped_batches_of_a_day_do_not_count(
    world: World, officers: Pair, operators: Operators
) -> None:
    world.released(officers)
    world.pass_time()
    freed = world.batch("nomor hp;tindakan\n0870-1111-2201;buka\n")
    world.releases.submit(freed, officers[0])
    stopped = world.batch(rows(4, "0871"))
    world.releases.submit(stopped, officers[0])
    world.stops.stop(stopped, officers[0])
    world.pass_time()
    assert figures(world, world.batch(rows(4, "0872")))["entries_day"] == 8


def test_a_partner_s_share_of_a_day_is_that_of_all_its_batches(
    world: World, officers: Pair, operators: Operators
) -> None:
    world.released(officers)  # half of it is opr-uji-a's
    world.pass_time(25 * HOUR)
    world.released(officers, rows(600, "0872"))
    world.pass_time()
    assert guards(world, rows(1800, "0870"))["partner_points"] == 25
