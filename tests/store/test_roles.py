"""Each role tries what it may and what it may not, on a real server, as itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import make_url

from gateway.domain.errors import InputError, LedgerUnavailable
from gateway.domain.ledger import Tag
from gateway.domain.records import SignedCheckpoint
from gateway.store import roles
from gateway.store.exchange import schema as exchange_schema
from gateway.store.exchange.tables import METADATA as EXCHANGE
from gateway.store.schema import state, upgrade
from gateway.store.store import open_store
from gateway.store.tables import METADATA
from tests.peers import postgres
from tests.store.samples import FixedClock, event, officer
from tests.store.test_append_only import fill
from tests.store.to_come import ADDITIVE, to_come

pytestmark = pytest.mark.postgres

CORE = sorted(METADATA.tables)
HISTORY = sorted(
    roles.ADDED
    | {"ledger_head", "inbound", "confirmations", "attempts", "manifests", "sealings", "streams"}
)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Return the name of a database with core and exchange store side by side, full, with roles."""
    server = postgres.server()
    with postgres.database() as name:
        url = server.url(name)
        with closing(open_store(url, FixedClock())) as store:
            fill(store)
        exchange_schema.create(url)
        for _ in range(2):  # they can be repeated
            roles.apply(url, roles.exchange(name))
            roles.apply(url, roles.core(name))
            server.run(f"GRANT CONNECT ON DATABASE {name} TO palang_listener")
        yield name


def may(database: str, role: str, statement: str) -> bool:
    """Return whether the role may; what it did is rolled back."""
    server = postgres.server()
    where = f"host={server.folder} port={server.port} user={role} dbname={database}"
    with psycopg.connect(where) as connection:
        try:
            connection.execute(statement.encode())
        except InsufficientPrivilege:
            return False
        except psycopg.errors.IntegrityError:
            return True  # so far it came: a constraint or a trigger refused
        finally:
            connection.rollback()
    return True


@pytest.mark.parametrize("table", CORE)
def test_the_listener_reads_and_writes_no_core_table(database: str, table: str) -> None:
    for statement in (f"SELECT FROM {table}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        assert not may(database, roles.LISTENER, statement)
    for column in METADATA.tables[table].columns:
        assert not may(database, roles.LISTENER, f'SELECT "{column.name}" FROM {table}')


def test_the_listener_can_not_come_into_a_core_database_of_its_own() -> None:
    server = postgres.server()
    with postgres.database() as name:
        roles.apply(server.url(name), roles.core(name))
        with pytest.raises(LedgerUnavailable):
            open_store(server.url(name, roles.LISTENER), FixedClock())


@pytest.mark.parametrize("table", sorted(EXCHANGE.tables))
def test_the_listener_reads_the_exchange_store(database: str, table: str) -> None:
    assert may(database, roles.LISTENER, f"SELECT FROM {table}")
    assert not may(database, roles.LISTENER, f"DELETE FROM {table}")
    assert not may(database, roles.CONSOLE, f"SELECT FROM {table}")


@pytest.mark.parametrize("role", [roles.WORKER, roles.CONSOLE])
@pytest.mark.parametrize("table", CORE)
def test_nobody_deletes_from_or_empties_a_core_table(database: str, role: str, table: str) -> None:
    assert may(database, role, f"SELECT FROM {table}")
    loaded = table in roles.LOADED
    assert may(database, role, f"DELETE FROM {table}") is loaded
    assert not may(database, role, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", ["entries", "intake_pages", "intakes"])  # those with rows here
def test_what_the_worker_may_delete_is_incomplete_or_purged(database: str, table: str) -> None:
    server = postgres.server()
    where = f"host={server.folder} port={server.port} user={roles.WORKER} dbname={database}"
    with psycopg.connect(where) as connection:
        with pytest.raises(psycopg.errors.IntegrityError, match="never deleted"):
            connection.execute(f"DELETE FROM {table}".encode())
        connection.rollback()


@pytest.mark.parametrize("table", HISTORY)
def test_history_is_changed_by_neither_worker_nor_console(database: str, table: str) -> None:
    changed = [column.name for column in METADATA.tables[table].columns if column.name != "key"]
    for column in changed:
        statement = f'UPDATE {table} SET "{column}" = "{column}"'
        allowed = table not in roles.ADDED and column in roles.PARTLY.get(table, changed)
        assert may(database, roles.WORKER, statement) is allowed
        decides = allowed and table in roles.CONSOLE_CHANGES
        assert may(database, roles.CONSOLE, statement) is decides


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE ledger_leaves DISABLE TRIGGER ALL",
        "DROP TRIGGER ledger_leaves_frozen ON ledger_leaves",
        "DROP FUNCTION palang_refuse() CASCADE",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (id int)",
        "UPDATE schema_state SET oldest_program = ''",
    ],
)
@pytest.mark.parametrize("role", [roles.WORKER, roles.CONSOLE, roles.LISTENER])
def test_nobody_takes_the_guards_away(database: str, role: str, statement: str) -> None:
    assert not may(database, role, statement)


