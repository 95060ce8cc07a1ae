"""`make env` on machines that lack a part, and with a Python that was never tested."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tooling import plain_environment
from tools.check_python import TESTED, refusal
from tools.make_env import create, is_usable

ROOT = Path(__file__).parents[2]


def launcher(folder: Path, refused: str) -> str:
    """Write a `python` that fails where its arguments match the shell pattern `refused`."""
    path = folder / "python"
    path.write_text(
        f'#!/bin/sh\ncase "$*" in {refused}) exit 1;; esac\nexec "{sys.executable}" "$@"\n'
    )
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 14), (4, 11)])
def test_an_untested_python_is_refused_by_name(version: tuple[int, int]) -> None:
    text = refusal(*version)
    assert "Python {}.{} ".format(*version) in text
    assert "3.11, 3.12 or 3.13" in text


@pytest.mark.parametrize("version", TESTED)
def test_a_tested_python_is_accepted(version: tuple[int, int]) -> None:
    assert refusal(*version) == ""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with just what `make env` reads, so that no real environment is at risk."""
    for name in ("Makefile", "setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("tools", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def make_env(checkout: Path, python: str) -> str:
    """Run a `make env` that must fail, and return what it says."""
    command = ["make", "env", f"PYTHON={python}"]
    done = subprocess.run(
        command, cwd=checkout, env=plain_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert not (checkout / ".venv").exists()
    return done.stderr


def test_make_stops_at_an_untested_python_before_it_makes_anything(checkout: Path) -> None:
    python = checkout / "python3.99"
    code = (
        "import runpy, sys; sys.version_info = (3, 99, 0); "
        "runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n')
    python.chmod(0o755)
    said = make_env(checkout, str(python))
    assert "Python 3.99 " in said
    assert "is untested: use Python 3.11, 3.12 or 3.13" in said


def test_make_names_the_python_that_is_not_there(checkout: Path) -> None:
    assert "python3.no-such is not on the PATH" in make_env(checkout, "python3.no-such")


def test_without_ensurepip_the_pip_of_the_system_installs_from_outside(tmp_path: Path) -> None:
    python = launcher(tmp_path, refused="'-m venv /'*")
    pip = create(python, tmp_path / "env")
    assert pip == [python, "-m", "pip", "--python", str(tmp_path / "env/bin/python")]
    assert not (tmp_path / "env/bin/pip").exists()
    assert is_usable(tmp_path / "env")


def test_without_venv_and_pip_the_package_to_install_is_named(tmp_path: Path) -> None:
    python = launcher(tmp_path, refused="'-m venv /'*|'-m pip'*")
    with pytest.raises(SystemExit, match=r"Install python3\.\d+-venv \(Debian"):
        create(python, tmp_path / "env")
    assert not (tmp_path / "env").exists()


def test_an_environment_that_no_longer_runs_is_made_anew(tmp_path: Path) -> None:
    python = launcher(tmp_path, refused="'-m venv /'*")
    broken = tmp_path / "env/bin/python"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    create(python, tmp_path / "env")
    assert is_usable(tmp_path / "env")
