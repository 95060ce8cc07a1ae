"""The lock files: every wheel by hash, nothing of the machine that made them, floors kept."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = ["dev.txt", "runtime.txt"]
EXTRAS = {"dev.txt": ["gateway", "dev"], "runtime.txt": ["gateway"]}


def read(name: str) -> str:
    """Return one lock file without its comments, continued lines joined."""
    text = (ROOT / "requirements" / name).read_text()
    return re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")


def locked(name: str) -> dict[str, Version]:
    """Return the version of every package in one lock file."""
    found = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", read(name), re.MULTILINE)
    return {canonicalize_name(package): Version(version) for package, version in found}


def declared(lock: str) -> list[Requirement]:
    """Return what setup.cfg asks for in this lock file, with what builds the project."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = setup["options.extras_require"]
    texts = [setup["options"]["install_requires"], *(extras[name] for name in EXTRAS[lock])]
    lines = [line for text in texts for line in text.split("\n") if line]
    build = (ROOT / "requirements/build.in").read_text().splitlines()
    return [Requirement(line) for line in lines + [line for line in build if line[:1] != "#"]]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_requirement_has_an_exact_version_and_hashes(lock: str) -> None:
    lines = [line for line in read(lock).splitlines() if line.strip()]
    for line in lines:
        assert re.match(r"[A-Za-z0-9_.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line[:60]
    assert len(lines) == len(locked(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_meets_all_that_setup_cfg_declares_and_what_builds_it(lock: str) -> None:
    versions = locked(lock)
    for need in declared(lock):
        version = versions.get(canonicalize_name(need.name))
        assert version and version in need.specifier, f"{lock}: {need} is {version}; run make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_index_and_no_path_of_the_machine_that_made_it(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    assert not re.search(r"https?:|file:|index-url|find-links|\s/\w", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_versions_with_published_holes_are_not_locked(lock: str) -> None:
    versions = locked(lock)
    assert "setuptools" in versions
    assert versions["cryptography"] >= Version("50.0.2")  # CVE-2026-69247
    assert versions["joserfc"] >= Version("1.8.0")  # CVE-2026-102946


def test_setup_cfg_itself_forbids_versions_with_published_holes() -> None:
    needs = {need.name: need.specifier for need in declared("runtime.txt")}
    assert not needs["cryptography"].contains("50.0.1")
    assert not needs["joserfc"].contains("1.7.9")


def test_both_locks_agree_on_every_version() -> None:
    everything = locked("dev.txt")
    assert {name: everything.get(name) for name in locked("runtime.txt")} == locked("runtime.txt")
