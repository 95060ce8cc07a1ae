"""Lists that sources handed in as signed parcels."""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.append_only import Guard, put_up
from gateway.store.migrations.columns import TEXT

revision = "0007"
down_revision = "0006"
compatible_from = "0006"
"""A program of 0006 refuses a source's parcel as it always did; what is here stays as it is."""


def _text(*names: str) -> "list[sa.Column[str]]":
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def upgrade() -> None:
    """Make the table; its rows never change."""
    op.create_table(
        "source_lists",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *_text("partner"),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        *_text("parcel", "provenance"),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("jws", sa.LargeBinary(), nullable=False),
        *_text("kid", "file"),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("partner", "serial"),
        sa.UniqueConstraint("provenance"),
    )
    frozen = ("id", "partner", "serial", "parcel", "provenance", "head", "jws", "kid", "file")
    put_up((Guard("source_lists", frozen=(*frozen, "received_at")),))
