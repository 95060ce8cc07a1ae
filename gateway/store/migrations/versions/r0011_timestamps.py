"""Time-stamps of others over checkpoints."""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.append_only import Guard, put_up

revision = "0011"
down_revision = "0010"
compatible_from = "0006"
"""A program of 0010 asks for no time-stamps; its evidence rests on the gateway's own word."""


def upgrade() -> None:
    """Make the table; its rows never change."""
    op.create_table(
        "timestamps",
        sa.Column(
            "size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False
        ),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    put_up((Guard("timestamps", frozen=("size", "token", "at")),))
