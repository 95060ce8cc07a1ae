"""The same proof over PostgreSQL: the same rows are clean, the same corruptions are found."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from gateway.domain.errors import InputError
from gateway.fsck.schema import CORE, FLAG
from tests.fsck.conftest import Site
from tests.fsck.corruptions import BY_NAME
from tests.fsck.tampering import Db
from tests.fsck.town import check
from tests.peers import postgres

pytestmark = pytest.mark.postgres

_SAME = (
    "a_byte_of_a_parcel_is_flipped",
    "a_state_is_changed",
    "a_delivery_is_deleted",
    "a_node_is_changed",
    "checkpoints_are_removed",
    "a_confirmed_row_is_changed",
    "an_approval_is_removed",
    "a_streams_head_is_lowered",
    "an_accepted_number_is_changed",
    "received_bytes_are_changed",
    "a_copy_lacks_a_delivery",
    "a_table_of_somebody_is_there",
)


class Server:
    """What a corruption of SQLite needs of a connection, on PostgreSQL."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, sql: str, values: tuple[object, ...] = ()) -> Any:
        return self._connection.execute(sql.replace("?", "%s").encode(), values)


@pytest.fixture(scope="module")
def filled(original: Site) -> Iterator[str]:
    """A database with the rows of the SQLite one, by its name."""
    server = postgres.server()
    name = server.fresh(postgres.TEMPLATE)
    with _by_hand(name) as connection, closing(sqlite3.connect(original.database)) as source:
        for table, columns in CORE.items():
            _copy(source, connection, table, columns)
        connection.commit()
    yield name
    server.drop(name)


def _by_hand(name: str) -> psycopg.Connection[Any]:
    connection = psycopg.connect(_plain(postgres.server().url(name)))
    connection.execute("SET session_replication_role = replica")
    return connection


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def _copy(
    source: sqlite3.Connection, into: psycopg.Connection[Any], table: str, columns: dict[str, str]
) -> None:
    names = ", ".join(columns)
    rows = source.execute(f"SELECT {names} FROM {table}").fetchall()
    flags = [position for position, kind in enumerate(columns.values()) if kind == FLAG]
    into.execute(f"DELETE FROM {table}".encode())
    with into.cursor() as cursor:
        marks = ", ".join(["%s"] * len(columns))
        typed = [[bool(v) if i in flags else v for i, v in enumerate(row)] for row in rows]
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})".encode(), typed)


@pytest.fixture
def name(filled: str) -> Iterator[str]:
    server = postgres.server()
    fresh = server.fresh(filled)
    yield fresh
    server.drop(fresh)


def test_the_same_rows_are_clean(filled: str, original: Site) -> None:
    report = check(postgres.server().url(filled), original.trust, **original.kept())
    assert report.clean, "\n".join(report.to_lines())
    assert report.figures == original.check().figures


@pytest.mark.parametrize("spoiled", _SAME)
def test_the_same_corruptions_are_found(
    spoiled: str, name: str, original: Site, tmp_path: Path
) -> None:
    corruption = BY_NAME[spoiled]
    shutil.copytree(original.folder, tmp_path / "site")
    site = Site(tmp_path / "site", original.trust)
    with _by_hand(name) as connection:
        corruption.edit(cast(Db, Server(connection)), site.folder)
    report = check(postgres.server().url(name), site.trust, **site.kept())
    assert set(report.counts) == corruption.codes, "\n".join(report.to_lines())


def test_nothing_can_be_written_through_it(filled: str) -> None:
    from gateway.fsck.sql import open_database

    with open_database(postgres.server().url(filled)) as database, pytest.raises(InputError):
        database.rows("UPDATE deliveries SET state = 'SENT' RETURNING id")


def test_a_server_that_is_not_there_is_unreadable_and_keeps_the_password_to_itself() -> None:
    with pytest.raises(InputError) as failed:
        check("postgresql://palang:rahasia@127.0.0.1:1/palang")
    assert "rahasia" not in str(failed.value)
