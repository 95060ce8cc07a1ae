"""The ledger as stored: leaves with their openings, the tree's nodes, an index by digest."""

import secrets
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, or_, select, update

from gateway.domain import ledger, merkle
from gateway.domain.canonical import Json, is_digest
from gateway.domain.errors import LedgerUnavailable, NotFound
from gateway.domain.ledger import LedgerEvent
from gateway.domain.records import LedgerLeaf, SignedCheckpoint
from gateway.domain.times import Micros
from gateway.store import dialect
from gateway.store.db import Db, plain
from gateway.store.tables.ledger import (
    CHECKPOINTS,
    LEDGER_DIGESTS,
    LEDGER_HEAD,
    LEDGER_LEAVES,
    LEDGER_NODES,
    TIMESTAMPS,
)
from gateway.store.tables.staff import WANTED_HEADS

_EVENT = LEDGER_LEAVES.c.event
_AT_ONCE = 60  # leaves of a search
_FEW = 8  # stamped heads that are tried: those whose key was revoked are passed over

SALT = 16
"""Bytes of random salt in each entry (design 8)."""

_HEAD = select(LEDGER_HEAD.c.size)
_MOVED = (
    update(LEDGER_HEAD)
    .values(size=LEDGER_HEAD.c.size + bindparam("more"))
    .returning(LEDGER_HEAD.c.size)
)
_NODE = select(LEDGER_NODES.c.hash).where(
    LEDGER_NODES.c.level == bindparam("level"), LEDGER_NODES.c.position == bindparam("position")
)
_LEAF = select(LEDGER_LEAVES).where(LEDGER_LEAVES.c.leaf == bindparam("leaf"))
_RANGE = select(LEDGER_LEAVES).where(
    LEDGER_LEAVES.c.leaf >= bindparam("begin"), LEDGER_LEAVES.c.leaf < bindparam("end")
)
_LEAVES = _RANGE.order_by(LEDGER_LEAVES.c.leaf)

_NAMING = (
    select(LEDGER_DIGESTS.c.leaf)
    .where(LEDGER_DIGESTS.c.digest == bindparam("digest"))
    .order_by(LEDGER_DIGESTS.c.leaf)
)


