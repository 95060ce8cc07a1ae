"""Reads the ledger for people: which events, by whom, about what, and its signed head."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.domain.canonical import Json, JsonObject, encode
from gateway.domain.errors import NotFound
from gateway.domain.records import LedgerLeaf, SignedCheckpoint
from gateway.domain.times import Micros, from_wire
from gateway.ports import Store


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which leaves a listing wants; empty members do not filter.

    `about` names a digest: of a statement, manifest, parcel, review or bundle. Times are the
    gateway's, `since` included, `until` not.
    """

    events: tuple[str, ...] = ()
    delivery: str = ""
    batch: int = 0
    partner: str = ""
    officer: str = ""
    about: str = ""
    since: Micros | None = None
    until: Micros | None = None
    begin: int = 0


@dataclass(frozen=True, slots=True)
class LogRow:
    """One leaf: its place, time, event and facts. An opening that was purged shows as `purged`."""

    index: int
    at: Micros | None
    event: str
    facts: JsonObject


LOOKED = 12_000
"""Leaves that one page of a search looks at: what a screen can wait for (docs/benchmarks.md)."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some leaves, newest first; the next page begins below `next`, 0 where there is none."""

    rows: tuple[LogRow, ...]
    next: int


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Listings of the ledger. `covering` signs a new head over at least so many leaves."""

    store: Store
    covering: Callable[[int], SignedCheckpoint]

    def rows(self, wanted: LogFilter) -> Iterator[LogRow]:
        """The leaves that match, in order, read while they are listed."""
        with self.store.read() as uow:
            if wanted.about:
                indexes = (i for i in uow.log.find(wanted.about) if i >= wanted.begin)
                leaves = (uow.log.leaf(index) for index in indexes)
            else:
                leaves = (leaf for leaf in uow.log.leaves(wanted.begin, uow.log.size()))
            for leaf in leaves:
                row = _row(leaf)
                if _matches(row, wanted):
                    yield row

    def page(self, wanted: LogFilter, before: int, limit: int) -> LogPage:
        """At most `limit` leaves that match, newest first, below `before` (0 for the newest).

        A page looks at no more than LOOKED leaves, so that a rare event does not hold the database;
        `next` says where to go on, 0 at the beginning of the ledger.
        """
        found: list[LogRow] = []
        with self.store.read() as uow:
            if wanted.about:
                leaves = [uow.log.leaf(i) for i in reversed(uow.log.find(wanted.about))]
                return LogPage(tuple(r for r in map(_row, leaves) if _matches(r, wanted)), 0)
            top = min(before or uow.log.size(), uow.log.size())
            end = max(wanted.begin, top - LOOKED)
            for leaf in uow.log.search(end, top, _needles(wanted)):
                row = _row(leaf)
                if _matches(row, wanted):
                    found.append(row)
                    if len(found) == limit:
                        return LogPage(tuple(found), row.index)
        return LogPage(tuple(found), end)

    def size(self) -> int:
        """How many leaves there are."""
        with self.store.read() as uow:
            return uow.log.size()

    def head(self) -> SignedCheckpoint:
        """The latest signed checkpoint. Raises NotFound before the first."""
        with self.store.read() as uow:
            latest = uow.log.latest_checkpoint()
        if latest is None:
            raise NotFound(
                "no checkpoint is signed yet",
                hint="palang audit checkpoint --sign, or let the worker run",
            )
        return latest

    def sign(self) -> SignedCheckpoint:
        """A checkpoint over all that is committed now. Raises NotVerified("no-key")."""
        with self.store.read() as uow:
            size = uow.log.size()
        return self.covering(size)


def _row(leaf: LedgerLeaf) -> LogRow:
    if not leaf.event:
        return LogRow(leaf.index, None, "purged", {})
    facts = json.loads(leaf.event)
    at, event = from_wire(facts.pop("at")), facts.pop("event")
    facts.pop("v")
    return LogRow(leaf.index, at, event, facts)


def _needles(wanted: LogFilter) -> list[tuple[bytes, ...]]:
    """What the bytes of an event hold that matches: one of each tuple. The database looks for
    these; `_matches` still decides."""
    named: JsonObject = {
        "delivery": wanted.delivery,
        "batch": wanted.batch,
        "partner": wanted.partner,
        "officer": wanted.officer,
    }
    groups: list[tuple[bytes, ...]] = [
        (_member(name, value),) for name, value in named.items() if value
    ]
    if wanted.events:
        groups.append(tuple(_member("event", event) for event in wanted.events))
    return groups


def _member(name: str, value: Json) -> bytes:
    return encode({name: value})[1:-1]


def _matches(row: LogRow, wanted: LogFilter) -> bool:
    named: dict[str, Json] = {
        "delivery": wanted.delivery,
        "batch": wanted.batch,
        "partner": wanted.partner,
        "officer": wanted.officer,
    }
    return (
        (not wanted.events or row.event in wanted.events)
        and all(row.facts.get(name) == value for name, value in named.items() if value)
        and (wanted.since is None or (row.at is not None and row.at >= wanted.since))
        and (wanted.until is None or (row.at is not None and row.at < wanted.until))
    )
