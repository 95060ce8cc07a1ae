"""Operations: one action of one delivery, on its way from stored to enforced.

new -> waiting (above the ceiling, until a person approves) -> hook -> done
"""

import json
from typing import NamedTuple

from gateway.domain import entries as csv
from gateway.domain.times import Micros
from partner.opening import Opened
from partner.state import Tx

NEW, WAITING, HOOK, DONE = "new", "waiting", "hook", "done"


class Operation(NamedTuple):
    """`operation` is its id, `<delivery>.<action>`; `fresh` counts numbers not blocked before."""

    operation: str
    manifest: str
    delivery: str
    batch: int
    sequence: int
    blocks: bool
    state: str
    approved_at: Micros | None
    tried_at: Micros
    fresh: int


def add(tx: Tx, opened: Opened) -> None:
    """The operations of a new parcel."""
    manifest = opened.manifest
    for action in sorted(opened.actions):
        blocks = action in (csv.BLOCK, csv.LISTED)
        delivery = str(manifest.delivery)
        tx.run(
            "INSERT INTO operations (operation, manifest, delivery, batch, sequence, blocks, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                f"{delivery}.{action}",
                opened.digest,
                delivery,
                manifest.batch,
                manifest.sequence,
                blocks,
                NEW,
            ),
        )


def listed(tx: Tx, *states: str) -> list[Operation]:
    """Operations in these states: whatever frees a person first, then in batch order."""
    rows = tx.rows(
        "SELECT * FROM operations WHERE state IN (SELECT value FROM json_each(?))"
        " ORDER BY blocks, batch, sequence",
        (json.dumps(states),),
    )
    return [Operation(*row) for row in rows]


def move(tx: Tx, operation: Operation, state: str, fresh: int | None = None) -> None:
    """Change its state."""
    tx.run(
        "UPDATE operations SET state = ?, fresh = coalesce(?, fresh) WHERE operation = ?",
        (state, fresh, operation.operation),
    )


def approve(tx: Tx, delivery: str, at: Micros) -> int:
    """A local person lets a waiting delivery through the ceiling; returns how many waited."""
    return tx.run(
        "UPDATE operations SET approved_at = ? WHERE delivery = ? AND state = ?",
        (at, delivery, WAITING),
    )


def tried(tx: Tx, operation: Operation, at: Micros) -> None:
    """The hook is being called for it."""
    tx.run("UPDATE operations SET tried_at = ? WHERE operation = ?", (at, operation.operation))
