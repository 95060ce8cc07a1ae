"""What operators are told: how it stands first, then what to do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from gateway.cli.status import one_line
from gateway.cli.status_metrics import metrics_command
from gateway.domain.epoch import EpochDocument
from gateway.domain.health import Finding, Heartbeat, Level
from gateway.domain.times import DAY
from gateway.main import cli as palang
from gateway.main.doctor_command_channels import _probe
from gateway.main.making import make
from gateway.main.wiring import SystemClock
from gateway.ports import ProbeReport
from gateway.services.epoch_draft import Evidence, draft
from gateway.store.heartbeats import SqlHeartbeats
from gateway.store.store import open_store
from partner.main import cli as palang_partner
from tests.cli.test_cli_ops import Desk


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway that tests copy."""
    home = Path(tmp_path_factory.mktemp("told")) / "gw"
    make(home, "palang-uji", True)
    return home


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Desk:
    """A terminal on a gateway of its own."""
    shutil.copytree(made, tmp_path / "gw")
    return Desk(tmp_path)


def test_a_check_that_held_and_has_something_to_do_is_a_warning_of_doctor() -> None:
    checks = (("folders", True, ""), ("partner's account", True, "make it"))
    adapter = SimpleNamespace(probe=lambda: ProbeReport("dir:a", "here", "", checks))
    gateway: Any = SimpleNamespace(channels=SimpleNamespace(open=lambda _p: nullcontext(adapter)))
    partner: Any = SimpleNamespace(id="opr-uji-a")
    found = list(_probe(gateway, partner))
    assert [(f.level, f.text, f.advice) for f in found] == [
        (Level.WARNING, "dir:a: partner's account", "make it"),
        (Level.OK, "dir:a (here): folders", ""),
    ]


def test_a_restored_home_names_its_epoch_first_with_the_next_command(desk: Desk) -> None:
    target, new = desk.folder / "b.backup", desk.folder / "baru"
    desk.backed_up(target)
    assert desk.restored(target, new).exit_code == 0
    for words in (("status",), ("doctor", "--no-network")):
        told = json.loads(desk.run(*words, "--json", home=new).stdout)["findings"]
        assert (told[0]["name"], told[0]["level"]) == ("epoch", "CRITICAL")
        assert told[0]["advice"].startswith("palang epoch show, then two officers: palang epoch")
        assert [one["name"] for one in told].count("epoch") == 1
    line = desk.run("status", "--check", home=new)
    assert (line.exit_code, line.stdout[:24]) == (2, "PALANG CRITICAL - epoch:")
    document = epoch_of(desk, new)
    (new / "state" / "epoch-2.json").write_bytes(document.to_bytes())  # one officer has signed
    (first, *_) = json.loads(desk.run("status", "--json", home=new).stdout)["findings"]
    assert first["advice"].startswith("palang epoch open --officer ID --key FILE")


def epoch_of(desk: Desk, home: Path) -> EpochDocument:
    """What would be signed."""
    url = f"sqlite:///{home / 'state' / 'palang.sqlite'}"
    with closing(open_store(url, SystemClock())) as store, store.read() as uow:
        return draft(uow, Evidence(), SystemClock().now())


def test_an_open_home_says_nothing_of_its_epoch(desk: Desk) -> None:
    assert "epoch" not in {one["name"] for one in desk.done("status")["findings"]}


def test_a_check_without_figures_has_no_bar_for_them() -> None:
    bare = Finding("gateway", Level.CRITICAL, "can't be read", "palang doctor")
    assert one_line([bare]) == "PALANG CRITICAL - gateway: can't be read; next: palang doctor"
    drawn = Finding("overdue", Level.OK, "none", figure=0, warn=0)
    assert one_line([bare, drawn]).endswith("palang doctor | overdue=0;0")


@pytest.mark.parametrize("words", [(), ("--exchange",), ("--apply", "sqlite:////tmp/x")])
def test_roles_on_sqlite_are_a_mistake_with_a_next_step(desk: Desk, words: tuple[str, ...]) -> None:
    told = desk.run("db", "roles", *words)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "SQLite has no roles" in told.stderr
    assert "Next: " in told.stderr
    assert desk.run("db", "roles", "--database", "palang").exit_code == 0


