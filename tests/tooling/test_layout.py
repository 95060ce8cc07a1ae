"""Every folder says what it is for, every module has its place in the import contract."""

from __future__ import annotations

import ast
import configparser
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EMPTY = ROOT / "gateway"


def code_folders() -> list[Path]:
    """Return every folder with Python files, hidden and built ones left out."""
    tops = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."]
    files = (file for top in tops if top.name != "build" for file in top.rglob("*.py"))
    return sorted({file.parent for file in files})


def contracts() -> configparser.ConfigParser:
    """Return setup.cfg, in which import-linter finds its contracts."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    return setup


@pytest.mark.parametrize("folder", code_folders(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_code_folder_says_in_one_line_what_it_is_for(folder: Path) -> None:
    source = (folder / "__init__.py").read_text()
    if folder == EMPTY:
        assert source == ""  # else importing any part would import what it names
        return
    first = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    assert len(first) > 10, f"{folder.relative_to(ROOT)}/__init__.py needs a docstring"


def test_every_part_of_the_gateway_has_its_layer() -> None:
    layers = contracts()["importlinter:contract:layers"]["layers"]
    placed = set(re.findall(r"gateway\.(\w+)", layers))
    parts = {path.stem for path in EMPTY.iterdir() if path.suffix == ".py"}
    parts |= {path.name for path in EMPTY.iterdir() if (path / "__init__.py").exists()}
    assert parts - {"__init__"} <= placed


def test_the_partner_kit_is_kept_from_every_part_of_the_sending_side() -> None:
    forbidden = contracts()["importlinter:contract:partner"]["forbidden_modules"].split()
    sending = {"services", "store", "web", "jobs", "cli", "fsck", "main"}
    there = {f"gateway.{path.stem}" for path in EMPTY.iterdir() if path.stem in sending}
    assert there | {"config", "sqlalchemy", "flask"} <= set(forbidden)


def test_every_shipped_package_is_under_the_import_contract() -> None:
    setup = contracts()
    shipped = {line.rstrip("*") for line in setup["options.packages.find"]["include"].split()}
    assert shipped == set(setup["importlinter"]["root_packages"].split())
