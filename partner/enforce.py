"""Which order rules a number: the higher batch wins (design 3). Pure.

Orders may come in any order, late or twice; what is enforced in the end is the same. The partner's
never-block file stands above every order to block; nothing stands above an order to unblock.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import NamedTuple

from gateway.domain.times import SECOND, Micros

Never = Callable[[int], bool]
"""Whether this partner never blocks a number."""


class Order(NamedTuple):
    """One entry of one delivery as an order for a number, in the column order of the state."""

    number: int
    batch: int
    epoch: int
    sequence: int
    delivery: str
    entry: int
    blocks: bool
    category: str
    channel: str

    @property
    def rank(self) -> tuple[int, int, int]:
        """What is compared: batch first; the rest decides only between deliveries of one batch."""
        return self.batch, self.epoch, self.sequence


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of the orders of one operation.

    `taken` rule from now on. `overtaken` ruled until now. `superseded` came too late, and
    `protected` are on the never-block file. `fresh` counts numbers that were not blocked before.
    """

    taken: tuple[Order, ...]
    overtaken: tuple[Order, ...]
    superseded: tuple[Order, ...]
    protected: tuple[Order, ...]
    fresh: int


def rule(orders: Iterable[Order], standing: Mapping[int, Order], never: Never) -> Ruling:
    """Hold the orders of one operation against those that rule."""
    taken, overtaken, superseded, protected, fresh = [], [], [], [], 0
    for order in orders:
        ruling = standing.get(order.number)
        if order.blocks and never(order.number):
            protected.append(order)
        elif ruling is not None and ruling.rank > order.rank:
            superseded.append(order)
        else:
            taken.append(order)
            fresh += order.blocks and (ruling is None or not ruling.blocks)
            if ruling is not None and ruling.rank < order.rank:
                overtaken.append(ruling)
    return Ruling(tuple(taken), tuple(overtaken), tuple(superseded), tuple(protected), fresh)


def must_wait(ruling: Ruling, today: int, ceiling: int, *, waits: bool, approved: bool) -> bool:
    """Whether a person must decide: only new blocks count, so an unblock never waits.

    `waits` for an operation that waits already: another day does not let it through by itself.
    """
    return ruling.fresh > 0 and not approved and (waits or today + ruling.fresh > ceiling)


def local_day(at: Micros, clock: timezone) -> str:
    """The day on the partner's own clock."""
    return datetime.fromtimestamp(at // SECOND, clock).date().isoformat()
