"""Tables of what came from partners: received bytes, receipts, confirmations and their rows."""

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

from gateway.store.tables.base import METADATA, blob, flag, given, rising, text, whole
from gateway.store.tables.deliveries import DELIVERIES

INBOUND = Table(
    "inbound",
    METADATA,
    rising("id"),
    text("partner"),
    text("kind"),
    text("digest"),
    blob("body"),
    whole("received_at"),
    text("state"),
    text("reason"),
    Index(None, "digest"),
    Index(None, "state"),
    Index(None, "partner"),
)

RECEIPTS = Table(
    "receipts",
    METADATA,
    rising("key"),
    text("statement"),
    Column("delivery", Text, ForeignKey(DELIVERIES.c.id), nullable=False),
    text("result"),
    text("reason"),
    text("kid"),
    whole("said_at"),
    whole("received_at"),
    flag("counted"),
    flag("late"),
    UniqueConstraint("statement"),
    Index(None, "delivery"),
)

CONFIRMATIONS = Table(
    "confirmations",
    METADATA,
    rising("key"),  # short: its rows repeat it
    text("statement"),
    Column("delivery", Text, ForeignKey(DELIVERIES.c.id), nullable=False),
    whole("revision"),
    text("kid"),
    whole("said_at"),
    whole("received_at"),
    flag("conflict"),
    UniqueConstraint("statement"),
    Index(None, "delivery", "revision"),
)

SOURCE_LISTS = Table(
    "source_lists",
    METADATA,
    rising("id"),
    text("partner"),
    whole("serial"),
    text("parcel"),
    text("provenance"),
    blob("head"),
    blob("jws"),
    text("kid"),
    text("file"),
    whole("received_at"),
    UniqueConstraint("partner", "serial"),
    UniqueConstraint("provenance"),
)
"""What a source signed of each file that it handed in; the file lies in the received parcel."""

WANTED_LISTS = Table(
    "wanted_lists",
    METADATA,
    rising("id"),
    Column("list", BigInteger, ForeignKey(SOURCE_LISTS.c.id), nullable=False),
    text("account"),
    text("sheet"),
    text("number_column"),
    flag("resend"),
    whole("asked_at"),
    whole("ended_at"),
    text("problem"),
    text("hint"),
)
"""Lists that officers want taken; the worker, which has the seal key, ends each wish."""

CONFIRMATION_ROWS = Table(
    "confirmation_rows",
    METADATA,
    Column("confirmation", BigInteger, ForeignKey(CONFIRMATIONS.c.key), primary_key=True),
    Column("entry", BigInteger, primary_key=True),
    text("disposition"),
    text("scope"),
    whole("said_at"),
    sqlite_with_rowid=False,
)

TALLIES = Table(
    "tallies",
    METADATA,
    given("delivery_key"),
    whole("entries"),
    whole("term"),  # microseconds from the hand-over to the deadline or target
    whole("upto"),  # the newest confirmation that is counted here, by its key; 0 for none
    whole("final"),
    whole("done"),
    ForeignKeyConstraint(["delivery_key"], [DELIVERIES.c.key]),
)
"""What counts of a delivery, in sums, so that a list of deliveries reads no confirmation rows.

Derived, and made anew with each confirmation: one that is behind the newest is not believed.
"""

Index(
    "ix_tallies_outstanding",
    TALLIES.c.delivery_key,
    sqlite_where=sql("final < entries"),
    postgresql_where=sql("final < entries"),
)
