"""What is to be said of each entry, and what was said already.

An outcome is written when it is known and stated in the next confirmation. It never claims more
than is known: a number that is only on a list is `tertunda` with scope `list-only`, which counts as
nothing done; `diblokir_*` comes from the hook or from a person, never from this kit.
"""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.domain import dispositions
from gateway.domain.statements import ConfirmRow
from gateway.domain.times import Micros, to_wire
from partner.enforce import Order
from partner.state import Tx

SUPERSEDED = "superseded"
PROTECTED = "nomor_dilindungi"
LISTED = "tertunda"


def say(tx: Tx, delivery: str, rows: Iterable[ConfirmRow]) -> None:
    """Set outcomes; one that says the same as before is not stated again."""
    tx.many(
        "INSERT INTO outcomes (delivery, entry, disposition, scope, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (delivery, entry) DO UPDATE SET disposition = excluded.disposition,"
        " scope = excluded.scope, at = excluded.at, stated = 0"
        " WHERE (disposition, scope, at) <> (excluded.disposition, excluded.scope, excluded.at)",
        ((delivery, *row) for row in rows),
    )


def of(orders: Iterable[Order], code: str, scope: str, at: Micros) -> list[ConfirmRow]:
    """The same outcome for several orders of one delivery."""
    return [ConfirmRow(order.entry, code, scope, to_wire(at)) for order in orders]


def close(tx: Tx, overtaken: Iterable[Order], at: Micros) -> None:
    """Confirm overtaken orders as superseded, unless their final word was said or is written."""
    for order in overtaken:
        row = tx.one(
            "SELECT disposition, scope FROM outcomes WHERE delivery = ? AND entry = ?",
            (order.delivery, order.entry),
        )
        if row is None or not dispositions.is_final(*row):
            say(tx, order.delivery, of([order], SUPERSEDED, "", at))


def settled(tx: Tx, delivery: str) -> set[int]:
    """The entries of a delivery whose last word is known: nothing is left to be enforced."""
    rows = tx.rows("SELECT entry, disposition, scope FROM outcomes WHERE delivery = ?", (delivery,))
    return {entry for entry, code, scope in rows if dispositions.is_final(code, scope)}


def said(tx: Tx, delivery: str) -> dict[int, str]:
    """The disposition of each entry of a delivery that has one, stated or not."""
    return dict(tx.rows("SELECT entry, disposition FROM outcomes WHERE delivery = ?", (delivery,)))


def unstated(tx: Tx, delivery: str, most: int) -> list[ConfirmRow]:
    """Outcomes that no confirmation has stated yet, at most so many."""
    rows = tx.rows(
        "SELECT entry, disposition, scope, at FROM outcomes WHERE delivery = ? AND stated = 0"
        " ORDER BY entry LIMIT ?",
        (delivery, most),
    )
    return [ConfirmRow(*row) for row in rows]


def mark_stated(tx: Tx, delivery: str, rows: Iterable[ConfirmRow], revision: int) -> None:
    """They stand in the confirmation of this revision, stored in the same transaction."""
    tx.many(
        "UPDATE outcomes SET stated = ? WHERE delivery = ? AND entry = ?",
        ((revision, delivery, row.entry) for row in rows),
    )


def deliveries_to_state(tx: Tx) -> list[str]:
    """Deliveries that have outcomes not yet stated."""
    rows = tx.rows("SELECT DISTINCT delivery FROM outcomes WHERE stated = 0 ORDER BY delivery")
    return [row[0] for row in rows]


class Answered(NamedTuple):
    """How far one delivery is answered, in entries."""

    delivery: str
    sequence: int
    entries: int
    with_outcome: int
    final: int


def answered(tx: Tx) -> list[Answered]:
    """Every delivery, with how many of its entries have an outcome, and a final one."""
    counts: dict[str, list[int]] = {}
    for delivery, code, scope, entries in tx.rows(
        "SELECT delivery, disposition, scope, count(*) FROM outcomes GROUP BY 1, 2, 3"
    ):
        pair = counts.setdefault(delivery, [0, 0])
        pair[0] += entries
        pair[1] += entries if dispositions.is_final(code, scope) else 0
    rows = tx.rows("SELECT delivery, sequence, entries FROM parcels ORDER BY epoch, sequence")
    return [Answered(*row, *counts.get(row[0], [0, 0])) for row in rows]
