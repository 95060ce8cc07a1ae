"""Which version of a dated table rules from when."""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.append_only import Guard, put_up
from gateway.store.migrations.columns import TEXT

revision = "0006"
down_revision = "0005"
compatible_from = "0006"
"""An older program takes the version loaded last for the one that rules; loading is no more ruling
now, so it may not go on beside."""


def upgrade() -> None:
    """Make the table; a kind without activation is ruled by the version loaded first."""
    op.create_table(
        "activations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    put_up((Guard("activations", frozen=("id", "kind", "version", "begins", "at")),))
