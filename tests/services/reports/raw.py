"""A gateway's history as plain lists, and its way into a database without any of the services."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Boolean, LargeBinary, Table, Text, update

from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.times import Micros
from gateway.store.store import SqlStore
from gateway.store.tables.deliveries import DELIVERIES, MANIFESTS, SLICE_ENTRIES, SLICES
from gateway.store.tables.inbox import CONFIRMATION_ROWS, CONFIRMATIONS, INBOUND, RECEIPTS
from gateway.store.tables.lists import BATCHES, ENTRY_SOURCES, INTAKES, RESOLUTIONS
from gateway.store.tables.registry import PARTNERS, REFERENCE_TABLES

Rows = Iterable[Mapping[str, Any]]


@dataclass
class RawDelivery:
    """`sealed` are (number, unblock) by entry, from 1; None before it is sealed."""

    key: int
    batch: int
    partner: str
    share: tuple[int, int]
    sealed: list[tuple[int, bool]] | None
    handed_over_at: Micros | None = None
    halted: bool = False

    @property
    def id(self) -> str:
        return f"{self.batch}.{self.partner}.1"


@dataclass
class RawBatch:
    id: int
    released_at: Micros
    test: bool
    nobody: int
    deliveries: list[RawDelivery] = field(default_factory=list)


@dataclass
class RawReceipt:
    key: int
    delivery: str
    result: str
    received_at: Micros
    counted: bool


@dataclass
class RawStatement:
    key: int
    delivery: str
    revision: int
    received_at: Micros
    rows: list[tuple[int, str, str]]


@dataclass
class RawIntake:
    """`asks` are (batch, number) that its rows asked for."""

    id: int
    source: str
    added_at: Micros
    counts: dict[str, int]
    follows: int | None
    loading: bool
    asks: list[tuple[int, int]]


@dataclass
class History:
    """Everything that happened; `resolved` are (act, intake, position, at), `refused` are
    (partner, reason, received_at)."""

    batches: list[RawBatch] = field(default_factory=list)
    receipts: list[RawReceipt] = field(default_factory=list)
    statements: list[RawStatement] = field(default_factory=list)
    intakes: list[RawIntake] = field(default_factory=list)
    resolved: list[tuple[str, int, int, Micros]] = field(default_factory=list)
    refused: list[tuple[str, str, Micros]] = field(default_factory=list)


def fill(store: SqlStore, tables: Mapping[Table, Rows]) -> None:
    """Insert rows, columns that are not named empty."""
    with store.write() as uow:
        for table, rows in tables.items():
            empty = [_empty(column) for column in table.columns]
            names = [column.name for column in table.columns]
            uow._db.bulk(
                table,
                (tuple(row.get(n, e) for n, e in zip(names, empty, strict=True)) for row in rows),
            )
        uow.note(LedgerEvent(Tag.BATCH_PREPARE, 0, {}))
        uow.commit("test.fill")


def _empty(column: Any) -> object:
    if column.nullable:
        return None
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, LargeBinary):
        return b""
    return "" if isinstance(column.type, Text) else 0


def partners(store: SqlStore, kinds: Mapping[str, str]) -> None:
    """Partners of these kinds, and the tables that reports cite."""
    live = {"envelope": "jose", "standing": "live"}
    named = (live | {"id": p, "kind": kind, "name": f"Mitra {p}"} for p, kind in kinds.items())
    fill(store, {PARTNERS: named})
    cited_tables(store)


def cited_tables(store: SqlStore) -> None:
    """The tables of terms and of legal bases, short."""
    terms = ["term", "kind", "applies_to", "text_id"]
    bases = ["basis", "citation", "valid_from", "valid_to"]
    rows = [
        ("terms", terms, [["c", "copy", "report_month", "Direktur Uji"]]),
        ("legal_bases", bases, [["mandatory", "Aturan Uji", "2018-12-10", ""]]),
    ]
    references = (
        {
            "key": 10 + place,
            "kind": kind,
            "version": "2026-01-01",
            "column_names": json.dumps(names),
            "cells": json.dumps(cells),
        }
        for place, (kind, names, cells) in enumerate(rows)
    )
    fill(store, {REFERENCE_TABLES: references})


def store_batches(store: SqlStore, batches: list[RawBatch], term: str) -> None:
    deliveries = [delivery for batch in batches for delivery in batch.deliveries]
    sealed = [delivery for delivery in deliveries if delivery.sealed is not None]
    fill(
        store,
        {
            BATCHES: (_batch(batch) for batch in batches),
            DELIVERIES: (_delivery(delivery) for delivery in deliveries),
            MANIFESTS: (
                {"delivery": d.id, "partner": d.partner, "epoch": 1, "sequence": d.key,
                     "body": json.dumps({"respond_within": term}).encode()}
                for d in sealed
            ),
            SLICES: (
                {"delivery_key": d.key, "blocks": sum(not u for _, u in d.sealed or ()),
                     "unblocks": sum(u for _, u in d.sealed or ())}
                for d in sealed
            ),
            SLICE_ENTRIES: (
                {"delivery_key": d.key, "entry": entry, "number": number, "unblock": unblock}
                for d in sealed
                for entry, (number, unblock) in enumerate(d.sealed or (), 1)
            ),
        },
    )  # fmt: skip


def _batch(batch: RawBatch) -> dict[str, Any]:
    shares = [[d.partner, *d.share] for d in batch.deliveries]
    review = {"batch": batch.id, "shares": shares, "nobody": batch.nobody}
    return {
        "id": batch.id,
        "test": batch.test,
        "released_at": batch.released_at,
        "state": "RELEASED",
        "review": json.dumps(review).encode(),
    }


def _delivery(delivery: RawDelivery) -> dict[str, Any]:
    return {
        "key": delivery.key,
        "id": delivery.id,
        "batch": delivery.batch,
        "partner": delivery.partner,
        "state": "STOPPED" if delivery.halted else "SENT",
        "handed_over_at": delivery.handed_over_at,
    }


def store_receipts(store: SqlStore, receipts: list[RawReceipt]) -> None:
    fill(store, {RECEIPTS: (vars(one) | {"statement": f"r{one.key}"} for one in receipts)})


def store_statements(store: SqlStore, statements: list[RawStatement]) -> None:
    heads = (
        {"key": s.key, "statement": f"s{s.key}", "delivery": s.delivery, "revision": s.revision,
             "received_at": s.received_at}
        for s in statements
    )  # fmt: skip
    rows = (
        {"confirmation": s.key, "entry": entry, "disposition": code, "scope": scope}
        for s in statements
        for entry, code, scope in s.rows
    )
    fill(store, {CONFIRMATIONS: heads, CONFIRMATION_ROWS: rows})


def store_intakes(store: SqlStore, history: History) -> None:
    intakes = (
        {"id": one.id, "source": one.source, "digest": f"i{one.id}", "added_at": one.added_at,
             "counts": json.dumps(list(one.counts.items())), "follows": one.follows,
             "state": "loading" if one.loading else "ready"}
        for one in history.intakes
    )  # fmt: skip
    asked = {
        (batch, number, one.id)
        for one in history.intakes
        for batch, number in one.asks
    }  # fmt: skip
    sources = ({"batch": b, "number": n, "intake": i, "position": 1} for b, n, i in sorted(asked))
    resolved = (  # a held row with two numbers has two parts, and is decided once
        {"id": 2 * place + part, "act": act, "intake": intake, "position": at, "part": part}
        | {"at": moment}
        for place, (act, intake, at, moment) in enumerate(history.resolved, 1)
        for part in range(1 + place % 2)
    )
    refused = (
        {"id": place, "partner": partner, "state": "REFUSED", "reason": reason, "received_at": at}
        for place, (partner, reason, at) in enumerate(history.refused, 1)
    )
    tables: dict[Table, Rows] = {
        INTAKES: intakes,
        ENTRY_SOURCES: sources,
        RESOLUTIONS: resolved,
        INBOUND: refused,
    }
    fill(store, tables)


def change(store: SqlStore, table: Table, named: dict[str, Any], **values: Any) -> None:
    """What later work does to a row."""
    with store.write() as uow:
        wanted = update(table).where(*(table.c[name] == at for name, at in named.items()))
        uow._db.update(table, wanted.values(**values))
        uow.commit("test.change")
