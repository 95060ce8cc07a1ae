"""Self-test ladders: what was sent to a partner before it went live, heard from it, the result."""

from sqlalchemy import Index, Table

from gateway.store.tables.base import METADATA, blob, rising, text, whole

LADDER = Table(
    "ladder",
    METADATA,
    rising("id"),
    text("partner"),
    text("card"),
    text("kind"),
    text("head"),
    text("digest"),
    blob("body"),
    whole("at"),
    Index(None, "partner", "card"),
)
