"""Which order rules: the same in the end, whatever the order of arrival."""

from __future__ import annotations

from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from partner.enforce import Order, local_day, must_wait, rule
from partner.settings import Settings
from tests.partner.factory import NOW, number

NUMBERS = [number(n) for n in range(6)]
PROTECTED = number(5)


def never(candidate: int) -> bool:
    return candidate == PROTECTED


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[Order]]:
    """Up to six deliveries of rising or equal batches, each an action on some numbers."""
    made = []
    for sequence in range(1, draw(st.integers(1, 6)) + 1):
        batch = draw(st.integers(1, 4))
        numbers = draw(st.lists(st.sampled_from(NUMBERS), unique=True, min_size=1))
        orders = [
            Order(n, batch, 1, sequence, f"{batch}.p.{sequence}", i, draw(st.booleans()), "", "")
            for i, n in enumerate(numbers, 1)
        ]
        made.append(orders)
    return made


def enforce(arrivals: list[list[Order]]) -> dict[int, Order]:
    standing: dict[int, Order] = {}
    for orders in arrivals:
        ruling = rule(orders, standing, never)
        standing |= {order.number: order for order in ruling.taken}
    return standing


@given(deliveries(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_enforced_list(
    made: list[list[Order]], random: Random
) -> None:
    shuffled = [*made, *made[:2]]  # some come twice
    random.shuffle(shuffled)
    assert enforce(shuffled) == enforce(made)


@given(deliveries())
def test_per_number_the_highest_batch_rules(made: list[list[Order]]) -> None:
    standing = enforce(made)
    for n in NUMBERS:
        orders = [o for orders in made for o in orders if o.number == n]
        allowed = [o for o in orders if not (o.blocks and never(n))]
        expected = max(allowed, key=lambda o: o.rank, default=None)
        assert standing.get(n) == expected


@given(deliveries())
def test_a_protected_number_is_never_blocked_but_always_freed(made: list[list[Order]]) -> None:
    standing = enforce(made)
    assert PROTECTED not in standing or not standing[PROTECTED].blocks


@given(deliveries())
def test_each_order_gets_exactly_one_ruling(made: list[list[Order]]) -> None:
    standing: dict[int, Order] = {}
    for orders in made:
        ruling = rule(orders, standing, never)
        parts = [*ruling.taken, *ruling.superseded, *ruling.protected]
        assert sorted(parts) == sorted(orders)
        assert len(ruling.overtaken) <= len(ruling.taken)
        standing |= {order.number: order for order in ruling.taken}


def order(n: int, batch: int, *, blocks: bool = True) -> Order:
    return Order(number(n), batch, 1, batch, f"{batch}.p.1", 1, blocks, "", "")


def test_only_new_blocks_count_against_the_ceiling() -> None:
    standing = {number(1): order(1, 1), number(2): order(2, 1, blocks=False)}
    ruling = rule([order(1, 2), order(2, 2), order(3, 2)], standing, never)
    assert ruling.fresh == 2


def test_the_ceiling_lets_the_last_allowed_block_through_and_stops_the_next() -> None:
    one = rule([order(1, 1)], {}, never)
    assert not must_wait(one, 4, 5, waits=False, approved=False)
    assert must_wait(one, 5, 5, waits=False, approved=False)
    assert must_wait(one, 0, 5, waits=True, approved=False)
    assert not must_wait(one, 5, 5, waits=True, approved=True)


def test_an_unblock_never_waits() -> None:
    freed = rule([order(n, 1, blocks=False) for n in range(5)], {}, never)
    assert not must_wait(freed, 10_000, 0, waits=True, approved=False)


def test_a_day_begins_by_the_partners_own_clock(tmp_path: Path) -> None:
    jakarta = Settings(home=tmp_path).local_time
    assert local_day(NOW, jakarta) == "2026-11-24"
    assert local_day(NOW + 10 * 3600 * 1_000_000, jakarta) == "2026-11-25"
