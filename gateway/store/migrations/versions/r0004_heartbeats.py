"""Workers' signs of life."""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.columns import TEXT

revision = "0004"
down_revision = "0003"
compatible_from = "0002"  # a program of 0002 or 0003 knows nothing of heartbeats and misses none


def upgrade() -> None:
    """Make the table; nothing that is there changes."""
    op.create_table(
        "heartbeats",
        sa.Column("worker", TEXT, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("worker"),
    )
