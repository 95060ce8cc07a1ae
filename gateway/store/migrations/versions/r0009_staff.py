"""Accounts of the console, their sessions, the access log, heads that the console wants signed."""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.append_only import Guard, put_up
from gateway.store.migrations.columns import TEXT

revision = "0009"
down_revision = "0008"
compatible_from = "0006"
"""A program of 0008 has no console: it knows no account and misses none."""


_ROWID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(*names: str) -> "list[sa.Column[str]]":
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def _whole(*names: str) -> "list[sa.Column[int]]":
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _flag(name: str) -> "sa.Column[bool]":
    return sa.Column(name, sa.Boolean(), nullable=False)


def upgrade() -> None:
    """Make the tables; nothing that is there changes."""
    _accounts()
    _sessions()
    op.create_table(
        "sign_in_attempts",
        *_text("key"),
        *_whole("failures", "last_at", "until"),
        sa.PrimaryKeyConstraint("key"),
    )
    _access_log()
    op.create_table(
        "wanted_heads",
        sa.Column("size", _ROWID, autoincrement=False, nullable=False),
        *_whole("asked_at"),
        sa.PrimaryKeyConstraint("size"),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        *_text("id", "name", "role", "officer", "language", "password"),
        _flag("must_change"),
        *_text("totp"),
        *_whole("totp_step"),
        *_text("recovery", "key"),
        _flag("disabled"),
        *_text("asked", "asked_by"),
        *_whole("made_at", "changed_at"),
        sa.PrimaryKeyConstraint("id"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        *_text("token", "account", "stage", "csrf"),
        *_whole("began", "ends", "last_seen"),
        *_text("address", "agent"),
        *_whole("epoch"),
        *_text("pending"),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("ix_sessions_account_began", "sessions", ["account", "began"])


def _access_log() -> None:
    names = ("account", "what", "subject", "reason", "address", "detail")
    op.create_table(
        "access_log",
        sa.Column("id", _ROWID, nullable=False),
        *_whole("at"),
        *_text(*names),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("account", "subject", "at"):
        op.create_index(f"ix_access_log_{column}", "access_log", [column])
    put_up((Guard("access_log", frozen=("id", "at", *names)),))
