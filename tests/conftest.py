"""Settings of every test run: peers that are missing are skipped by name, and skips print last."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tools.peers import PROGRAMS, is_here

#: set by .ci/run: there a peer test that was skipped is a failure
PEERS_REQUIRED = os.environ.get("PALANG_REQUIRE_PEERS") == "1"
PEER = "missing peer"

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that must be free there: everything that the tests make, twice over."""


def use_memory() -> None:
    """Put temporary folders into memory, where that can be had and nobody chose another place.

    Every commit of a gateway waits for the disk, and no test can tell: none takes the power away.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    if os.statvfs(MEMORY).f_flag & os.ST_NOEXEC or shutil.disk_usage(MEMORY).free < ROOM:
        return  # tests run scripts that they write
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None  # whoever asked before us gets the new place too


use_memory()

# Repeatable by default, so that a red test is always the change's own; `make test-long` explores.
settings.register_profile(
    "repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", settings.get_profile("repeatable"), derandomize=False)
settings.load_profile("explore" if os.environ.get("PALANG_EXPLORE") == "1" else "repeatable")


def promises(config: pytest.Config) -> dict[str, str]:
    """Return the text of every declared mark: what is unproven while its tests do not run."""
    lines = (line.partition(":") for line in config.getini("markers"))
    return {name.strip(): text.strip() for name, _, text in lines}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests whose peer is not installed, by the peer's name."""
    texts = promises(config)
    missing = {name for name in PROGRAMS if not is_here(name)}
    for item in items:
        for name in sorted(missing & {mark.name for mark in item.iter_markers()}):
            item.user_properties.append((PEER, name))
            item.add_marker(pytest.mark.skip(reason=f"no {name} here; unproven: {texts[name]}"))


def pytest_collection_finish() -> None:
    """What was collected stays until the end: the garbage collector need not look at it again."""
    gc.freeze()


def skipped_reports(config: pytest.Config) -> list[pytest.TestReport]:
    """Return the reports of all skipped tests, gathered from every worker."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", [])) if reporter else []


def skipped_peers(config: pytest.Config) -> set[str]:
    """Return the names of the peers for want of which tests were skipped."""
    reports = skipped_reports(config)
    found = (pair for report in reports for pair in report.user_properties)
    return {str(name) for kind, name in found if kind == PEER}


def reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped, without the place where pytest noticed it."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: Any, config: pytest.Config
) -> Generator[None, None, None]:
    """Print the skips after everything else, grouped by what they leave unproven."""
    yield
    groups: dict[str, list[str]] = {}
    for report in skipped_reports(config):
        groups.setdefault(reason(report), []).append(report.nodeid)
    if groups:
        terminalreporter.section("skipped, and what that leaves unproven", sep="-")
    for text, tests in groups.items():
        terminalreporter.line(f"{len(tests)} x {text}")
        for test in tests:
            terminalreporter.line(f"    {test}")
    if PEERS_REQUIRED and (peers := skipped_peers(config)):
        names = ", ".join(sorted(peers))
        terminalreporter.line(f"FAILED: peers are required here and missing: {names}")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a skipped peer test into a failed run where peers are required."""
    if PEERS_REQUIRED and session.exitstatus == 0 and skipped_peers(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
