"""Tables of what the gateway says, and of partners' word that they have nothing to report."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from gateway.store.tables.base import METADATA, blob, maybe, text, whole
from gateway.store.tables.deliveries import ATTEMPTS
from gateway.store.tables.registry import PARTNERS

OUTGOING = Table(
    "outgoing",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("partner", Text, ForeignKey(PARTNERS.c.id), nullable=False),
    text("kind"),
    text("subject"),
    blob("body"),
    whole("made_at"),
    whole("due_at"),
    whole("tries"),
    maybe("handed_at"),
    Index(None, "partner", "kind", "made_at"),
    Index(None, "subject"),
    Index(None, "due_at"),
)

NOTHINGS = Table(
    "nothings",
    METADATA,
    Column("statement", Text, primary_key=True),
    Column("partner", Text, ForeignKey(PARTNERS.c.id), nullable=False),
    whole("epoch"),
    whole("sequence"),
    text("kid"),
    whole("said_at"),
    whole("received_at"),
    Index(None, "partner", "epoch", "sequence"),
)

Index("ix_attempts_began_at", ATTEMPTS.c.began_at)  # a partner's pace is read from the newest ones
