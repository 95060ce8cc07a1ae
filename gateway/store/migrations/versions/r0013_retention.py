"""Retention: legal holds, tombstones, and numbers of slices that a purge may take away.

From here on parcels, salts and pages of rows are encrypted under period keys (ADR 0011).
"""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.append_only import Guard, put_up
from gateway.store.migrations.columns import TEXT

revision = "0013"
down_revision = "0012"
compatible_from = "0013"
"""An older program knows no period keys: it would send what is stored, which no partner can open.
What it stored in clear stays readable."""

_ROWID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(*names: str) -> "list[sa.Column[str]]":
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def _whole(*names: str) -> "list[sa.Column[int]]":
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _blob(name: str) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    """Make the tables; a slice's numbers may become 0, and nothing else of it changes."""
    op.create_table(
        "legal_holds",
        sa.Column("id", _ROWID, nullable=False),
        *_text("kind", "subject"),
        *_whole("number"),
        *_text("reason", "reference"),
        _blob("salt"),
        *_text("digest"),
        *_whole("placed_at"),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "tombstones",
        sa.Column("id", _ROWID, nullable=False),
        *_text("digest"),
        _blob("body"),
        *_whole("at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    on_server = op.get_context().dialect.name == "postgresql"
    gone = ("frozen", "whole") if on_server else ("frozen",)
    for name in gone:
        op.execute(f"DROP TRIGGER slice_entries_{name}" + (" ON slice_entries" * on_server))
    put_up(_GUARDS)
    for statement in _OF_POSTGRESQL if on_server else _OF_SQLITE:
        op.execute(statement)


_GUARDS = (
    Guard(
        "legal_holds",
        frozen=("id", "kind", "subject", "reason", "reference", "digest", "placed_at"),
        emptiable=("salt",),
        zeroable=("number",),
        once=("lifted_at",),
    ),
    Guard("tombstones", frozen=("id", "digest", "body", "at")),
    Guard("slice_entries", frozen=("entry", "unblock"), zeroable=("number",), deletable=True),
)

_SALTED = ("entries", "entry_sources")
"""Rows that may go once their batch's salt is gone: then they are purged."""

_KEPT = "SELECT RAISE(ABORT, 'rows of {0} are never deleted'); END"

_OF_SQLITE = (
    *(
        f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} WHEN EXISTS"  # noqa: S608  # DDL
        " (SELECT 1 FROM batches WHERE id = OLD.batch AND length(salt) > 0)"
        f" BEGIN {_KEPT.format(table)}"
        for table in _SALTED
    ),
    "CREATE TRIGGER resolutions_kept BEFORE DELETE ON resolutions WHEN EXISTS"  # noqa: S608  # DDL
    " (SELECT 1 FROM intakes WHERE id = OLD.intake AND state = 'ready')"
    f" BEGIN {_KEPT.format('resolutions')}",
)

_OF_POSTGRESQL = (
    """
CREATE FUNCTION palang_refuse_salted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM gone JOIN batches b ON b.id = gone.batch WHERE length(b.salt) > 0) THEN
    RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
""",
    *(
        f"CREATE TRIGGER {table}_kept AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone"
        " FOR EACH STATEMENT EXECUTE FUNCTION palang_refuse_salted()"
        for table in _SALTED
    ),
    "CREATE TRIGGER resolutions_kept AFTER DELETE ON resolutions REFERENCING OLD TABLE AS gone"
    " FOR EACH STATEMENT EXECUTE FUNCTION palang_refuse_ready()",
)
