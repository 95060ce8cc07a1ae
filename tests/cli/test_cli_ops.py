"""The commands of whoever runs a gateway, over a real home: db, backup, restore."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gateway.domain import failpoints
from gateway.main.backup_command_file import staging
from gateway.main.restore_settings import assigned
from gateway.store import schema
from gateway.store.exchange import schema as exchange
from gateway.store.exchange import schema as exchange_schema
from gateway.store.exchange.store import open_exchange
from tests.cli.desk import Desk as Desk  # for test_cli_ops_told.py
from tests.cli.desk import findings
from tests.store.test_backup import small_files

# --- db -------------------------------------------------------------------------------------------


def older(desk: Desk) -> None:
    """A database of the first schema, as an older program left it."""
    from alembic import command
    from sqlalchemy import create_engine

    desk.database.unlink()
    engine = create_engine(f"sqlite:///{desk.database}")
    config = schema.alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    engine.dispose()


def test_an_upgrade_makes_an_exchange_store_that_is_not_there(desk: Desk, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.sqlite'}"
    made = desk.done("db", "upgrade", "--exchange", url)["exchange store"]
    assert (made["before"], made["after"], made["copy"]) == ("", exchange_schema.HEAD, "")
    open_exchange(url).close()
    assert "Nothing to do" in desk.run("db", "upgrade", "--exchange", url).stdout


def test_an_upgrade_copies_first_and_brings_the_schema(desk: Desk) -> None:
    older(desk)
    due = json.loads(desk.run("db", "status", "--json").stdout)
    assert due["database"]["found"] == "0002"
    assert desk.run("db", "status").exit_code == 1
    done = desk.done("db", "upgrade")["database"]
    assert (done["before"], done["after"]) == ("0002", schema.HEAD)
    copy = sqlite3.connect(done["copy"])
    assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)
    copy.close()
    assert Path(done["copy"]).stat().st_mode & 0o077 == 0
    assert desk.run("db", "status").exit_code == 0
    assert "Nothing to do" in desk.run("db", "upgrade").stdout
    assert findings(desk, "--no-network")["copies"]["level"] == "WARNING"


def test_a_newer_schema_is_refused_and_left_as_it_is(desk: Desk) -> None:
    database = sqlite3.connect(desk.database)
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.execute("UPDATE schema_state SET oldest_program = '9999'")
    database.commit()
    database.close()
    for words in (("db", "upgrade"), ("worker", "--once"), ("batch", "list")):
        found = desk.run(*words)
        assert found.exit_code == 1, found.stdout
        assert "9999" in found.stderr
        assert "newer" in found.stderr
    assert not list((desk.home / "state").glob("backups/*"))
    assert findings(desk, "--no-network")["databases"]["level"] == "CRITICAL"


# --- backup and restore ---------------------------------------------------------------------------


def test_a_backup_is_restored_as_it_was(desk: Desk) -> None:
    made = desk.backed_up(desk.folder)
    backup = Path(made["file"])
    assert backup.stat().st_mode & 0o077 == 0
    assert not list(desk.folder.glob("*.part"))
    new = desk.folder / "baru"
    assert desk.restored(backup, new).exit_code == 0
    for name in ("secrets/unlock", *(f"keys/{p.name}" for p in (desk.home / "keys").glob("*.pem"))):
        assert (new / name).read_bytes() == (desk.home / name).read_bytes()
        assert (new / name).stat().st_mode & 0o077 == 0
    assert {one["level"] for one in _own_checks(desk, new)} == {"OK"}


def _own_checks(desk: Desk, home: Path) -> list[dict[str, Any]]:
    told = desk.run("doctor", "--no-network", "--json", home=home)
    found = json.loads(told.stdout)["findings"]
    return [f for f in found if f["name"] in ("own-keys", "unlock", "append-only", "databases")]


def test_nothing_starts_in_a_restored_home_before_its_epoch_is_open(desk: Desk) -> None:
    target, new = desk.folder / "b.backup", desk.folder / "baru"
    desk.backed_up(target)
    assert desk.restored(target, new).exit_code == 0
    for words in (("worker", "--once"), ("worker",), ("up",)):
        told = desk.run(*words, home=new)
        assert told.exit_code == 1, told
        assert "no new one is open" in told.stderr
        assert "palang epoch propose" in told.stderr
    (new / "state" / "restored.json").unlink()  # the high-water file says it too
    told = desk.run("worker", "--once", home=new)
    assert told.exit_code == 1, told
    assert "epoch 1, the file has 2" in told.stderr


def test_a_restore_that_fails_leaves_no_home(desk: Desk) -> None:
    target, new = desk.folder / "b.backup", desk.folder / "baru"
    desk.backed_up(target)
    data = bytearray(target.read_bytes())
    data[-100] ^= 1
    target.write_bytes(data)
    told = desk.restored(target, new)
    assert told.exit_code == 1, told
    assert "is not what was sealed" in told.stderr
    assert not new.exists()
    assert not new.with_name("baru.part").exists()


def test_a_file_that_is_there_is_never_overwritten(desk: Desk) -> None:
    target = desk.folder / "b.backup"
    desk.backed_up(target)
    before = target.read_bytes()
    told = desk.run("backup", "--to", target, "--offline-key", desk.offline())
    assert told.exit_code == 1
    assert "is there already" in told.stderr
    assert target.read_bytes() == before


def test_a_home_that_is_not_empty_is_never_restored_into(desk: Desk) -> None:
    target = desk.folder / "b.backup"
    desk.backed_up(target)
    told = desk.restored(target, desk.home)
    assert told.exit_code == 1
    assert "is not empty" in told.stderr


def test_two_backups_at_once_do_not_take_each_others_copies_away(desk: Desk) -> None:
    with staging(desk.home / "state"):
        told = desk.run("backup", "--to", desk.folder, "--offline-key", desk.offline())
    assert told.exit_code == 1
    assert "another backup is running" in told.stderr


def test_what_a_killed_backup_left_in_clear_is_removed_by_the_next_one(desk: Desk) -> None:
    left = desk.home / "state" / "backup-killed"
    left.mkdir()
    (left / "database.sqlite").write_bytes(b"numbers")
    desk.backed_up(desk.folder)
    assert not left.exists()


def test_a_private_key_given_for_the_public_one_is_refused(desk: Desk) -> None:
    desk.offline()
    told = desk.run("backup", "--to", desk.folder, "--offline-key", desk.folder / "off.pem")
    assert told.exit_code == 2
    assert "private key" in told.stderr
    assert not list(desk.folder.glob("*.backup"))


def test_a_full_disk_says_so_and_leaves_nothing(desk: Desk) -> None:
    public, to = desk.offline(), desk.folder / "disk"
    to.mkdir()
    exchange.create(f"sqlite:///{desk.home / 'state' / 'exchange.sqlite'}")
    with small_files(desk.database.stat().st_size + 8192):  # each copy fits, both do not
        told = desk.run("backup", "--to", to, "--offline-key", public)
    assert told.exit_code == 1, told
    assert f"no room in {to}" in told.stderr
    assert list(to.iterdir()) == []
    assert not list((desk.home / "state").glob("backup-*"))
    assert not (desk.home / "state" / "last-backup.json").exists()


def test_killed_before_its_last_step_there_is_no_backup_and_the_next_one_is_whole(
    desk: Desk,
) -> None:
    class Killed(BaseException):
        pass

    def kill(point: str) -> None:
        if point == "before:backup.rename":
            raise Killed

    target = desk.folder / "b.backup"
    public = desk.offline()
    failpoints.arm(kill)
    try:
        with pytest.raises(Killed):
            desk.run("backup", "--to", target, "--offline-key", public)
    finally:
        failpoints.arm(None)
    assert not target.exists()
    desk.backed_up(target)
    assert desk.restored(target, desk.folder / "baru").exit_code == 0


def test_a_folder_that_is_not_there_says_so(desk: Desk) -> None:
    told = desk.run("backup", "--to", desk.folder / "none" / "x", "--offline-key", desk.offline())
    assert told.exit_code == 2
    assert "can't be written" in told.stderr


def test_the_exchange_store_comes_along(desk: Desk) -> None:
    file = desk.home / "state" / "exchange.sqlite"
    exchange.create(f"sqlite:///{file}")
    target, new = desk.folder / "b.backup", desk.folder / "baru"
    desk.backed_up(target)
    assert desk.restored(target, new).exit_code == 0
    assert (new / "state" / "exchange.sqlite").is_file()


def test_an_epoch_that_is_good_needs_no_other(desk: Desk) -> None:
    told = desk.run("epoch", "show")
    assert told.exit_code == 1
    assert "as new as its high-water file" in told.stderr


def test_a_database_put_back_by_hand_is_opened_by_two_officers_too(desk: Desk) -> None:
    """Nothing was restored by the command: the high-water file in its own place tells."""
    mark = {"v": 1, "epoch": 1, "ledger": 500, "streams": {}}
    (desk.home / "state" / "high-water.json").write_text(json.dumps(mark))
    shown = desk.done("epoch", "show")
    assert (shown["epoch"], shown["backup"], shown["high_water"]) == (2, "", True)


def test_settings_move_with_the_home() -> None:
    text = 'database = "sqlite:////lama/x"\n# catatan\n[exchange]\nlisten = "0.0.0.0:1"\n[mail]\n'
    moved = assigned(text, "", {"database": None, "state": "state"})
    assert moved.startswith('state = "state"\n# catatan\n')
    both = assigned(moved, "exchange", {"database": "postgresql+psycopg://h/x"})
    assert '[exchange]\ndatabase = "postgresql+psycopg://h/x"\nlisten' in both
    assert assigned("a = 1", "status", {"b": "c"}) == 'a = 1\n\n[status]\nb = "c"\n'
    assert assigned("a = 1", "status", {"b": None}) == "a = 1"
