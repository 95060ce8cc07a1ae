"""An index of the tallies with entries outstanding: of all deliveries those that are waited for."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
compatible_from = "0013"
"""A program of 0013 writes the same rows and knows nothing of the index."""


def upgrade() -> None:
    """Make the index; no row changes."""
    outstanding = sa.text("final < entries")
    op.create_index(
        "ix_tallies_outstanding",
        "tallies",
        ["delivery_key"],
        sqlite_where=outstanding,
        postgresql_where=outstanding,
    )
