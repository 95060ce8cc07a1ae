"""What several programs on one database need: who may still use the schema (ADR 0005)."""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.columns import TEXT

revision = "0003"
down_revision = "0002"
compatible_from = "0002"  # a program of 0002 reads and writes nothing that changes here


def upgrade() -> None:
    """Make schema_state."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "schema_state",
        sa.Column("id", number, autoincrement=False, nullable=False),
        sa.Column("oldest_program", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("id = 1", name="one"),
    )
    op.execute("INSERT INTO schema_state (id, oldest_program) VALUES (1, '')")
