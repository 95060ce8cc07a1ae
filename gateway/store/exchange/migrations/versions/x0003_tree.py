"""The ledger's tree for partners: tiles of hashes, the head that is shown, own leaves' openings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables; the worker fills them in its next round."""
    op.create_table(
        "exchange_tree",
        _whole("id"),
        _whole("epoch"),
        _whole("size"),
        _blob("root"),
        _text("note"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "exchange_tiles",
        _whole("level"),
        _whole("position"),
        _blob("hashes"),
        sa.PrimaryKeyConstraint("level", "position"),
    )
    op.create_table(
        "exchange_leaves",
        _text("partner"),
        _text("digest"),
        _whole("leaf"),
        _blob("opening"),
        sa.PrimaryKeyConstraint("partner", "digest"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)
