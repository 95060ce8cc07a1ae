"""The commands of whoever runs a gateway, over a real home: status, doctor, metrics, db, backup."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from prometheus_client.parser import text_string_to_metric_families

from gateway.cli.status import one_line, performance
from gateway.domain import failpoints
from gateway.domain.errors import InputError
from gateway.domain.health import Figures, Finding, Heartbeat, Level
from gateway.main import cli
from gateway.main.backup_command_file import staging
from gateway.main.heart import RHYTHM, STALE, Heart
from gateway.main.making import make
from gateway.main.metrics import MetricsServer
from gateway.main.restore_settings import assigned
from gateway.main.wiring import SystemClock
from gateway.store import schema
from gateway.store.exchange import schema as exchange
from gateway.store.exchange import schema as exchange_schema
from gateway.store.exchange.store import open_exchange
from gateway.store.figures import SqlFigures
from gateway.store.heartbeats import SqlHeartbeats
from gateway.store.store import open_store
from tests.store import samples
from tests.store.samples import FixedClock
from tests.store.test_backup import small_files

SECRET = b"rahasia-luring\n"


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway that tests copy; making one takes a second."""
    home = Path(tmp_path_factory.mktemp("ops")) / "gw"
    make(home, "palang-uji", True)
    return home


@dataclass
class Desk:
    """A terminal on a gateway of its own."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "gw"

    @property
    def database(self) -> Path:
        return self.home / "state" / "palang.sqlite"

    def run(self, *words: object, home: Path | None = None) -> Result:
        return CliRunner().invoke(cli(), ["--home", str(home or self.home), *map(str, words)])

    def done(self, *words: object, home: Path | None = None) -> dict[str, Any]:
        result = self.run(*words, "--json", home=home)
        assert result.exit_code == 0, (result.stdout, result.stderr)
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def beat(self) -> None:
        store = open_store(f"sqlite:///{self.database}", SystemClock())
        Heart(SqlHeartbeats(store), SystemClock()).beat()
        store.close()

    def offline(self) -> Path:
        """The public half of a new offline key."""
        (self.folder / "frasa").write_bytes(SECRET)
        words = [
            "offline-key",
            "--key",
            self.folder / "off.pem",
            "--public",
            self.folder / "off.pub",
        ]
        if not (self.folder / "off.pub").exists():
            self.done(*words, "--passphrase-file", self.folder / "frasa")
        return self.folder / "off.pub"

    def backed_up(self, to: Path) -> dict[str, Any]:
        return self.done("backup", "--to", to, "--offline-key", self.offline())

    def restored(self, backup: Path, home: Path) -> Result:
        key = ["--offline-key", self.folder / "off.pem", "--passphrase-file", self.folder / "frasa"]
        return self.run("restore", backup, *key, home=home)


@pytest.fixture
def desk(pattern: Path, tmp_path: Path) -> Desk:
    shutil.copytree(pattern, tmp_path / "gw")
    return Desk(tmp_path)


# --- status ---------------------------------------------------------------------------------------


def test_a_check_is_one_line_with_the_exit_code_of_its_level(desk: Desk) -> None:
    desk.backed_up(desk.folder / "b.backup")
    first = desk.run("status", "--check")
    assert first.exit_code == 2
    assert first.stdout.startswith("PALANG CRITICAL - worker: no worker has run here; next: ")
    assert first.stdout.count("\n") == 1
    desk.beat()
    again = desk.run("status", "--check")
    assert again.exit_code in (0, 1), again.stdout  # this machine's disk and clock are its own
    assert "worker" not in again.stdout.partition(" | ")[0]
    assert " | worker=" in again.stdout


def test_a_gateway_that_can_not_be_read_is_critical_in_one_line(desk: Desk) -> None:
    desk.database.write_bytes(b"not a database" * 1000)
    for home in (desk.home, desk.folder / "none"):
        found = desk.run("status", "--check", home=home)
        assert found.exit_code == 2
        assert found.stdout.startswith("PALANG CRITICAL - ")
        assert found.stdout.count("\n") == 1


def test_status_for_a_person_names_every_next_step(desk: Desk) -> None:
    found = desk.run("status")
    assert found.exit_code == 0
    assert "Next (worker):" in found.stdout
    assert "Next (backup): palang backup" in found.stdout


def test_thresholds_stand_in_the_performance_data_as_nagios_reads_them() -> None:
    age = Finding("unsent", Level.OK, "", figure=12.0, unit="s", warn=3600, crit=21600)
    days = Finding("keys", Level.OK, "", figure=729, warn=60, crit=7, floor=True)
    assert performance(age) == "unsent=12s;3600;21600"
    assert performance(days) == "keys=729;60:;7:"
    assert performance(Finding("clock", Level.OK, "synchronised")) == ""


def test_the_worst_comes_first_and_nothing_breaks_the_line() -> None:
    found = [
        Finding("a", Level.OK, "fine"),
        Finding("b", Level.WARNING, "one\ntwo | three", "look", figure=1),
        Finding("c", Level.CRITICAL, "bad", "act"),
    ]
    line = one_line(found)
    assert line == "PALANG CRITICAL - c: bad; next: act; b: one two / three; next: look | b=1"


# --- doctor ---------------------------------------------------------------------------------------


def findings(desk: Desk, *words: str) -> dict[str, dict[str, Any]]:
    """The worst finding of each name."""
    result = desk.run("doctor", "--json", *words)
    found: dict[str, dict[str, Any]] = {}
    order = ["OK", "WARNING", "CRITICAL"]
    for one in json.loads(result.stdout)["findings"]:
        before = found.get(one["name"])
        if before is None or order.index(one["level"]) > order.index(before["level"]):
            found[one["name"]] = one
    return found


SETUP = {
    *("program", "settings", "folders", "unlock", "own-keys", "databases", "append-only"),
    *("high-water", "copies", "exchange", "units", "worker", "ledger", "disk", "clock", "keys"),
}


def test_a_new_gateway_is_examined_by_every_module(desk: Desk) -> None:
    found = findings(desk, "--no-network")
    assert set(found) >= SETUP
    bad = {name for name, one in found.items() if one["level"] == "CRITICAL"}
    assert bad - {"disk"} == {"worker"}
    assert f"palang {version('palang')}" in found["program"]["text"]


def _open_to_others(desk: Desk) -> None:
    (desk.home / "keys").chmod(0o755)


def _without_unlock(desk: Desk) -> None:
    (desk.home / "secrets" / "unlock").unlink()


def _without_a_key(desk: Desk) -> None:
    next((desk.home / "keys").glob("checkpoint-*.pem")).unlink()


def _another_key(desk: Desk) -> None:
    one = next((desk.home / "keys").glob("checkpoint-*.pem"))
    one.write_bytes(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")


def _without_a_trigger(desk: Desk) -> None:
    database = sqlite3.connect(desk.database)
    database.execute("DROP TRIGGER ledger_leaves_kept")
    database.commit()
    database.close()


def _without_high_water(desk: Desk) -> None:
    (desk.home / "state" / "high-water.json").unlink()


def _a_file_that_is_not_there(desk: Desk) -> None:
    settings = desk.home / "palang.toml"
    text = assigned(settings.read_text(), "exchange", {"tls_cert": "tls.pem"})
    settings.write_text(text)


@pytest.mark.parametrize(
    ("damage", "name", "words"),
    [
        (_open_to_others, "folders", "open to others"),
        (_without_unlock, "unlock", "no secret file"),
        (_without_a_key, "own-keys", "checkpoint"),
        (_another_key, "own-keys", "checkpoint"),
        (_without_a_trigger, "append-only", "ledger_leaves_kept"),
        (_without_high_water, "high-water", "is missing"),
        (_a_file_that_is_not_there, "exchange", "tls_cert (tls.pem)"),
    ],
)
def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(
    desk: Desk, damage: Any, name: str, words: str
) -> None:
    assert findings(desk, "--no-network")[name]["level"] == "OK"
    damage(desk)
    found = findings(desk, "--no-network")[name]
    assert found["level"] == "CRITICAL", found
    assert words in found["text"]
    assert found["advice"]
    assert desk.run("doctor", "--no-network").exit_code == 1


# --- metrics --------------------------------------------------------------------------------------


class Standing:
    """Figures that stand still, or can't be read."""

    def __init__(self, found: Figures | None) -> None:
        self.found = found

    def read(self) -> Figures:
        if self.found is None:
            raise InputError("row 6287000000001")
        return self.found


