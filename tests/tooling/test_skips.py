"""A missing peer is skipped by name, told last with what that leaves unproven, or refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import promises
from tests.tooling import plain_environment
from tools.peers import PACKAGES, PROGRAMS, SERVER_FOLDERS, find, is_here

ROOT = Path(__file__).parents[2]
SUITE = """
import pytest

@pytest.mark.chromium
def test_in_a_browser(): ...

def test_without_one(): ...
"""


def run_suite(folder: Path, *options: str, required: str) -> subprocess.CompletedProcess[str]:
    """Run a suite with one browser test where PATH has no browser, under our conftest."""
    (folder / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-c", "setup.cfg", "-p", "no:cacheprovider"]
    command += ["-p", "tests.conftest", f"--rootdir={folder}", *options, str(folder)]
    environment = plain_environment() | {"PATH": str(folder), "PALANG_REQUIRE_PEERS": required}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_missing_peer_is_told_last_with_what_it_leaves_unproven(tmp_path: Path) -> None:
    done = run_suite(tmp_path, required="0")
    assert done.returncode == 0, done.stdout + done.stderr
    *_, told, test, counts = done.stdout.splitlines()
    assert told == "1 x no chromium here; unproven: the staff console works in a real browser"
    assert test.strip() == "test_suite.py::test_in_a_browser"
    assert counts.startswith("1 passed, 1 skipped")


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_skipped_peer_fails_the_run_where_peers_are_required(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    done = run_suite(tmp_path, *options, required="1")
    assert done.returncode == 1
    assert "FAILED: peers are required here and missing: chromium" in done.stdout
    assert "1 x no chromium here; unproven: the staff console" in done.stdout


def test_a_run_without_skipped_peers_passes_where_they_are_required(tmp_path: Path) -> None:
    done = run_suite(tmp_path, "-k", "without_one", required="1")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_peer_has_a_mark_that_says_what_it_proves(pytestconfig: pytest.Config) -> None:
    texts = promises(pytestconfig)
    assert all(texts.get(name) for name in PROGRAMS)
    assert set(texts) - set(PROGRAMS) >= {"long"}
    assert PACKAGES.keys() <= PROGRAMS.keys()


def test_servers_outside_a_plain_users_path_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "/usr/sbin" in SERVER_FOLDERS
    server = tmp_path / "sshd"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("tools.peers.SERVER_FOLDERS", (str(tmp_path),))
    assert find("sshd") == str(server)


def test_what_a_wheel_brings_is_never_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("tools.peers.SERVER_FOLDERS", ())
    assert find("postgres") is None
    assert is_here("postgres")
    assert not is_here("sshd")
