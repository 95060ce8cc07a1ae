"""Tables of deliveries, streams, manifests, sealings, attempts and slices."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql

from gateway.store.tables.base import METADATA, blob, flag, given, maybe, rising, text, whole
from gateway.store.tables.lists import BATCHES
from gateway.store.tables.registry import PARTNERS

DELIVERIES = Table(
    "deliveries",
    METADATA,
    rising("key"),  # short: a slice repeats it a million times
    text("id"),
    Column("batch", BigInteger, ForeignKey(BATCHES.c.id), nullable=False),
    Column("partner", Text, ForeignKey(PARTNERS.c.id), nullable=False),
    whole("priority"),
    whole("queued_at"),
    whole("due_at"),
    text("state"),
    whole("epoch"),
    whole("sequence"),
    text("manifest"),
    whole("sealing"),
    whole("attempts"),
    whole("tries"),
    whole("lease_until"),
    whole("fence"),
    maybe("handed_over_at"),
    maybe("acknowledged_at"),
    flag("conflict"),
    text("reason"),
    UniqueConstraint("id"),
    Index(None, "state", "priority", "batch"),
    Index(None, "partner", "state"),
    Index(None, "batch"),
)

STREAMS = Table(
    "streams",
    METADATA,
    Column("partner", Text, ForeignKey(PARTNERS.c.id), primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    whole("sequence"),
    text("previous"),
    text("voids"),  # a JSON array of [sequence, digest]
)

MANIFESTS = Table(
    "manifests",
    METADATA,
    Column("delivery", Text, ForeignKey(DELIVERIES.c.id), primary_key=True),
    text("partner"),
    whole("epoch"),
    whole("sequence"),
    text("digest"),
    blob("body"),
    blob("jws"),
    blob("salt"),
    UniqueConstraint("partner", "epoch", "sequence"),
)

SEALINGS = Table(
    "sealings",
    METADATA,
    Column("delivery", Text, ForeignKey(DELIVERIES.c.id), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    blob("parcel"),
    text("digest"),
    text("kid"),
    whole("at"),
    Index(None, "digest"),
)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("delivery", Text, ForeignKey(DELIVERIES.c.id), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    whole("sealing"),
    whole("began_at"),
    text("consent"),
    text("outcome"),
    maybe("ended_at"),
    text("endpoint"),
    text("peer_fingerprint"),
    text("remote_id"),
    text("error"),
)

Index(
    "ix_attempts_in_flight",
    ATTEMPTS.c.delivery,
    sqlite_where=sql("outcome = ''"),
    postgresql_where=sql("outcome = ''"),
)

SLICES = Table(
    "slices",
    METADATA,
    given("delivery_key"),
    whole("blocks"),
    whole("unblocks"),
    ForeignKeyConstraint(["delivery_key"], [DELIVERIES.c.key]),
)

SLICE_ENTRIES = Table(
    "slice_entries",
    METADATA,
    Column("delivery_key", BigInteger, ForeignKey(SLICES.c.delivery_key), primary_key=True),
    Column("entry", BigInteger, primary_key=True),
    whole("number"),
    flag("unblock"),
    Index(None, "number"),
    sqlite_with_rowid=False,
)