@pytest.fixture
def served(desk: Desk) -> Iterator[str]:
    store = open_store(f"sqlite:///{desk.database}", SystemClock())
    with store.write() as uow:
        samples.seed(uow)
        uow.commit("batch.release")
    desk.beat()
    yield from _serve(MetricsServer(SqlFigures(store), SystemClock(), "127.0.0.1:0"))
    store.close()


def _serve(server: MetricsServer) -> Iterator[str]:
    stop = threading.Event()
    running = threading.Thread(target=server.run, args=(stop,))
    running.start()
    yield f"http://{server.address}"
    stop.set()
    running.join()


def scraped(address: str) -> dict[str, dict[tuple[str, ...], float]]:
    with urllib.request.urlopen(f"{address}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    return {
        family.name: {tuple(s.labels.values()): s.value for s in family.samples}
        for family in text_string_to_metric_families(text)
    }


def test_prometheus_reads_counts_by_partner_and_state(served: str) -> None:
    found = scraped(served)
    assert found["palang_up"] == {(): 1}
    assert found["palang_deliveries"] == {("opr-uji-a", "QUEUED"): 1}
    assert found["palang_oldest_unsent_seconds"][("opr-uji-a",)] >= 0
    assert found["palang_ledger_leaves"][()] > 0
    assert len(found["palang_heartbeat_age_seconds"]) == 1


