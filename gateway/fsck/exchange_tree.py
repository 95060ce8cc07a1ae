"""The ledger's tree in the exchange store: what the listener proves is what the ledger holds.

A wrong hash here would raise a false alarm at every partner that asks for a proof.
"""

import hashlib
import json

from gateway.domain.tiles import HASH, HEIGHT, WIDTH
from gateway.fsck.case import Case
from gateway.fsck.sql import Database, count, one

_HASHES = (
    "SELECT hash FROM ledger_nodes WHERE level = ? AND position >= ? AND position < ?"
    " ORDER BY position"
)


def check_tree(case: Case, store: Database) -> None:
    """The head that is shown, the tiles under it, and the leaves of partners."""
    shown = one(store, "SELECT size, note FROM exchange_tree WHERE id = 1")
    if shown is not None:
        _head(case, store, int(shown[0]), str(shown[1]))
    _leaves(case, store)


def _head(case: Case, store: Database, size: int, note: str) -> None:
    about = f"the ledger's head of {size} leaves at the listener"
    if not count(case.core, "SELECT count(*) FROM checkpoints WHERE note = ?", note):
        case.found("exchange-unknown", about, "a checkpoint signed by the worker", "another")
    level = 0
    while length := size >> HEIGHT * level:
        for index in range(-(-length // WIDTH)):
            _tile(case, store, level, index, min(length - index * WIDTH, WIDTH))
        level += 1


def _tile(case: Case, store: Database, level: int, index: int, hashes: int) -> None:
    row = one(
        store, "SELECT hashes FROM exchange_tiles WHERE level = ? AND position = ?", level, index
    )
    begin = index * WIDTH
    made = case.core.rows(_HASHES, HEIGHT * level, begin, begin + hashes)
    expected = b"".join(value for (value,) in made)
    if row is None or bytes(row[0])[: HASH * hashes] != expected:
        where = f"tile {index} of level {level} at the listener"
        case.found("exchange-bytes", where, "the ledger's hashes", "others or none")


def _leaves(case: Case, store: Database) -> None:
    """Nobody is shown another's: the event in the opening names the partner."""
    rows = store.stream("SELECT partner, digest, leaf, opening FROM exchange_leaves ORDER BY leaf")
    for partner, named, leaf, opening in case.counted("leaves for partners", rows):
        about = f"leaf {leaf} for {partner}"
        entry = one(case.core, "SELECT entry FROM ledger_leaves WHERE leaf = ?", leaf)
        if entry is None or hashlib.sha256(opening).digest() != bytes(entry[0]):
            case.found("exchange-bytes", about, "what was hashed into the ledger", "another")
            continue
        facts = json.loads(opening[16:])
        if facts.get("partner") != partner or named not in facts.values():
            case.found("exchange-unknown", about, "an event of this partner's own", "another's")
