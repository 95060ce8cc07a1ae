"""A whole release, made and then installed with the network taken away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.postgres import Server, started
from tests.tooling.install_page import Machine, blocks
from tools import release

ROOT = Path(__file__).parents[2]


def without_network(command: list[str]) -> list[str]:
    """The same command in a network namespace of its own, where this user may make one."""
    options = ["-n"] if os.geteuid() == 0 else ["-r", "-n"]
    alone = ["unshare", *options]
    may = shutil.which("unshare") and not subprocess.run([*alone, "true"], check=False).returncode
    return [*alone, *command] if may else command


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with an index that answers nobody: pip asking for anything would fail,
    namespace or not."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path_factory.mktemp("home")),
        "PYTHON": sys.executable,
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_CONFIG_FILE": os.devnull,
    }


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory, plain: dict[str, str]) -> Path:
    """The folder with the programs of a release that was made and installed."""
    folder = tmp_path_factory.mktemp("release")
    release.main(ROOT / "requirements" / "runtime.txt", folder / "dist")
    with tarfile.open(folder / "dist" / f"{release.name()}.tar.gz") as tar:
        tar.extractall(folder, filter="data")
    install = ["sh", str(folder / release.name() / "install.sh")]
    options = ["--prefix", str(folder / "opt"), "--no-system"]
    for _twice in range(2):  # again over what is there: nothing to do, nothing broken
        subprocess.run(without_network([*install, *options]), env=plain, check=True, cwd=folder)
    return folder / "opt" / "current" / ".venv" / "bin"


@pytest.mark.long
def test_a_release_installs_without_network_and_runs(
    tmp_path: Path, programs: Path, plain: dict[str, str]
) -> None:
    home = tmp_path / "gateway"
    palang = str(programs / "palang")
    for command in (
        [palang, "init", "--home", str(home), "--name", "komdigi-uji"],
        [palang, "--home", str(home), "worker", "--once"],
        [str(programs / "palang-partner"), "--version"],
    ):
        subprocess.run(without_network(command), env=plain, check=True, cwd=tmp_path)


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL server without roles or databases of ours."""
    base = Path(tempfile.mkdtemp(prefix="palang-install-"))
    base.chmod(0o755)
    yield started(base)  # it ends with this process


@pytest.mark.long
@pytest.mark.postgres
def test_the_commands_of_the_install_page_work_as_printed(
    tmp_path: Path, programs: Path, server: Server
) -> None:
    machine = Machine(tmp_path, programs, server)
    database, gateway, seal, doctor = blocks("First start, inside")
    for block in (database, gateway, seal, doctor):
        machine.type(block)
    home = tmp_path / "var/lib/palang/gateway"
    assert not (home / "secrets" / "unlock").exists()
    assert (tmp_path / "etc/palang/palang-unlock.cred").stat().st_size
    server.run("CREATE DATABASE exchange OWNER palang_owner")  # the page says so in words
    tables, listener = blocks("First start, outside")
    machine.type(tables)
    machine.type("sudo -u postgres psql -v ON_ERROR_STOP=1 -q -d exchange -f roles.sql")
    machine.type(listener)
    settings = tomllib.loads((tmp_path / "var/lib/palang-web/listener/palang.toml").read_text())
    assert settings["exchange"]["listen"] == "0.0.0.0:443"
    assert [line.split()[0] for line in machine.noted.read_text().splitlines()] == [
        *("systemd-creds", "systemd-run", "systemctl"),
    ]
    granted = (
        "SELECT count(*) FROM information_schema.role_table_grants WHERE grantee = 'palang_{}'"
    )
    assert server.run(granted.format("worker"), "palang") > [(0,)]
    assert server.run(granted.format("listener"), "exchange") > [(0,)]
