"""F10: programs of two versions on one database, in both orders, and a migration that is killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command

from gateway.domain.errors import Conflict
from gateway.domain.ledger import Tag
from gateway.store import schema
from gateway.store.engine import make_engine, read_url
from gateway.store.store import open_store
from tests.store.conftest import DATABASES, fresh_url
from tests.store.damage import raw
from tests.store.samples import FixedClock, event, officer, seed
from tests.store.test_processes import ROOT, check, start
from tests.store.to_come import ADDITIVE, BREAKING, SILENT, to_come


@pytest.fixture(params=DATABASES)
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a database as the first programs made it."""
    url = fresh_url(request.param, tmp_path)
    if request.param == "sqlite":
        (tmp_path / "palang.db").touch(0o600)
    engine = make_engine(read_url(url))
    settings = schema.alembic_config()
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
    engine.dispose()
    raw(
        url,
        "INSERT INTO officers VALUES ('siti', 'Siti', 'kid', 1, 'live')",
        "INSERT INTO counters VALUES ('other', 7)",
    )
    yield url


def test_the_first_schema_is_refused_until_it_is_raised_and_keeps_its_rows(old_url: str) -> None:
    assert schema.state(old_url) == schema.SchemaState("0001", "0001")
    with pytest.raises(Conflict, match=f"has schema 0001, this program needs {schema.HEAD}") as why:
        open_store(old_url, FixedClock())
    assert "palang db upgrade" in why.value.hint
    assert schema.upgrade(old_url) == "0001"
    with closing(open_store(old_url, FixedClock())) as store, store.write() as uow:
        assert [one.id for one in uow.registry.officers()] == ["siti"]
        seed(uow)
        uow.commit("batch.release")
    assert raw(old_url, "SELECT value FROM counters WHERE name = 'other'")[0][0] == 7


def test_a_program_works_on_a_newer_schema_that_only_adds(url: str, tmp_path: Path) -> None:
    assert schema.upgrade(url, (to_come(tmp_path, ADDITIVE),)) == schema.HEAD
    assert schema.state(url) == schema.SchemaState("9999", schema.HEAD)
    with closing(open_store(url, FixedClock())) as store:
        with store.write() as uow:
            seed(uow)
            uow.save(officer(), event(Tag.OFFICER_ENROL))
            uow.commit("officer.enrol")
        with store.read() as uow:
            assert [one.id for one in uow.registry.officers()] == ["siti"]


@pytest.mark.parametrize("body", [BREAKING, SILENT], ids=["breaking", "silent"])
def test_a_program_refuses_a_newer_schema_that_breaks_it(
    url: str, tmp_path: Path, body: str
) -> None:
    schema.upgrade(url, (to_come(tmp_path, body),))
    with pytest.raises(Conflict, match="only for programs from 9999 on") as why:
        open_store(url, FixedClock())
    assert "a newer one" in why.value.hint
    with pytest.raises(Conflict, match="newer"):
        schema.upgrade(url)  # there is no way back


def _upgrader(url: str, folder: Path, point: str = "") -> subprocess.Popen[bytes]:
    where = (sys.executable, "-m", "tests.store.upgrader", url, str(folder), point)
    return subprocess.Popen(where, cwd=ROOT)


def test_old_programs_write_on_while_the_schema_is_raised_under_them(
    url: str, tmp_path: Path
) -> None:
    workers = [start(url, name, 60) for name in ("a", "b")]
    while len(raw(url, "SELECT id FROM batches LIMIT 5")) < 5:
        time.sleep(0.01)
    assert _upgrader(url, to_come(tmp_path, ADDITIVE)).wait(60) == 0
    assert [worker.wait(60) for worker in workers] == [0, 0]
    with closing(open_store(url, FixedClock())) as store:
        assert sorted(check(store)) == ["a"] * 60 + ["b"] * 60
    assert schema.state(url).revision == "9999"


@pytest.mark.parametrize("runs", [1, pytest.param(10, marks=pytest.mark.long)])
def test_a_migration_that_is_killed_leaves_the_old_schema_in_use(
    url: str, tmp_path: Path, runs: int
) -> None:
    folder, worker = to_come(tmp_path, BREAKING), start(url, "a", 40)
    for _ in range(runs):
        assert _upgrader(url, folder, "before:schema.upgrade").wait(60) == -9
        assert schema.state(url).revision == schema.HEAD
    assert worker.wait(60) == 0
    with closing(open_store(url, FixedClock())) as store:
        assert check(store) == ["a"] * 40
    assert _upgrader(url, folder).wait(60) == 0
    assert schema.state(url).revision == "9999"


def test_two_who_raise_the_schema_at_once_end_with_one_change(url: str, tmp_path: Path) -> None:
    folder = to_come(tmp_path, ADDITIVE)
    upgraders = [_upgrader(url, folder) for _ in range(2)]
    codes = [one.wait(60) for one in upgraders]
    assert 0 in codes  # the slower one finds it done, or refuses what it takes for newer
    assert schema.state(url) == schema.SchemaState("9999", schema.HEAD)