class SqlLog:
    """ports.Log over the tables."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def size(self) -> int:
        """How many leaves are committed. Raises LedgerUnavailable where the head is missing."""
        return _size(self._db.first(_HEAD))

    def node(self, level: int, index: int) -> bytes:
        """The hash of a full subtree. Raises NotFound outside the tree."""
        row = self._db.first(_NODE, level=level, position=index)
        if row is None:
            raise NotFound(f"the ledger has no full subtree {index} at level {level}")
        return bytes(row.hash)

    def leaf(self, index: int) -> LedgerLeaf:
        """Raises NotFound."""
        row = self._db.first(_LEAF, leaf=index)
        if row is None:
            raise NotFound(f"the ledger has no leaf {index}")
        return to_leaf(row)

    def leaves(self, begin: int, end: int) -> Iterator[LedgerLeaf]:
        """The leaves from `begin` to before `end`, in order."""
        return map(to_leaf, self._db.stream(_LEAVES.params(begin=begin, end=end)))

    def search(
        self, begin: int, end: int, needles: Sequence[tuple[bytes, ...]]
    ) -> Iterator[LedgerLeaf]:
        """Those whose event holds one of each tuple of needles among its bytes, newest first, a few
        at a time."""
        wanted = _searching(self._db.connection.dialect.name, tuple(map(len, needles)))
        values = {
            _needle(group, place): needle
            for group, several in enumerate(needles)
            for place, needle in enumerate(several)
        }
        while rows := self._db.rows(wanted, begin=begin, end=end, **values):
            yield from map(to_leaf, rows)
            if len(rows) < _AT_ONCE:
                return  # these were all: nothing is looked at twice
            end = rows[-1].leaf

    def find(self, digest: str) -> tuple[int, ...]:
        """Indexes of the leaves whose event names this digest, in order."""
        return tuple(row.leaf for row in self._db.rows(_NAMING, digest=digest))

    def put_checkpoint(self, checkpoint: SignedCheckpoint) -> None:
        """Keep a signed checkpoint; it changes no state, so it has no leaf."""
        self._db.insert(CHECKPOINTS, plain(checkpoint))

    def checkpoints(self) -> Iterator[SignedCheckpoint]:
        """All that were kept, in that order."""
        wanted = select(CHECKPOINTS.c.size, CHECKPOINTS.c.note, CHECKPOINTS.c.at)
        for row in self._db.rows(wanted.order_by(CHECKPOINTS.c.key)):
            yield SignedCheckpoint(row.size, row.note, row.at)

    def latest_checkpoint(self) -> SignedCheckpoint | None:
        """The one of the greatest size, the newest of these."""
        columns = select(CHECKPOINTS.c.size, CHECKPOINTS.c.note, CHECKPOINTS.c.at)
        newest = columns.order_by(CHECKPOINTS.c.size.desc(), CHECKPOINTS.c.key.desc()).limit(1)
        row = self._db.first(newest)
        return SignedCheckpoint(row.size, row.note, row.at) if row is not None else None

    def want_head(self, size: int, at: Micros) -> None:
        """Ask for a checkpoint over so many leaves; asked twice is asked once."""
        self._db.bulk(WANTED_HEADS, [(size, at)], skip=True)

    def wanted_head(self) -> int:
        """The largest size that was ever asked for, 0 where none was."""
        largest = select(WANTED_HEADS.c.size).order_by(WANTED_HEADS.c.size.desc()).limit(1)
        row = self._db.first(largest)
        return int(row.size) if row is not None else 0

    def put_timestamp(self, size: int, token: bytes, at: Micros) -> None:
        """Keep a token; one that came before stays."""
        self._db.bulk(TIMESTAMPS, [(size, token, at)], skip=True)

    def timestamp(self, size: int) -> bytes:
        """The token over the checkpoint of that size, empty where there is none."""
        row = self._db.first(select(TIMESTAMPS.c.token).where(TIMESTAMPS.c.size == size))
        return bytes(row.token) if row is not None else b""

    def stamped(self, least: int) -> tuple[SignedCheckpoint, ...]:
        """The first few checkpoints of at least so many leaves that have a token."""
        columns = select(CHECKPOINTS.c.size, CHECKPOINTS.c.note, CHECKPOINTS.c.at)
        joined = columns.join(TIMESTAMPS, TIMESTAMPS.c.size == CHECKPOINTS.c.size)
        wanted = joined.where(TIMESTAMPS.c.size >= least).order_by(CHECKPOINTS.c.key)
        rows = self._db.rows(wanted.limit(_FEW))
        return tuple(SignedCheckpoint(row.size, row.note, row.at) for row in rows)

    def stamped_at(self) -> Micros | None:
        """When the last token came."""
        row = self._db.first(select(TIMESTAMPS.c.at).order_by(TIMESTAMPS.c.size.desc()).limit(1))
        return int(row.at) if row is not None else None


@cache
def _searching(kind: str, sizes: tuple[int, ...]) -> Select[Any]:
    """The newest few of a range whose event holds one needle of each group; groups by size."""
    groups = (
        or_(
            *(
                dialect.holds(kind, _EVENT, bindparam(_needle(group, place), type_=_EVENT.type))
                for place in range(size)
            )
        )
        for group, size in enumerate(sizes)
    )
    wanted = _RANGE.where(*groups)
    return wanted.order_by(LEDGER_LEAVES.c.leaf.desc()).limit(_AT_ONCE)


def _needle(group: int, place: int) -> str:
    return f"needle_{group}_{place}"


def to_leaf(row: Row[Any]) -> LedgerLeaf:
    """The leaf of a row."""
    return LedgerLeaf(row.leaf, row.entry, row.salt, row.event)


def append(db: Db, events: Sequence[LedgerEvent]) -> LedgerLeaf | None:
    """Write the events as the next leaves; returns the last one. The head row is moved first, and
    so is locked from here to the commit.

    Raises LedgerUnavailable where the head is missing.
    """
    if not events:
        return None
    size = _size(db.returned(LEDGER_HEAD, _MOVED, {"more": len(events)})) - len(events)
    leaves = [_sealed(index, event) for index, event in enumerate(events, size)]
    db.bulk(LEDGER_LEAVES, leaves)
    db.bulk(LEDGER_NODES, _nodes(db, size, leaves))
    db.bulk(LEDGER_DIGESTS, _named(events, size))
    return LedgerLeaf(*leaves[-1])


def _size(row: Row[Any] | None) -> int:
    if row is None:
        raise LedgerUnavailable(
            "the ledger's head row is missing", hint="restore the database from its last backup"
        )
    return int(row.size)


def _sealed(index: int, event: LedgerEvent) -> tuple[int, bytes, bytes, bytes]:
    salt, body = secrets.token_bytes(SALT), event.to_bytes()
    return index, ledger.entry_hash(salt, body), salt, body


def _nodes(
    db: Db, size: int, leaves: Sequence[tuple[int, bytes, bytes, bytes]]
) -> list[tuple[int, int, bytes]]:
    """The full subtrees that these leaves complete."""
    fresh: dict[tuple[int, int], bytes] = {}
    log = SqlLog(db)

    def node(level: int, index: int) -> bytes:
        return fresh.get((level, index)) or log.node(level, index)

    for index, entry, _salt, _event in leaves:
        for level, position, value in merkle.appended(index, merkle.leaf_hash(entry), node):
            fresh[level, position] = value
    return sorted((*place, value) for place, value in fresh.items())


def _named(events: Sequence[LedgerEvent], size: int) -> list[tuple[str, int]]:
    """Each digest that an event names, with its leaf."""
    pairs = enumerate(events, size)
    return sorted({(digest, leaf) for leaf, event in pairs for digest in digests(event.facts)})


def digests(value: Json) -> Iterator[str]:
    """Every digest among the facts, also inside lists and objects."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for member in value:
            yield from digests(member)
    elif is_digest(value):
        yield value
