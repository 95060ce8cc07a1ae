"""Lists of sources that officers want taken, from the console."""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.columns import TEXT

revision = "0012"
down_revision = "0011"
compatible_from = "0006"
"""A worker of 0011 takes no list that the console wants; the wish waits for one that does."""

_ROWID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; nothing that is there changes."""
    op.create_table(
        "wanted_lists",
        sa.Column("id", _ROWID, autoincrement=True, nullable=False),
        sa.Column("list", sa.BigInteger(), sa.ForeignKey("source_lists.id"), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("account", "sheet", "number_column")),
        sa.Column("resend", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("asked_at", "ended_at")),
        *(sa.Column(name, TEXT, nullable=False) for name in ("problem", "hint")),
        sa.PrimaryKeyConstraint("id"),
    )