def test_there_is_nothing_but_metrics(served: str) -> None:
    for path in ("/", "/metrics/", "/etc/passwd"):
        with pytest.raises(urllib.error.HTTPError) as told:
            urllib.request.urlopen(served + path, timeout=30)
        assert told.value.code == 404
        told.value.close()


def test_figures_that_can_not_be_read_are_down_and_quote_nothing() -> None:
    for address in _serve(MetricsServer(Standing(None), FixedClock(), "127.0.0.1:0")):
        assert scraped(address) == {"palang_up": {(): 0}}


def test_an_address_that_is_taken_says_so(served: str) -> None:
    with pytest.raises(InputError, match="can't be listened on"):
        MetricsServer(Standing(None), FixedClock(), served.removeprefix("http://"))
    with pytest.raises(InputError, match="HOST:PORT"):
        MetricsServer(Standing(None), FixedClock(), "9464")


# --- heartbeats -----------------------------------------------------------------------------------


class Rows:
    """Heartbeats in memory."""

    def __init__(self, *beats: Heartbeat) -> None:
        self.rows = {beat.worker: beat for beat in beats}

    def keep(self, beat: Heartbeat) -> None:
        self.rows[beat.worker] = beat

    def all(self) -> tuple[Heartbeat, ...]:
        return tuple(self.rows.values())


def test_a_worker_that_starts_again_takes_a_dead_ones_place() -> None:
    clock, rows = FixedClock(), Rows()
    Heart(rows, clock).beat()
    (mine,) = rows.all()
    dead = Heartbeat(mine.worker, mine.host, 2**22 + 7, "0.1.0", clock.at)  # beyond any pid
    rows = Rows(dead)
    Heart(rows, clock).beat()
    assert set(rows.rows) == {mine.worker}
    assert rows.rows[mine.worker].pid == mine.pid


def test_two_that_wrote_one_row_at_once_end_with_a_row_each() -> None:
    clock, rows = FixedClock(), Rows()
    heart = Heart(rows, clock)
    heart.beat()
    (mine,) = rows.all()
    rows.keep(Heartbeat(mine.worker, mine.host, os.getppid(), "0.1.0", clock.at))  # over ours
    clock.at += RHYTHM
    heart.beat()
    assert len(rows.rows) == 2


def test_a_living_worker_and_another_hosts_keep_their_places() -> None:
    clock = FixedClock()
    rows = Rows()
    Heart(rows, clock).beat()
    (mine,) = rows.all()
    living = Heartbeat(mine.worker, mine.host, os.getppid(), "0.1.0", clock.at)
    rows = Rows(living)
    Heart(rows, clock).beat()
    assert len(rows.rows) == 2
    clock.at += STALE
    Heart(rows, clock).beat()
    assert len(rows.rows) == 2, "a place that was silent for long is free"


def test_a_sign_of_life_is_not_written_with_every_tick() -> None:
    clock, rows = FixedClock(), Rows()
    heart = Heart(rows, clock)
    heart.beat()
    (first,) = rows.all()
    clock.at += 9_000_000
    heart.beat()
    assert rows.all() == (first,)
    clock.at += 2_000_000
    heart.beat()
    assert rows.all()[0].at == clock.at
    clock.at -= 3_600_000_000  # a clock that was set back
    heart.beat()
    assert rows.all()[0].at == clock.at


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
