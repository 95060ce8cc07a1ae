"""The first schema: registry, lists, deliveries, inbox, ledger."""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.append_only import Guard, put_up
from gateway.store.migrations.columns import TEXT

revision = "0001"
down_revision = None  # there is no way back: a ledger is never taken apart


def upgrade() -> None:
    """Make all tables, their first rows and the triggers that keep rows as written."""
    _registry()
    _lists()
    _deliveries()
    _slices()
    _inbox()
    _ledger()
    op.execute("INSERT INTO counters (name, value) VALUES ('batch', 0)")
    op.execute("INSERT INTO ledger_head (id, size) VALUES (1, 0)")
    put_up(_GUARDS)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _maybe(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=True)


def _given(name: str, *, rising: bool = False) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, autoincrement=rising, nullable=False)


def _rising(name: str) -> sa.Column[int]:
    return _given(name, rising=True)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _pk(*names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names)


def _fk(name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target])


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _registry() -> None:
    op.create_table(
        "gateway",
        *(_given("id"), _text("name"), _text("origin"), _whole("epoch"), _whole("initialised_at")),
        _pk("id"),
        sa.CheckConstraint("id = 1", name="one"),
    )
    op.create_table(
        "reference_tables",
        *(_rising("key"), _text("kind"), _text("version"), _text("source"), _text("digest")),
        *(_text("column_names"), _text("cells")),
        _pk("key"),
        sa.UniqueConstraint("kind", "version"),
    )
    op.create_table(
        "officers",
        *(_text("id"), _text("name"), _text("kid"), _whole("enrolled_at"), _text("standing")),
        _pk("id"),
    )
    op.create_table(
        "partners",
        *(_text("id"), _text("kind"), _text("name"), _text("channel"), _text("reply")),
        *(_text("peer"), _text("envelope"), _flag("test"), _text("term"), _text("card")),
        _text("standing"),
        _pk("id"),
    )
    op.create_table(
        "keys",
        *(_text("kid"), _text("owner_kind"), _text("owner"), _text("role"), _text("alg")),
        *(_text("public"), _whole("not_before"), _whole("not_after"), _maybe("revoked")),
        _pk("kid"),
    )
    op.create_table(
        "consents",
        *(_text("digest"), _text("partner"), _whole("given_at"), _blob("terms")),
        *(_maybe("withdrawn_at"), _maybe("ended_at")),
        _pk("digest"),
        _fk("partner", "partners.id"),
    )
    _index("consents", "partner")
    op.create_table(
        "approvals",
        *(_rising("key"), _text("act"), _text("subject"), _text("digest"), _text("officer")),
        *(_text("kid"), _blob("jws"), _whole("at")),
        _pk("key"),
    )
    _index("approvals", "subject")


