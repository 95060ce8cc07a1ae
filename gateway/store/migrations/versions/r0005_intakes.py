"""Intakes that are loaded in pieces, what officers decide of their rows, profiles of sources.

An intake is `loading` until its last row is in; then it is `ready`, and only a purge (`purged`)
lets its rows go. Until then it is no intake: its digest is a name of its own, and no entry can
stand on it, whoever writes that entry.
"""

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations.append_only import Guard, put_up
from gateway.store.migrations.columns import TEXT

revision = "0005"
down_revision = "0004"
compatible_from = "0002"
# An older program names its columns, and the new ones have defaults: what it adds is ready at once.
# It lists a loading intake, with no counts; the trigger of entries keeps it from using one. Of a
# newer program's intake it shows no rows and makes no batch, as those lie in pages.


def upgrade() -> None:
    """Add columns and tables; what is there stays as it is."""
    _widen()
    _pages()
    _resolutions()
    _profiles()
    _sources()
    for name in ("frozen", "kept", "whole") if _on_server() else ("frozen", "kept"):
        op.execute(f"DROP TRIGGER intakes_{name}" + (" ON intakes" if _on_server() else ""))
    put_up(_GUARDS)
    for statement in _OF_POSTGRESQL if _on_server() else _OF_SQLITE:
        op.execute(statement)


def _on_server() -> bool:
    return op.get_context().dialect.name == "postgresql"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _later(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, TEXT, server_default=default, nullable=False)


def _whole_later(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def _widen() -> None:
    for column in (
        *(_later("kind"), _later("encoding"), _later("profile"), _later("sheets", "[]")),
        *(_later("dropped", "[]"), sa.Column("follows", sa.BigInteger(), nullable=True)),
        *(_later("provenance"), _later("state", "ready"), _whole_later("loaded_at")),
    ):
        op.add_column("intakes", column)


def _pages() -> None:
    op.create_table(
        "intake_pages",
        *(_whole("intake"), _whole("first")),
        sa.Column("page", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("intake", "first"),
        sa.ForeignKeyConstraint(["intake"], ["intakes.id"]),
    )


def _resolutions() -> None:
    op.create_table(
        "resolutions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(_whole("intake"), _whole("position"), _whole("part"), _text("act"), _whole("number")),
        *(_text("route"), sa.Column("test", sa.Boolean(), nullable=False), _text("confidence")),
        *(_text("reason"), _text("reference"), _text("officer")),
        sa.Column("second", sa.Boolean(), nullable=False),
        _text("why_second"),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        *(_text("digest"), _whole("at")),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["intake"], ["intakes.id"]),
    )
    op.create_index("ix_resolutions_intake_position", "resolutions", ["intake", "position"])


def _profiles() -> None:
    op.create_table(
        "source_profiles",
        _text("source"),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        *(_text("profile"), _text("officer"), _whole("at")),
        sa.PrimaryKeyConstraint("source", "version"),
    )


def _sources() -> None:
    op.create_table(
        "entry_sources",
        *(_whole("batch"), _whole("number"), _whole("intake"), _whole("position")),
        sa.PrimaryKeyConstraint("batch", "number", "intake", "position"),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"]),
        sa.ForeignKeyConstraint(["intake"], ["intakes.id"]),
        sqlite_with_rowid=False,
    )


_GUARDS = (
    Guard(
        "intakes",
        frozen=(
            *("source", "name", "added_at", "officer", "rules"),
            *("kind", "encoding", "profile", "follows", "provenance"),
        ),
        settled=("digest", "counts", "sheets", "dropped", "loaded_at"),
        deletable=True,
    ),
    Guard("intake_pages", frozen=("intake", "first", "page"), deletable=True),
    Guard(
        "resolutions",
        frozen=(
            *("intake", "position", "part", "act", "number", "route", "test", "confidence"),
            *("reason", "reference", "officer", "second", "why_second", "salt", "digest", "at"),
        ),
        deletable=True,  # it has numbers, for the purge
    ),
    Guard("source_profiles", frozen=("source", "version", "profile", "officer", "at")),
    Guard("entry_sources", frozen=("batch", "number", "intake", "position"), deletable=True),
)

_MOVES = "(OLD.state || '>' || NEW.state) NOT IN ('loading>ready', 'ready>purged')"
_UNCHANGED = "SELECT RAISE(ABORT, 'rows of {0} do not change once written'); END"
_KEPT = "SELECT RAISE(ABORT, 'rows of {0} are never deleted'); END"

_ROWS = ("intake_rows", "intake_pages")

_OF_SQLITE = (
    "CREATE TRIGGER intakes_moves BEFORE UPDATE OF state ON intakes"
    f" WHEN OLD.state <> NEW.state AND {_MOVES} BEGIN {_UNCHANGED.format('intakes')}",
    "CREATE TRIGGER intakes_kept BEFORE DELETE ON intakes"
    f" WHEN OLD.state <> 'loading' BEGIN {_KEPT.format('intakes')}",
    *(
        f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} WHEN EXISTS"  # noqa: S608  # DDL
        " (SELECT 1 FROM intakes WHERE id = OLD.intake AND state = 'ready')"
        f" BEGIN {_KEPT.format(table)}"
        for table in _ROWS
    ),
    "CREATE TRIGGER entries_founded BEFORE INSERT ON entries WHEN EXISTS"
    " (SELECT 1 FROM intakes WHERE id = NEW.source AND state = 'loading') BEGIN"
    " SELECT RAISE(ABORT, 'an entry of an intake that is not complete'); END",
)

_OF_POSTGRESQL = (
    "CREATE TRIGGER intakes_moves BEFORE UPDATE OF state ON intakes FOR EACH ROW"
    f" WHEN (OLD.state <> NEW.state AND {_MOVES}) EXECUTE FUNCTION palang_refuse()",
    "CREATE TRIGGER intakes_kept BEFORE DELETE ON intakes FOR EACH ROW"
    " WHEN (OLD.state <> 'loading') EXECUTE FUNCTION palang_refuse()",
    """
CREATE FUNCTION palang_refuse_ready() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM gone JOIN intakes i ON i.id = gone.intake WHERE i.state = 'ready') THEN
    RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
""",
    *(
        f"CREATE TRIGGER {table}_kept AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone"
        " FOR EACH STATEMENT EXECUTE FUNCTION palang_refuse_ready()"
        for table in _ROWS
    ),
    """
CREATE FUNCTION palang_refuse_loading() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added JOIN intakes i ON i.id = added.source WHERE i.state = 'loading') THEN
    RAISE EXCEPTION 'an entry of an intake that is not complete'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
""",
    "CREATE TRIGGER entries_founded AFTER INSERT ON entries REFERENCING NEW TABLE AS added"
    " FOR EACH STATEMENT EXECUTE FUNCTION palang_refuse_loading()",
)
