"""The migrations make exactly the tables that the code uses; a wrong database is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from gateway.domain import failpoints
from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.store import schema
from gateway.store.engine import make_engine, read_url
from gateway.store.store import open_store
from gateway.store.tables import METADATA
from tests.peers import postgres
from tests.store.conftest import DATABASES, SQLITE, fresh_url
from tests.store.damage import path, raw
from tests.store.samples import FixedClock

TABLES = "SELECT name, sql FROM sqlite_master WHERE type <> 'trigger' AND sql IS NOT NULL"


@pytest.fixture
def migrated(url: str) -> Iterator[Engine]:
    """Return an engine on a database that the migrations made."""
    engine = make_engine(read_url(url))
    yield engine
    engine.dispose()


def test_the_migrations_make_the_tables_of_the_code(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_migrations_make_them_to_the_letter(tmp_path: Path) -> None:
    for name in ("made", "direct"):
        (tmp_path / name).mkdir()
    url, direct = (fresh_url(SQLITE, tmp_path / name) for name in ("made", "direct"))
    schema.create(url)
    engine = make_engine(read_url(direct))
    METADATA.create_all(engine)
    engine.dispose()

    def made(where: str) -> dict[str, str]:
        return {name: re.sub(r"\s+", " ", sql) for name, sql in raw(where, TABLES)}

    by_migration = made(url)
    del by_migration["alembic_version"]
    assert by_migration == made(direct)


def test_the_program_knows_its_newest_revision() -> None:
    scripts = ScriptDirectory.from_config(schema.alembic_config())
    assert scripts.get_heads() == [schema.HEAD]
    assert all(re.fullmatch(r"\d{4}", one.revision) for one in scripts.walk_revisions())


def test_the_migrations_are_packages_so_that_a_wheel_holds_them() -> None:
    root = resources.files("gateway.store.migrations")
    assert root.joinpath("env.py").is_file()
    assert root.joinpath("__init__.py").is_file()
    assert root.joinpath("versions", "__init__.py").is_file()


def test_an_existing_database_is_not_made_again(url: str) -> None:
    with pytest.raises(Conflict, match="tables already"):
        schema.create(url)


@pytest.mark.parametrize("kind", DATABASES)
def test_a_creation_that_was_killed_can_be_repeated(kind: str, tmp_path: Path) -> None:
    class Crash(Exception):
        """The process dies here."""

    def die(point: str) -> None:
        if point == "before:schema.upgrade":
            raise Crash

    url = fresh_url(kind, tmp_path)
    failpoints.arm(die)
    try:
        with pytest.raises(Crash):
            schema.create(url)
    finally:
        failpoints.arm(None)
    engine = make_engine(read_url(url))
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    with pytest.raises(NotFound, match="no schema"):
        open_store(url, FixedClock())
    schema.create(url)
    open_store(url, FixedClock()).close()


def test_a_database_is_private_to_its_owner(tmp_path: Path) -> None:
    url = fresh_url(SQLITE, tmp_path)
    schema.create(url)
    assert path(url).stat().st_mode & 0o777 == 0o600


def test_a_missing_database_is_not_made_by_opening_it(tmp_path: Path) -> None:
    url = fresh_url("sqlite", tmp_path)
    for use in (lambda: open_store(url, FixedClock()), lambda: schema.upgrade(url)):
        with pytest.raises(NotFound, match="no database file"):
            use()
    assert list(tmp_path.iterdir()) == []


def _pretend(url: str, revision: str, oldest: str) -> None:
    raw(
        url,
        f"UPDATE alembic_version SET version_num = '{revision}'",
        f"UPDATE schema_state SET oldest_program = '{oldest}'",
    )


@pytest.mark.parametrize(
    ("revision", "oldest", "words"),
    [
        ("0000", "0000", "has schema 0000, this program needs"),
        ("9999", "9999", "newer than .* only for programs from 9999 on"),
        ("9999", "9998", "newer than .* only for programs from 9998 on"),
    ],
)
def test_another_revision_is_refused_with_the_next_step(
    url: str, revision: str, oldest: str, words: str
) -> None:
    _pretend(url, revision, oldest)
    assert not schema.state(url).compatible
    with pytest.raises(Conflict, match=words) as caught:
        open_store(url, FixedClock())
    assert caught.value.hint


def test_a_newer_schema_that_names_this_program_is_used(url: str) -> None:
    _pretend(url, "9999", schema.HEAD)
    assert schema.state(url) == schema.SchemaState("9999", schema.HEAD)
    assert schema.state(url).compatible
    open_store(url, FixedClock()).close()


def test_a_newer_schema_is_not_touched_by_an_upgrade(url: str) -> None:
    for oldest in (schema.HEAD, "9999"):
        _pretend(url, "9999", oldest)
        with pytest.raises(Conflict, match="newer"):
            schema.upgrade(url)


def test_a_schema_says_which_programs_may_use_it(url: str) -> None:
    found = schema.state(url)
    assert (found.revision, found.known) == (schema.HEAD, schema.HEAD)
    assert found.compatible
    assert not found.behind
    assert "0002" <= found.oldest_program <= schema.HEAD


def test_every_text_is_compared_by_its_bytes(server_url: str) -> None:
    other = raw(
        server_url,
        "SELECT attrelid::regclass || '.' || attname FROM pg_attribute "
        "JOIN pg_class ON pg_class.oid = attrelid JOIN pg_collation c ON c.oid = attcollation "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND collname <> 'C' "
        "AND relname <> 'alembic_version'",
    )
    assert other == []


def test_a_database_in_another_encoding_is_refused() -> None:
    server = postgres.server()
    name = server.fresh()
    server.drop(name)
    server.run(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0")
    with pytest.raises(InputError, match="encoding SQL_ASCII"):
        schema.create(server.url(name))
    server.drop(name)


def test_an_upgrade_of_a_current_schema_changes_nothing(url: str) -> None:
    assert schema.upgrade(url) == schema.HEAD
    open_store(url, FixedClock()).close()


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite://", "sqlite:///:memory:", "mysql://host/palang"]
)
def test_a_url_that_can_not_be_used_is_refused(url: str) -> None:
    for use in (lambda: open_store(url, FixedClock()), lambda: schema.create(url)):
        with pytest.raises(InputError):
            use()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be created"):
        schema.create(fresh_url("sqlite", tmp_path / "none"))
