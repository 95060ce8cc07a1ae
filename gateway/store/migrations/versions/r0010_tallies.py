"""Sums of what counts beside each delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
compatible_from = "0006"
"""A program of 0009 writes no sums; a reader counts where they are missing or behind."""


def upgrade() -> None:
    """Make the table, empty: what is sealed and counted from now on fills it."""
    names = ("entries", "term", "upto", "final", "done")
    op.create_table(
        "tallies",
        sa.Column("delivery_key", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in names),
        sa.PrimaryKeyConstraint("delivery_key"),
        sa.ForeignKeyConstraint(["delivery_key"], ["deliveries.key"]),
    )
