"""The exchange store's tables. Their names begin with `exchange_`, so that on PostgreSQL one
database may hold them beside the core's, under another role.

No column holds a number or a private key: parcels are sealed, statements name entries only, keys
are public. Of the ledger there are hashes, and for each pulling partner the events that record its
own.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, MetaData, Table, UniqueConstraint

from gateway.store.tables.base import blob, flag, maybe, rising, text, whole

VERSION_TABLE = "exchange_version"
METADATA = MetaData()

partners = Table(
    "exchange_partners",
    METADATA,
    Column("id", text("id").type, primary_key=True),
    text("gateway"),
    flag("live"),
    text("card"),
    blob("trust"),  # a trust file: the partner's public keys and the gateway's
    text("certificate"),  # SHA256:<hex> of its client certificate, "" where none is asked for
    text("bearer"),  # the digest of its secret, "" where none is asked for
    flag("http_signature"),
    whole("quota_statements"),
    whole("quota_requests"),
    whole("quota_octets"),
)

parcels = Table(
    "exchange_parcels",
    METADATA,
    rising("id"),
    text("partner"),
    text("name"),
    whole("epoch"),
    whole("sequence"),
    text("digest"),
    whole("size"),
    whole("sealing"),  # which envelope of its manifest; 0 in rows that are older than this column
    whole("published_at"),
    maybe("fetched_at"),  # the first fetch since it was published
    flag("ready"),  # listed; no more once another sealing took its place or its bytes were deleted
    UniqueConstraint("partner", "digest"),
)
Index("ix_exchange_parcels_order", parcels.c.partner, parcels.c.epoch, parcels.c.sequence)

bodies = Table(
    "exchange_bodies",
    METADATA,
    Column("parcel", BigInteger, ForeignKey("exchange_parcels.id"), primary_key=True),
    blob("body"),
)

said = Table(
    "exchange_said",
    METADATA,
    rising("id"),
    text("partner"),
    text("name"),
    text("digest"),
    text("subject"),  # the statement that it answers, "" for a head
    blob("body"),
    whole("at"),
    UniqueConstraint("partner", "name"),
    sqlite_autoincrement=True,  # an id is never given twice: readers go on from the last one
)

inbound = Table(
    "exchange_inbound",
    METADATA,
    rising("id"),
    text("partner"),
    text("kind"),  # statement | fetched
    text("digest"),
    whole("size"),
    blob("body"),  # empty once the worker has it
    whole("received_at"),
    maybe("taken_at"),
    UniqueConstraint("partner", "kind", "digest"),
    sqlite_autoincrement=True,
)
Index("ix_exchange_inbound_waiting", inbound.c.partner, inbound.c.taken_at)

fetches = Table(
    "exchange_fetches",
    METADATA,
    rising("id"),
    text("partner"),
    text("parcel"),
    text("request"),  # digest of the signed request
    whole("at"),
)

requests = Table(
    "exchange_requests",
    METADATA,
    Column("partner", text("partner").type, primary_key=True),
    Column("resource", text("resource").type, primary_key=True),
    Column("digest", text("digest").type, primary_key=True),
    whole("at"),
)
Index("ix_exchange_requests_at", requests.c.at)

counters = Table(
    "exchange_counters",
    METADATA,
    Column("partner", text("partner").type, primary_key=True),
    Column("name", text("name").type, primary_key=True),
    Column("begin", BigInteger, primary_key=True),  # of the hour or day
    whole("used"),
)

tree = Table(
    "exchange_tree",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # one row: the head shown
    whole("epoch"),
    whole("size"),
    blob("root"),
    text("note"),
)

tiles = Table(
    "exchange_tiles",
    METADATA,
    Column("level", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    blob("hashes"),  # of salted leaves, and of what lies above them
)

leaves = Table(
    "exchange_leaves",
    METADATA,
    Column("partner", text("partner").type, primary_key=True),
    Column("digest", text("digest").type, primary_key=True),
    whole("leaf"),
    blob("opening"),  # of an event that records something of this partner's own
)
