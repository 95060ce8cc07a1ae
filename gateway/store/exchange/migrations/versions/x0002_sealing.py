"""Which sealing of its manifest a parcel is, so that a late worker can't replace a newer one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the number; of what lies there it is not known, and any sealing may take its place."""
    op.add_column(
        "exchange_parcels",
        sa.Column("sealing", sa.BigInteger(), server_default="0", nullable=False),
    )
