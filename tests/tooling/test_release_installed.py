"""A whole release, made and then installed with the network taken away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tools import release

ROOT = Path(__file__).parents[2]


def without_network(command: list[str]) -> list[str]:
    """The same command in a network namespace of its own, where this user may make one."""
    options = ["-n"] if os.geteuid() == 0 else ["-r", "-n"]
    alone = ["unshare", *options]
    may = shutil.which("unshare") and not subprocess.run([*alone, "true"], check=False).returncode
    return [*alone, *command] if may else command


@pytest.mark.long
def test_a_release_installs_without_network_and_runs(tmp_path: Path) -> None:
    release.main(ROOT / "requirements" / "runtime.txt", tmp_path / "dist")
    with tarfile.open(tmp_path / "dist" / f"{release.name()}.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    prefix = tmp_path / "opt"
    install = ["sh", str(tmp_path / release.name() / "install.sh")]
    # an index that answers nobody: pip asking for anything would fail, namespace or not
    plain = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHON": sys.executable,
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_CONFIG_FILE": os.devnull,
    }
    options = ["--prefix", str(prefix), "--no-system"]
    for _twice in range(2):  # again over what is there: nothing to do, nothing broken
        subprocess.run(without_network([*install, *options]), env=plain, check=True, cwd=tmp_path)
    bin_ = prefix / "current" / ".venv" / "bin"
    home = tmp_path / "gateway"
    init = [str(bin_ / "palang"), "init", "--home", str(home), "--name", "komdigi-uji"]
    subprocess.run(without_network(init), env=plain, check=True, cwd=tmp_path)
    once = [str(bin_ / "palang"), "--home", str(home), "worker", "--once"]
    subprocess.run(without_network(once), env=plain, check=True, cwd=tmp_path)
    subprocess.run([str(bin_ / "palang-partner"), "--version"], env=plain, check=True, cwd=tmp_path)
