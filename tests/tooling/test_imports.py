"""What importing a part loads: use cases load no framework, the kit needs only the base install."""

from __future__ import annotations

import configparser
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FRAMEWORKS = {"sqlalchemy", "alembic", "flask", "requests", "apscheduler", "asyncssh", "cheroot"}
CODE = """
import importlib, sys
denied = set(sys.argv[2].split(","))
class Deny:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in denied:
            raise ImportError(f"{sys.argv[1]} needs {name}")
sys.meta_path.insert(0, Deny())
importlib.import_module(sys.argv[1])
"""


def modules(package: str) -> list[str]:
    """Return the package and all modules below it, without importing any."""
    files = sorted((ROOT / package.replace(".", "/")).rglob("*.py"))
    names = (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files)
    return [name.removesuffix(".__init__") for name in names if not name.endswith(".__main__")]


def import_without(module: str, denied: set[str]) -> subprocess.CompletedProcess[str]:
    """Import one module in a new process in which the denied packages are not installed."""
    command = [sys.executable, "-c", CODE, module, ",".join(sorted(denied))]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def base_distributions() -> set[str]:
    """Return what installing the base pulls in: its requirements, and theirs, without extras."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    todo = [line for line in setup["options"]["install_requires"].split("\n") if line]
    found: set[str] = set()
    while todo:
        need = Requirement(todo.pop())
        name = canonicalize_name(need.name)
        if name in found or (need.marker and not need.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        todo += importlib.metadata.requires(name) or []
    return found


def not_in_the_base_install() -> set[str]:
    """Return the import names of everything installed here that the base does not bring."""
    base = base_distributions()
    owners = importlib.metadata.packages_distributions()
    return {
        name
        for name, distributions in owners.items()
        if not {canonicalize_name(owner) for owner in distributions} & (base | {"palang"})
    }


@pytest.mark.parametrize("module", modules("gateway.services"))
def test_importing_a_service_loads_no_framework(module: str) -> None:
    done = import_without(module, FRAMEWORKS)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", modules("partner"))
def test_the_kit_runs_from_the_base_install_alone(module: str) -> None:
    denied = not_in_the_base_install()
    assert {"sqlalchemy", "phonenumbers", "requests", "asyncssh"} <= denied
    done = import_without(module, denied)
    assert done.returncode == 0, done.stderr


def test_the_check_itself_notices_a_framework() -> None:
    done = import_without("sqlalchemy.orm", FRAMEWORKS)
    assert done.returncode != 0
    assert "sqlalchemy.orm needs sqlalchemy" in done.stderr
