"""The orders that rule, one a number, as rows of the state."""

import json
from collections.abc import Iterable, Iterator

from partner.enforce import Order
from partner.state import Tx

GENERATION = "orders"
"""The number that rises with every change of orders; lists.WRITTEN is the one that lists/ show."""


def standing(tx: Tx, numbers: Iterable[int]) -> dict[int, Order]:
    """The ruling orders of these numbers."""
    rows = tx.rows(
        "SELECT o.* FROM json_each(?) j JOIN orders o ON o.number = j.value",
        (json.dumps(list(numbers)),),
    )
    return {row[0]: _order(row) for row in rows}


def put(tx: Tx, taken: Iterable[Order]) -> None:
    """These orders rule from now on; lists/ is to be written."""
    tx.many("INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", taken)
    tx.set_flag(GENERATION, tx.flag(GENERATION) + 1)


def enforced(tx: Tx) -> Iterator[Order]:
    """The orders to block, by number."""
    for row in tx.stream("SELECT * FROM orders WHERE blocks ORDER BY number"):
        yield _order(row)


def count(tx: Tx) -> int:
    """How many numbers are ordered to be blocked."""
    row = tx.one("SELECT count(*) FROM orders WHERE blocks")
    return int(row[0]) if row else 0


def blocked_on(tx: Tx, day: str) -> int:
    """New blocks taken on a local day."""
    row = tx.one("SELECT blocks FROM days WHERE day = ?", (day,))
    return int(row[0]) if row else 0


def add_blocked(tx: Tx, day: str, fresh: int) -> None:
    """Count new blocks against the day's ceiling."""
    tx.run(
        "INSERT INTO days VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET blocks = blocks + ?",
        (day, fresh, fresh),
    )


def _order(row: tuple[int, ...]) -> Order:
    order = Order(*row)  # type: ignore[arg-type]  # the table's columns are the fields, in order
    return order._replace(blocks=bool(order.blocks))