@pytest.mark.parametrize("address", ["0.0.0.0:0", "192.0.2.7:9464", "[::]:0", "metrics.example:0"])
def test_metrics_that_others_can_reach_are_said_so(address: str) -> None:
    served: list[str] = []
    command = metrics_command(lambda listen, _ready: served.append(listen))
    refused = CliRunner().invoke(command, ["--listen", address])
    assert (refused.exit_code, served) == (2, [])
    assert "add --public" in refused.stderr
    assert CliRunner().invoke(command, ["--listen", address, "--public"]).exit_code == 0
    for own in ("127.0.0.1:0", "[::1]:0", "localhost:0"):
        assert CliRunner().invoke(command, ["--listen", own]).exit_code == 0
    assert served == [address, "127.0.0.1:0", "[::1]:0", "localhost:0"]


@pytest.mark.parametrize(
    ("option", "content", "words"),
    [
        ("--checkpoint", None, "can't be read"),
        ("--checkpoint", b"not a note", "expected a signed checkpoint"),
        ("--high-water", None, "can't be read"),
        ("--high-water", b"{}", "expected a high-water file"),
    ],
)
def test_fsck_refuses_a_file_that_is_not_what_it_is_named_as(
    desk: Desk, option: str, content: bytes | None, words: str
) -> None:
    file = desk.folder / "given"
    if content is not None:
        file.write_bytes(content)
    told = desk.run("fsck", option, file)
    assert (told.exit_code, told.stdout) == (2, ""), told
    assert words in told.stderr


def test_a_checkpoint_that_can_not_be_signed_is_a_failure_with_a_next_step(desk: Desk) -> None:
    assert desk.run("audit", "checkpoint").exit_code == 1  # none is signed yet
    for key in (desk.home / "keys").glob("checkpoint-*"):
        key.unlink()
    told = desk.run("audit", "checkpoint", "--sign")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "no checkpoint was signed" in told.stderr
    assert "Next: " in told.stderr


@pytest.mark.parametrize("root", [palang(), palang_partner()], ids=["palang", "palang-partner"])
def test_every_group_and_command_shows_what_to_type(root: click.Group) -> None:
    def silent(command: click.Command, path: str) -> Iterator[str]:
        if "Example" not in (command.epilog or ""):
            yield path
        for name, inner in getattr(command, "commands", {}).items():
            yield from silent(inner, f"{path} {name}")

    assert list(silent(root, str(root.name))) == []


def test_each_machine_that_ran_a_worker_must_give_its_high_water_file(desk: Desk) -> None:
    with closing(open_store(f"sqlite:///{desk.database}", SystemClock())) as store:
        for number, host in enumerate(("a", "b", "lama"), 1):
            at = SystemClock().now() - (30 * DAY if host == "lama" else 0)
            SqlHeartbeats(store).keep(Heartbeat(f"{host}#1", host, number, "1", at))
    target, new = desk.folder / "b.backup", desk.folder / "baru"
    desk.backed_up(target)
    assert desk.restored(target, new).exit_code == 0
    files = []
    for last in (4, 6):
        files += ["--high-water", desk.folder / f"{last}.json"]
        mark = {"v": 1, "epoch": 1, "ledger": 9, "streams": {"opr-uji-a": last}}
        (desk.folder / f"{last}.json").write_text(json.dumps(mark))
    one = desk.done("epoch", "show", *files[:2], home=new)
    assert (one["high_water"], one["partners"]["opr-uji-a"]["possibly_received"]) == (False, [1, 0])
    twice = desk.done("epoch", "show", *files[:2], *files[:2], home=new)
    assert not twice["high_water"]
    both = desk.done("epoch", "show", *files, home=new)
    assert (both["high_water"], both["partners"]["opr-uji-a"]["possibly_received"]) == (
        True,
        [1, 6],
    )
    bare = desk.done("epoch", "show", "--seen", "opr-uji-a=3:1", home=new)
    assert (bare["epoch"], bare["to_ask"]) == (4, [])
    told = desk.run("epoch", "show", "--seen", "opr-uji-a=3:1", "--epoch", 3, home=new)
    assert (told.exit_code, "expected an epoch from 4 on" in told.stderr) == (2, True)
