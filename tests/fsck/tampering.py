"""Tools of somebody who can write to the database and knows how everything is made."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.domain import merkle
from gateway.domain.canonical import encode

Db = sqlite3.Connection
Edit = Callable[[Db, Path], None]


@dataclass(frozen=True)
class Corruption:
    """One seeded corruption: what is done, and exactly the codes that must come."""

    name: str
    codes: frozenset[str]
    edit: Edit


CORRUPTIONS: list[Corruption] = []


def corrupts(*codes: str) -> Callable[[Edit], Edit]:
    """Register a corruption that must be told by exactly these codes."""

    def register(edit: Edit) -> Edit:
        CORRUPTIONS.append(Corruption(edit.__name__, frozenset(codes), edit))
        return edit

    return register


def value(db: Db, sql: str, *values: object) -> Any:
    """The one value of a query that must have one."""
    row = db.execute(sql, values).fetchone()
    assert row is not None, sql
    return row[0]


def change(db: Db, sql: str, *values: object) -> None:
    """A statement that must change something."""
    assert db.execute(sql, values).rowcount > 0, sql


def flipped(data: bytes, at: int = -1) -> bytes:
    """The bytes with one bit turned."""
    spoiled = bytearray(data)
    spoiled[at] ^= 1
    return bytes(spoiled)


def leaf_of(db: Db, tag: str, **facts: object) -> int:
    """The first leaf of an event with these facts."""
    for leaf, event in db.execute("SELECT leaf, event FROM ledger_leaves ORDER BY leaf"):
        said = json.loads(event)
        if said["event"] == tag and all(said.get(k) == v for k, v in facts.items()):
            return int(leaf)
    raise AssertionError(f"no leaf {tag} {facts}")


def edit_event(db: Db, leaf: int, **facts: object) -> None:
    """Change facts of an event; the tree is left as it was."""
    said = json.loads(value(db, "SELECT event FROM ledger_leaves WHERE leaf = ?", leaf))
    change(db, "UPDATE ledger_leaves SET event = ? WHERE leaf = ?", encode(said | facts), leaf)


def rehash(db: Db) -> None:
    """Make entries, nodes, index and head anew, as whoever knows the format can."""
    rows = db.execute("SELECT leaf, salt, event FROM ledger_leaves ORDER BY leaf").fetchall()
    entries = [hashlib.sha256(salt + event).digest() for _leaf, salt, event in rows]
    db.execute("DELETE FROM ledger_nodes")
    db.execute("DELETE FROM ledger_digests")
    db.execute("DELETE FROM ledger_leaves")
    db.executemany(
        "INSERT INTO ledger_leaves (leaf, entry, salt, event) VALUES (?,?,?,?)",
        [(i, entries[i], salt, event) for i, (_leaf, salt, event) in enumerate(rows)],
    )
    for level, hashes in enumerate(merkle.levels([merkle.leaf_hash(e) for e in entries])):
        places = ((level, i, item) for i, item in enumerate(hashes))
        db.executemany("INSERT INTO ledger_nodes VALUES (?,?,?)", places)
    named = {(d, i) for i, (_l, _s, event) in enumerate(rows) for d in _digests(json.loads(event))}
    db.executemany("INSERT INTO ledger_digests VALUES (?,?)", sorted(named))
    change(db, "UPDATE ledger_head SET size = ?", len(rows))


def _digests(found: Any) -> Iterable[str]:
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list):
        for member in found:
            yield from _digests(member)
    elif isinstance(found, str) and len(found) == 71 and found.startswith("sha256:"):
        yield found


def cut(db: Db, leaves: int) -> None:
    """Take the last leaves away, cleanly."""
    size = value(db, "SELECT size FROM ledger_head")
    change(db, "DELETE FROM ledger_leaves WHERE leaf >= ?", size - leaves)
    rehash(db)
