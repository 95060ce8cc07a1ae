"""Self-test ladders of partners."""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.append_only import Guard, put_up
from gateway.store.migrations.columns import TEXT

revision = "0008"
down_revision = "0007"
compatible_from = "0006"
"""A program of 0007 knows no ladders and lets a partner go live without one, as it always did."""


def upgrade() -> None:
    """Make the table; its rows never change."""
    names = ("partner", "card", "kind", "head", "digest")
    op.create_table(
        "ladder",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in names),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ladder_partner_card", "ladder", ["partner", "card"])
    put_up((Guard("ladder", frozen=("id", *names, "body", "at")),))
