"""Copies of a running database: one moment, whole, without what was deleted; sealed archives."""

from __future__ import annotations

import io
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from gateway.domain.backup import BackupManifest, Member, Position, is_member
from gateway.domain.errors import Conflict, InputError, NotFound, NotVerified
from gateway.domain.ledger import Tag
from gateway.ports import UnitOfWork
from gateway.services.epoch_position import position
from gateway.store import backup, backup_archive, backup_tools, roles, schema
from gateway.store.store import SqlStore, open_store
from tests.peers import postgres
from tests.store import samples
from tests.store.conftest import fresh_url
from tests.store.samples import FixedClock, event


def fill(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(samples.gateway(), event(Tag.GATEWAY_INIT))
        samples.seed(uow)
        uow.commit("gateway.init")


def grow(store: SqlStore) -> None:
    """A change with its leaf."""
    with store.write() as uow:
        uow.note(event(Tag.AUDIT_EXPORT))
        uow.commit("audit.export")


# --- SQLite and, where it is, PostgreSQL ----------------------------------------------------------


def test_a_copy_is_what_the_look_saw(
    store: SqlStore, url: str, clock: FixedClock, tmp_path: Path
) -> None:
    fill(store)
    seen = backup.copy(url, tmp_path / "copy", clock, position)
    grow(store)
    with store.read() as uow:
        now = position(uow)
    assert (seen.ledger, now.ledger) == (seen.ledger, seen.ledger + 1)
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


def test_the_copy_has_everything_that_was_committed(
    store: SqlStore, url: str, clock: FixedClock, tmp_path: Path
) -> None:
    fill(store)
    seen = backup.copy(url, tmp_path / "copy", clock, position)
    again = open_store(restored(tmp_path / "copy", backup.kind(url)), clock)
    with again.read() as uow:
        assert position(uow) == seen
        assert uow.deliveries.delivery(samples.D1).state == "QUEUED"
    samples.refused(again, replace(samples.gateway(), name="lain"), "rule|change")
    grow(again)
    again.close()


def restored(copy: Path, kind: str) -> str:
    """The URL of a database that was made from a copy."""
    if kind == "sqlite":
        backup.check_sqlite(copy)
        return f"sqlite:///{copy}"
    fresh = fresh_url(kind, copy.parent)
    backup.restore_postgresql(fresh, copy)
    with pytest.raises(Conflict, match="tables already"):
        backup.restore_postgresql(fresh, copy)
    return fresh


@pytest.mark.postgres
def test_the_workers_own_role_may_copy_a_server(clock: FixedClock, tmp_path: Path) -> None:
    """A backup needs no more rights than the worker has."""
    name = postgres.server().fresh()
    server_url = postgres.server().url(name)
    schema.create(server_url)
    roles.apply(server_url, roles.core(name))
    as_worker = postgres.server().url(name, roles.WORKER)
    opened = open_store(server_url, clock)
    fill(opened)
    opened.close()
    seen = backup.copy(as_worker, tmp_path / "copy", clock, position)
    assert seen.ledger > 0
    restored(tmp_path / "copy", "postgresql")


def test_copies_made_while_others_write_are_each_of_one_moment(
    store: SqlStore, url: str, clock: FixedClock, tmp_path: Path
) -> None:
    fill(store)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            grow(store)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        sizes = [backup.copy(url, tmp_path / str(n), clock, whole).ledger for n in range(5)]
    finally:
        stop.set()
        writer.join()
    assert sizes == sorted(sizes)


def whole(uow: UnitOfWork) -> Position:
    """A view in which head, leaves and tree agree."""
    found = position(uow)
    assert len(list(uow.log.leaves(0, found.ledger + 1))) == found.ledger
    return found


# --- SQLite alone ---------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.sqlite"
    made = sqlite3.connect(path)
    made.executescript(
        "PRAGMA secure_delete = OFF; PRAGMA journal_mode = WAL; CREATE TABLE t (v TEXT);"
    )
    made.executemany("INSERT INTO t VALUES (?)", [(f"rahasia-{n}" * 50,) for n in range(400)])
    made.commit()
    made.execute("DELETE FROM t")
    made.commit()
    made.close()
    return path


def test_a_copy_leaves_out_what_was_deleted(file: Path, tmp_path: Path) -> None:
    assert b"rahasia" in file.read_bytes()
    backup.copy_plain(f"sqlite:///{file}", tmp_path / "copy")
    assert b"rahasia" not in (tmp_path / "copy").read_bytes()


def test_a_missing_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no database file"):
        backup.copy_plain(f"sqlite:///{tmp_path / 'none'}", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_full_disk_says_so_and_leaves_nothing(file: Path, tmp_path: Path) -> None:
    filled = sqlite3.connect(file)
    filled.executemany("INSERT INTO t VALUES (?)", [("x" * 4000,) for _ in range(500)])
    filled.commit()
    filled.close()
    with small_files(200_000), pytest.raises(Conflict, match=r"room|can't be copied"):
        backup.copy_plain(f"sqlite:///{file}", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """No file of this process may grow beyond: what a full disk does to a writer."""
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)


def test_a_damaged_copy_is_found(file: Path, tmp_path: Path) -> None:
    filled = sqlite3.connect(file)
    filled.execute("CREATE INDEX i ON t (v)")
    filled.executemany("INSERT INTO t VALUES (?)", [(f"{n:06d}" * 100,) for n in range(500)])
    filled.commit()
    filled.close()
    copy = tmp_path / "copy"
    backup.copy_plain(f"sqlite:///{file}", copy)
    backup.check_sqlite(copy)
    data = bytearray(copy.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\0" * 4096
    copy.write_bytes(data)
    with pytest.raises((Conflict, sqlite3.DatabaseError)):
        backup.check_sqlite(copy)


# --- PostgreSQL's tools ---------------------------------------------------------------------------


def test_a_server_without_its_tools_here_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_tools, "find", lambda _program: None)
    with pytest.raises(Conflict) as told:
        backup.copy_plain("postgresql+psycopg://u@localhost/x", tmp_path / "copy")
    assert "postgresql-client" in told.value.hint
    assert not (tmp_path / "copy").exists()


def test_what_a_tool_says_never_shows_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "pg_dump"
    words = 'echo "DETAIL: Key (number)=(6287000000001) exists" >&2; echo "role is missing" >&2'
    tool.write_text(f"#!/bin/sh\n{words}\nexit 3\n")
    tool.chmod(0o755)
    monkeypatch.setattr(backup_tools, "find", lambda _program: str(tool))
    with pytest.raises(Conflict) as told:
        backup.copy_plain("postgresql+psycopg://u:rahasia@localhost/x", tmp_path / "copy")
    assert "role is missing" in str(told.value)
    assert "6287" not in str(told.value)
    assert "rahasia" not in str(told.value)


def test_the_password_is_not_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "pg_dump"
    tool.write_text(f'#!/bin/sh\necho "$@ / $PGPASSWORD" > {tmp_path}/said\n')
    tool.chmod(0o755)
    monkeypatch.setattr(backup_tools, "find", lambda _program: str(tool))
    backup.copy_plain("postgresql+psycopg://u:rahasia@localhost/x", tmp_path / "copy")
    said = (tmp_path / "said").read_text()
    options, _, password = said.partition(" / ")
    assert "rahasia" not in options
    assert "--dbname=postgresql://u@localhost/x" in options
    assert password.strip() == "rahasia"


def test_a_dump_is_not_restored_into_sqlite(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="PostgreSQL"):
        backup.restore_postgresql(f"sqlite:///{tmp_path / 'x'}", tmp_path / "dump")


# --- the archive ----------------------------------------------------------------------------------

AT = Position("palang-uji", 1, 3, "sha256:" + "0" * 64, "", (("opr-uji-a", 4),))


def archive(**contents: bytes) -> tuple[BackupManifest, dict[str, backup_archive.Source]]:
    sources: dict[str, backup_archive.Source] = {"database.sqlite": b"SQLite" * 400_000}
    sources |= {name.replace("_", "/"): data for name, data in contents.items()}
    members = tuple(backup_archive.measure(name, data) for name, data in sources.items())
    return BackupManifest(1_795_000_000_000_000, "0.1.0", "0001", AT, members), sources


def written(made: BackupManifest, sources: dict[str, backup_archive.Source]) -> bytes:
    target = io.BytesIO()
    backup_archive.write(target, made, sources)
    return target.getvalue()


class Kept:
    """Keeps members in memory."""

    def __init__(self) -> None:
        self.members: dict[str, bytes] = {}

    @contextmanager
    def put(self, member: Member) -> Iterator[BinaryIO]:
        place = io.BytesIO()
        yield place
        self.members[member.name] = place.getvalue()


def test_an_archive_gives_back_every_member() -> None:
    made, sources = archive(keys_a=b"kunci", secrets_unlock=b"rahasia")
    kept = Kept()
    assert backup_archive.read(io.BytesIO(written(made, sources)), kept.put) == made
    assert kept.members == sources


def test_a_member_that_changed_since_it_was_measured_is_found() -> None:
    made, sources = archive(keys_a=b"kunci")
    data = written(made, sources | {"keys/a": b"kunco"})
    with pytest.raises(NotVerified) as told:
        backup_archive.read(io.BytesIO(data), Kept().put)
    assert told.value.reason == "bad-digest"


@pytest.mark.parametrize(
    "name",
    ["../etc/passwd", "/etc/passwd", "keys/../../x", "keys/.ssh", "state/x", "palang.toml.x"],
)
def test_a_name_that_no_member_has_is_refused(name: str) -> None:
    assert not is_member(name)
    made, sources = archive()
    odd = BackupManifest(
        made.made, "0.1.0", "0001", AT, (*made.members, backup_archive.measure(name, b"x"))
    )
    with pytest.raises(NotVerified):
        backup_archive.read(io.BytesIO(written(odd, sources | {name: b"x"})), Kept().put)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_a_member_that_is_no_file_is_refused(kind: bytes) -> None:
    made, _ = archive()
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        body = made.to_bytes()
        head = tarfile.TarInfo("manifest.json")
        head.size = len(body)
        tar.addfile(head, io.BytesIO(body))
        odd = tarfile.TarInfo("database.sqlite")
        odd.type, odd.linkname = kind, "/etc/passwd"
        tar.addfile(odd)
    with pytest.raises(NotVerified, match="not in its place"):
        backup_archive.read(io.BytesIO(target.getvalue()), Kept().put)


def test_more_than_the_manifest_lists_is_refused() -> None:
    made, sources = archive()
    target = io.BytesIO(written(made, sources))
    with tarfile.open(fileobj=target, mode="a") as tar:
        more = tarfile.TarInfo("keys/more")
        more.size = 1
        tar.addfile(more, io.BytesIO(b"x"))
    with pytest.raises(NotVerified, match="more than"):
        backup_archive.read(io.BytesIO(target.getvalue()), Kept().put)


def test_something_that_is_no_tar_is_refused() -> None:
    with pytest.raises(NotVerified) as told:
        backup_archive.read(io.BytesIO(b"x" * 10_000), Kept().put)
    assert told.value.reason == "malformed"
