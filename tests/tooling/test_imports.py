"""What importing a part loads: use cases load no framework, the kit needs only the base install."""

from __future__ import annotations

import configparser
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FRAMEWORKS = {"sqlalchemy", "alembic", "flask", "requests", "apscheduler", "asyncssh", "cheroot"}
Failed = dict[str, str]
CODE = """
import importlib, json, sys
denied, names = (text.split(",") for text in sys.argv[1:])
class Deny:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in denied:
            raise ImportError(f"{wanted} needs {name}")
sys.meta_path.insert(0, Deny())
failed = {}
for wanted in names:
    try:
        importlib.import_module(wanted)
    except ImportError as error:
        failed[wanted] = str(error)
print(json.dumps(failed))
"""


def modules(package: str) -> list[str]:
    """Return the package and all modules below it, without importing any."""
    files = sorted((ROOT / package.replace(".", "/")).rglob("*.py"))
    names = (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files)
    return [name.removesuffix(".__init__") for name in names if not name.endswith(".__main__")]


def import_without(names: list[str], denied: set[str]) -> Failed:
    """Import the modules in a process in which the denied packages are not installed; returns what
    went wrong, by module. What one module loaded can't hide the need of another: a denied package
    is never loaded, and a module that failed is tried anew by the next that wants it."""
    command = [sys.executable, "-c", CODE, ",".join(sorted(denied)), ",".join(names)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    failed: Failed = json.loads(done.stdout)
    return failed


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


def test_importing_a_service_loads_no_framework() -> None:
    assert import_without(modules("gateway.services"), FRAMEWORKS) == {}


def test_the_kit_runs_from_the_base_install_alone() -> None:
    denied = not_in_the_base_install()
    assert {"sqlalchemy", "phonenumbers", "requests", "asyncssh"} <= denied
    assert import_without(modules("partner"), denied) == {}


def test_the_check_itself_notices_a_framework_and_what_can_not_be_imported() -> None:
    failed = import_without(["sqlalchemy.orm", "json", "gateway.missing"], FRAMEWORKS)
    assert failed == {
        "sqlalchemy.orm": "sqlalchemy.orm needs sqlalchemy",
        "gateway.missing": "No module named 'gateway.missing'",
    }
