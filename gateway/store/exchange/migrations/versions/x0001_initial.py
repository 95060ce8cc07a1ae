"""The first schema of the exchange store."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    _partners()
    _going_out()
    _coming_in()
    _bookkeeping()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _maybe(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=True)


def _rising(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, primary_key=True, autoincrement=True)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _partners() -> None:
    op.create_table(
        "exchange_partners",
        _text("id"),
        _text("gateway"),
        _flag("live"),
        _text("card"),
        _blob("trust"),
        _text("certificate"),
        _text("bearer"),
        _flag("http_signature"),
        _whole("quota_statements"),
        _whole("quota_requests"),
        _whole("quota_octets"),
        sa.PrimaryKeyConstraint("id"),
    )


def _going_out() -> None:
    op.create_table(
        "exchange_parcels",
        _rising("id"),
        _text("partner"),
        _text("name"),
        _whole("epoch"),
        _whole("sequence"),
        _text("digest"),
        _whole("size"),
        _whole("published_at"),
        _maybe("fetched_at"),
        _flag("ready"),
        sa.UniqueConstraint("partner", "digest"),
    )
    op.create_index(
        "ix_exchange_parcels_order", "exchange_parcels", ["partner", "epoch", "sequence"]
    )
    op.create_table(
        "exchange_bodies",
        sa.Column("parcel", sa.BigInteger(), nullable=False),
        _blob("body"),
        sa.PrimaryKeyConstraint("parcel"),
        sa.ForeignKeyConstraint(["parcel"], ["exchange_parcels.id"]),
    )
    op.create_table(
        "exchange_said",
        _rising("id"),
        _text("partner"),
        _text("name"),
        _text("digest"),
        _text("subject"),
        _blob("body"),
        _whole("at"),
        sa.UniqueConstraint("partner", "name"),
        sqlite_autoincrement=True,
    )


def _coming_in() -> None:
    op.create_table(
        "exchange_inbound",
        _rising("id"),
        _text("partner"),
        _text("kind"),
        _text("digest"),
        _whole("size"),
        _blob("body"),
        _whole("received_at"),
        _maybe("taken_at"),
        sa.UniqueConstraint("partner", "kind", "digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_exchange_inbound_waiting", "exchange_inbound", ["partner", "taken_at"])
    op.create_table(
        "exchange_fetches",
        _rising("id"),
        _text("partner"),
        _text("parcel"),
        _text("request"),
        _whole("at"),
    )


def _bookkeeping() -> None:
    op.create_table(
        "exchange_requests",
        _text("partner"),
        _text("resource"),
        _text("digest"),
        _whole("at"),
        sa.PrimaryKeyConstraint("partner", "resource", "digest"),
    )
    op.create_index("ix_exchange_requests_at", "exchange_requests", ["at"])
    op.create_table(
        "exchange_counters",
        _text("partner"),
        _text("name"),
        _whole("begin"),
        _whole("used"),
        sa.PrimaryKeyConstraint("partner", "name", "begin"),
    )
