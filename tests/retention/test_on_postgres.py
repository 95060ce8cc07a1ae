"""The same on a server: a purge by the worker's own role, and a backup that its keys empty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from gateway.domain.backup import NUMBERS
from gateway.services.epoch_position import position
from gateway.store import backup, roles, schema
from tests.fsck.town import check
from tests.peers import postgres
from tests.retention.archive import Archive
from tests.services.back import world

pytestmark = pytest.mark.postgres


@contextmanager
def _as_worker(_folder: Path) -> Iterator[str]:
    """A fresh database, seen by the role that the worker has."""
    server = postgres.server()
    name = server.fresh()
    schema.create(server.url(name))
    roles.apply(server.url(name), roles.core(name))
    yield server.url(name, roles.WORKER)
    server.drop(name)


@pytest.fixture
def due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    monkeypatch.setattr(world, "DATABASE", [_as_worker])
    made = Archive(tmp_path)
    made.lived()
    made.later()
    made.ruled()
    yield made
    made.close()


def test_the_workers_role_purges_and_a_backup_of_before_stays_empty(due: Archive) -> None:
    sealed = due.folder / NUMBERS
    backup.copy(due.url, due.folder / "dump", due.clock, position, (sealed, due.periods))
    assert due.purged().tombstone.counts()["numbers"] == 4
    report = due.checked()
    assert report.clean, "\n".join(report.to_lines())
    server = postgres.server()
    fresh = server.fresh()
    backup.restore_postgresql(server.url(fresh), due.folder / "dump")
    gone = backup.fill_numbers(server.url(fresh), sealed, due.periods, due.clock)
    assert gone == ["batch 1", "batch 3"]
    stones = {"2026-11": (due.periods.gone("2026-11") or {})["tombstones"]}
    mark = due.folder / "high-water.json"
    report = check(server.url(fresh), periods=due.periods, gone=stones, high_water=mark)
    assert report.clean, "\n".join(report.to_lines())
    with psycopg.connect(server.url(fresh).replace("+psycopg", "")) as connection:
        numbers = connection.execute("SELECT number FROM entries").fetchall()
    assert numbers == [(6287011112203,)]
    server.drop(fresh)


def test_the_worker_deletes_no_number_of_a_batch_that_is_not_purged(due: Archive) -> None:
    with psycopg.connect(due.url.replace("+psycopg", "")) as connection:
        for table in ("entries", "entry_sources"):
            with pytest.raises(psycopg.errors.IntegrityError, match="never deleted"):
                connection.execute(f"DELETE FROM {table}".encode())
            connection.rollback()
        with pytest.raises(psycopg.errors.IntegrityError, match="do not change"):
            connection.execute("UPDATE slice_entries SET number = 6287011112299")
