"""Tables of retention: legal holds, and the tombstones of what was purged."""

from sqlalchemy import Table, UniqueConstraint

from gateway.store.tables.base import METADATA, blob, maybe, rising, text, whole

LEGAL_HOLDS = Table(
    "legal_holds",
    METADATA,
    rising("id"),
    text("kind"),
    text("subject"),
    whole("number"),  # 0 where the hold is on no number, and once it is lifted
    text("reason"),
    text("reference"),
    blob("salt"),
    text("digest"),
    whole("placed_at"),
    maybe("lifted_at"),
    UniqueConstraint("digest"),
)

TOMBSTONES = Table(
    "tombstones",
    METADATA,
    rising("id"),
    text("digest"),
    blob("body"),
    whole("at"),
    UniqueConstraint("digest"),
)
