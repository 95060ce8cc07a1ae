"""Tables of the ledger: its head, leaves with openings, tree nodes, digest index, checkpoints and
their time-stamps."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text

from gateway.store.tables.base import METADATA, blob, given, rising, text, whole

LEDGER_HEAD = Table(
    "ledger_head",
    METADATA,
    given("id"),
    whole("size"),
    CheckConstraint("id = 1", name="one"),
)
"""One row; locked last in every commit, so that leaves get their order there (promise D)."""

LEDGER_LEAVES = Table(
    "ledger_leaves",
    METADATA,
    given("leaf"),
    blob("entry"),
    blob("salt"),
    blob("event"),
)

LEDGER_NODES = Table(
    "ledger_nodes",
    METADATA,
    Column("level", BigInteger, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    blob("hash"),
    sqlite_with_rowid=False,
)

LEDGER_DIGESTS = Table(
    "ledger_digests",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("leaf", BigInteger, ForeignKey(LEDGER_LEAVES.c.leaf), primary_key=True),
    sqlite_with_rowid=False,
)

CHECKPOINTS = Table(
    "checkpoints",
    METADATA,
    rising("key"),
    whole("size"),
    text("note"),
    whole("at"),
    Index(None, "size"),
)

TIMESTAMPS = Table(
    "timestamps",
    METADATA,
    given("size"),
    blob("token"),
    whole("at"),
)
"""RFC 3161 tokens over the note of the checkpoint of that size, and when they came."""