SEALED = (
    *("checkpoints", "manifests", "sealings", "attempts", "slices", "slice_entries", "inbound"),
    *("receipts", "confirmations", "confirmation_rows", "nothings", "outgoing", "source_lists"),
    *("gateway", "heartbeats", "schema_state"),
)


@pytest.mark.parametrize("table", SEALED)
def test_the_console_writes_nothing_that_is_sealed_sent_received_or_signed_by_the_gateway(
    database: str, table: str
) -> None:
    assert not may(database, roles.CONSOLE, f"INSERT INTO {table} DEFAULT VALUES")
    for column in METADATA.tables[table].columns:
        statement = f'UPDATE {table} SET "{column.name}" = "{column.name}"'
        assert not may(database, roles.CONSOLE, statement)


@pytest.mark.parametrize("table", CORE)
def test_the_console_adds_what_staff_decide(database: str, table: str) -> None:
    adds = table in roles.CONSOLE_ADDS | roles.CONSOLE_CHANGES
    assert may(database, roles.CONSOLE, f"INSERT INTO {table} DEFAULT VALUES") is adds


@pytest.mark.parametrize("role", [roles.WORKER, roles.CONSOLE])
def test_of_the_access_log_nobody_changes_a_row(database: str, role: str) -> None:
    assert may(database, role, "INSERT INTO access_log DEFAULT VALUES")
    for column in METADATA.tables["access_log"].columns:
        assert not may(database, role, f'UPDATE access_log SET "{column.name}" = "{column.name}"')


def test_the_worker_does_its_work_and_the_console_reads_and_decides() -> None:
    server = postgres.server()
    with postgres.database() as name:
        roles.apply(server.url(name), roles.core(name))
        with closing(open_store(server.url(name, roles.WORKER), FixedClock())) as store:
            fill(store)
        with closing(open_store(server.url(name, roles.CONSOLE), FixedClock())) as store:
            with store.read() as uow:
                assert len(uow.registry.partners()) == 2
            with store.write() as uow:
                uow.save(officer(), event(Tag.OFFICER_ENROL))
                uow.log.want_head(1, 1)
                uow.commit("officer.enrol")
            with pytest.raises(LedgerUnavailable, match="42501"), store.write() as uow:
                uow.log.put_checkpoint(SignedCheckpoint(1, "a note", 1))


def test_the_owner_raises_the_schema_and_the_others_do_not(tmp_path: Path) -> None:
    server, more = postgres.server(), (to_come(tmp_path, ADDITIVE),)
    with postgres.database() as name:
        roles.apply(server.url(name), roles.core(name))
        for role in (roles.WORKER, roles.CONSOLE):
            with pytest.raises(LedgerUnavailable, match="42501"):
                upgrade(server.url(name, role), more)
        upgrade(server.url(name, roles.OWNER), more)
        assert state(server.url(name, roles.OWNER)).revision == "9999"


def test_every_table_has_its_place() -> None:
    named = roles.ADDED | set(roles.PARTLY) | roles.FIXED
    named |= roles.CONSOLE_ADDS | roles.CONSOLE_CHANGES
    assert roles.CONSOLE_ADDS <= roles.ADDED
    assert not roles.CONSOLE_CHANGES & roles.ADDED
    assert named - {"alembic_version", "exchange_version"} <= set(CORE)
    for name, columns in roles.PARTLY.items():
        assert set(columns) <= set(METADATA.tables[name].columns.keys())


def test_sqlite_has_no_roles(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="SQLite has no roles"):
        roles.apply(f"sqlite:///{tmp_path / 'palang.db'}", [])
    assert roles.database_of(str(make_url("postgresql://postgres@/palang"))) == "palang"
    with pytest.raises(InputError, match="names no database"):
        roles.database_of("postgresql://postgres@")
