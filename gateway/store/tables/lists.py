"""Tables of intakes, batches and their entries."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from gateway.store.tables.base import METADATA, blob, flag, given, maybe, rising, text, whole

COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    whole("value"),
)
"""The last batch number given. A row of its own, so that two processes never take one number."""

INTAKES = Table(
    "intakes",
    METADATA,
    rising("id"),
    text("source"),
    text("name"),
    text("digest"),
    whole("added_at"),
    text("officer"),
    text("rules"),
    text("counts"),  # a JSON array of [outcome, rows]
    UniqueConstraint("digest"),
)

INTAKE_ROWS = Table(
    "intake_rows",
    METADATA,
    Column("intake", BigInteger, ForeignKey(INTAKES.c.id), primary_key=True),
    Column("position", BigInteger, primary_key=True),  # one sheet row may give several
    whole("row"),
    text("raw"),
    text("outcome"),
    whole("number"),
    text("confidence"),
    text("route"),
    text("rule"),
    text("reason"),
    text("category"),
    text("channel"),
    text("evidence_ref"),
    text("evidence_date"),
    text("action"),
    flag("test"),
    sqlite_with_rowid=False,
)

BATCHES = Table(
    "batches",
    METADATA,
    given("id"),
    flag("test"),
    whole("priority"),
    blob("salt"),
    whole("created_at"),
    text("state"),
    blob("review"),
    maybe("released_at"),
    flag("stopped"),
)

ENTRIES = Table(
    "entries",
    METADATA,
    Column("batch", BigInteger, ForeignKey(BATCHES.c.id), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    text("action"),
    text("category"),
    text("channel"),
    text("evidence_ref"),
    text("evidence_date"),
    text("basis"),
    text("review_date"),
    text("route"),
    whole("source"),
    Index(None, "number"),
    sqlite_with_rowid=False,
)