def _lists() -> None:
    op.create_table("counters", _text("name"), _whole("value"), _pk("name"))
    op.create_table(
        "intakes",
        *(_rising("id"), _text("source"), _text("name"), _text("digest"), _whole("added_at")),
        *(_text("officer"), _text("rules"), _text("counts")),
        _pk("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "intake_rows",
        *(_whole("intake"), _whole("position"), _whole("row"), _text("raw"), _text("outcome")),
        *(_whole("number"), _text("confidence"), _text("route"), _text("rule"), _text("reason")),
        *(_text("category"), _text("channel"), _text("evidence_ref"), _text("evidence_date")),
        *(_text("action"), _flag("test")),
        _pk("intake", "position"),
        _fk("intake", "intakes.id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "batches",
        *(_given("id"), _flag("test"), _whole("priority"), _blob("salt"), _whole("created_at")),
        *(_text("state"), _blob("review"), _maybe("released_at"), _flag("stopped")),
        _pk("id"),
    )
    op.create_table(
        "entries",
        *(_whole("batch"), _whole("number"), _text("action"), _text("category")),
        *(_text("channel"), _text("evidence_ref"), _text("evidence_date"), _text("basis")),
        *(_text("review_date"), _text("route"), _whole("source")),
        _pk("batch", "number"),
        _fk("batch", "batches.id"),
        sqlite_with_rowid=False,
    )
    _index("entries", "number")


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        *(_rising("key"), _text("id"), _whole("batch"), _text("partner"), _whole("priority")),
        *(_whole("queued_at"), _whole("due_at"), _text("state"), _whole("epoch")),
        *(_whole("sequence"), _text("manifest"), _whole("sealing"), _whole("attempts")),
        *(_whole("tries"), _whole("lease_until"), _whole("fence"), _maybe("handed_over_at")),
        *(_maybe("acknowledged_at"), _flag("conflict"), _text("reason")),
        _pk("key"),
        sa.UniqueConstraint("id"),
        _fk("batch", "batches.id"),
        _fk("partner", "partners.id"),
    )
    _index("deliveries", "state", "priority", "batch")
    _index("deliveries", "partner", "state")
    _index("deliveries", "batch")
    op.create_table(
        "streams",
        *(_text("partner"), _whole("epoch"), _whole("sequence"), _text("previous")),
        _text("voids"),
        _pk("partner", "epoch"),
        _fk("partner", "partners.id"),
    )
    op.create_table(
        "manifests",
        *(_text("delivery"), _text("partner"), _whole("epoch"), _whole("sequence")),
        *(_text("digest"), _blob("body"), _blob("jws"), _blob("salt")),
        _pk("delivery"),
        sa.UniqueConstraint("partner", "epoch", "sequence"),
        _fk("delivery", "deliveries.id"),
    )
    op.create_table(
        "sealings",
        *(_text("delivery"), _whole("number"), _blob("parcel"), _text("digest"), _text("kid")),
        _whole("at"),
        _pk("delivery", "number"),
        _fk("delivery", "deliveries.id"),
    )
    _index("sealings", "digest")
    op.create_table(
        "attempts",
        *(_text("delivery"), _whole("number"), _whole("sealing"), _whole("began_at")),
        *(_text("consent"), _text("outcome"), _maybe("ended_at"), _text("endpoint")),
        *(_text("peer_fingerprint"), _text("remote_id"), _text("error")),
        _pk("delivery", "number"),
        _fk("delivery", "deliveries.id"),
    )
    running = sa.text("outcome = ''")
    op.create_index(
        "ix_attempts_in_flight",
        "attempts",
        ["delivery"],
        sqlite_where=running,
        postgresql_where=running,
    )


def _slices() -> None:
    op.create_table(
        "slices",
        *(_given("delivery_key"), _whole("blocks"), _whole("unblocks")),
        _pk("delivery_key"),
        _fk("delivery_key", "deliveries.key"),
    )
    op.create_table(
        "slice_entries",
        *(_whole("delivery_key"), _whole("entry"), _whole("number"), _flag("unblock")),
        _pk("delivery_key", "entry"),
        _fk("delivery_key", "slices.delivery_key"),
        sqlite_with_rowid=False,
    )
    _index("slice_entries", "number")


def _inbox() -> None:
    op.create_table(
        "inbound",
        *(_rising("id"), _text("partner"), _text("kind"), _text("digest"), _blob("body")),
        *(_whole("received_at"), _text("state"), _text("reason")),
        _pk("id"),
    )
    _index("inbound", "digest")
    _index("inbound", "state")
    _index("inbound", "partner")
    op.create_table(
        "receipts",
        *(_rising("key"), _text("statement"), _text("delivery"), _text("result")),
        *(_text("reason"), _text("kid"), _whole("said_at"), _whole("received_at")),
        *(_flag("counted"), _flag("late")),
        _pk("key"),
        sa.UniqueConstraint("statement"),
        _fk("delivery", "deliveries.id"),
    )
    _index("receipts", "delivery")
    op.create_table(
        "confirmations",
        *(_rising("key"), _text("statement"), _text("delivery"), _whole("revision")),
        *(_text("kid"), _whole("said_at"), _whole("received_at"), _flag("conflict")),
        _pk("key"),
        sa.UniqueConstraint("statement"),
        _fk("delivery", "deliveries.id"),
    )
    _index("confirmations", "delivery", "revision")
    op.create_table(
        "confirmation_rows",
        *(_whole("confirmation"), _whole("entry"), _text("disposition"), _text("scope")),
        _whole("said_at"),
        _pk("confirmation", "entry"),
        _fk("confirmation", "confirmations.key"),
        sqlite_with_rowid=False,
    )


def _ledger() -> None:
    op.create_table(
        "ledger_head",
        *(_given("id"), _whole("size")),
        _pk("id"),
        sa.CheckConstraint("id = 1", name="one"),
    )
    op.create_table(
        "ledger_leaves",
        *(_given("leaf"), _blob("entry"), _blob("salt"), _blob("event")),
        _pk("leaf"),
    )
    op.create_table(
        "ledger_nodes",
        *(_whole("level"), _whole("position"), _blob("hash")),
        _pk("level", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_digests",
        *(_text("digest"), _whole("leaf")),
        _pk("digest", "leaf"),
        _fk("leaf", "ledger_leaves.leaf"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkpoints", *(_rising("key"), _whole("size"), _text("note"), _whole("at")), _pk("key")
    )
    _index("checkpoints", "size")


_GUARDS = (
    Guard("counters", frozen=("name",), rising=("value",)),
    Guard("intakes", frozen=("source", "name", "digest", "added_at", "officer", "rules")),
    Guard("intake_rows", frozen=("row", "outcome", "rule", "reason"), deletable=True),
    Guard("entries", frozen=("batch", "number", "action", "route"), deletable=True),
    Guard("gateway", frozen=("name", "origin", "initialised_at"), rising=("epoch",)),
    Guard("reference_tables", frozen=("kind", "version", "source", "digest", "cells")),
    Guard(
        "keys", frozen=("kid", "owner_kind", "owner", "role", "alg", "public"), once=("revoked",)
    ),
    Guard("consents", frozen=("partner", "terms"), once=("withdrawn_at", "ended_at")),
    Guard("approvals", frozen=("act", "subject", "digest", "officer", "kid", "jws", "at")),
    Guard("deliveries", frozen=("id", "batch", "partner"), rising=("fence",)),
    Guard("streams", frozen=("partner", "epoch"), rising=("sequence",)),
    Guard(
        "manifests",
        frozen=("partner", "epoch", "sequence", "digest", "body", "jws"),
        emptiable=("salt",),
    ),
    Guard("sealings", frozen=("digest", "kid", "at"), emptiable=("parcel",)),
    Guard("attempts", frozen=("sealing", "began_at", "consent"), once=("ended_at",)),
    Guard("slice_entries", frozen=("entry", "number", "unblock"), deletable=True),
    Guard("inbound", frozen=("partner", "kind", "digest", "received_at"), emptiable=("body",)),
    Guard(
        "receipts",
        frozen=("statement", "delivery", "result", "reason", "kid", "said_at", "received_at"),
        once=("counted", "late"),  # never NULL, so written with the row only
    ),
    Guard(
        "confirmations",
        frozen=("statement", "delivery", "revision", "kid", "said_at", "received_at"),
        rising=("conflict",),
    ),
    Guard("confirmation_rows", frozen=("confirmation", "entry", "disposition", "scope", "said_at")),
    Guard("ledger_head", frozen=("id",), rising=("size",)),
    Guard("ledger_leaves", frozen=("leaf", "entry"), emptiable=("salt", "event")),
    Guard("ledger_nodes", frozen=("level", "position", "hash")),
    Guard("ledger_digests", frozen=("digest", "leaf"), deletable=True),
    Guard("checkpoints", frozen=("size", "note", "at")),
)
"""What stays as it was written. A purge takes openings with their digests, and rows of numbers."""
