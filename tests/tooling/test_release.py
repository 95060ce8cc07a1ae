"""What `make release` packs, and the units and installer in it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from configparser import ConfigParser
from pathlib import Path

import pytest

from gateway.main import cli
from tools import release

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
PROCESSES = [unit for unit in SERVICES if "palang-alarm" not in unit.name]


def unit(path: Path) -> ConfigParser:
    """A unit file; a name that comes twice (SystemCallFilter) is read as its last."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign, assignment]  # systemd minds the case
    parser.read(path)
    return parser


@pytest.fixture
def laid_out(tmp_path: Path) -> Path:
    """A release's folder with one wheel."""
    wheels, folder = tmp_path / "wheels", tmp_path / release.name()
    wheels.mkdir()
    folder.mkdir()
    (wheels / "palang-0-py3-none-any.whl").write_bytes(b"wheel")
    release.lay_out(folder, ROOT / "requirements" / "runtime.txt", wheels)
    return folder


def test_the_sums_name_every_file_but_themselves(laid_out: Path) -> None:
    named = {line.split("  ")[1] for line in (laid_out / "SHA256SUMS").read_text().splitlines()}
    there = {str(path.relative_to(laid_out)) for path in release.files(laid_out)}
    assert named == there - {"SHA256SUMS"}
    assert {"install.sh", "wheels/palang-0-py3-none-any.whl", "systemd/palang-web.service"} <= named


def test_equal_inputs_give_equal_bytes_whatever_the_dates_and_owners(
    laid_out: Path, tmp_path: Path
) -> None:
    first, again = tmp_path / "first.tar.gz", tmp_path / "again.tar.gz"
    release.pack(laid_out, first)
    for path in release.files(laid_out):
        path.touch()
    release.pack(laid_out, again)
    assert first.read_bytes() == again.read_bytes()
    with tarfile.open(first) as tar:
        assert all(member.name.startswith(release.name() + "/") for member in tar)
        assert tar.getmember(f"{release.name()}/install.sh").mode == 0o755


def test_the_installer_refuses_a_changed_file_before_it_makes_anything(
    laid_out: Path, tmp_path: Path
) -> None:
    with (laid_out / "wheels" / "palang-0-py3-none-any.whl").open("ab") as wheel:
        wheel.write(b"!")
    done = installed(laid_out, tmp_path / "opt")
    assert done.returncode != 0
    assert "differs from SHA256SUMS" in done.stderr
    assert not (tmp_path / "opt").exists()


def test_the_installer_refuses_another_python_by_name(laid_out: Path, tmp_path: Path) -> None:
    (laid_out / "PYTHON").write_text("3.99\n")
    rehash(laid_out)
    done = installed(laid_out, tmp_path / "opt")
    assert done.returncode != 0
    assert "this release is for Python 3.99" in done.stderr
    assert not (tmp_path / "opt").exists()


def installed(folder: Path, prefix: Path) -> subprocess.CompletedProcess[str]:
    """Run the installer as a plain user would."""
    command = ["sh", str(folder / "install.sh"), "--prefix", str(prefix), "--no-system"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def rehash(folder: Path) -> None:
    """SHA256SUMS anew."""
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    names = [line.split("  ")[1] for line in lines]
    sums = [f"{release.digest(folder / name)}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(sums))


@pytest.mark.parametrize("path", PROCESSES, ids=lambda path: path.name)
def test_no_unit_runs_as_root_or_can_gain_rights(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["User"].startswith("palang")
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict"


def test_only_what_needs_private_keys_gets_the_unlock_secret_and_the_listener_is_another_user() -> (
    None
):
    with_secret = {p.name for p in SERVICES if "palang-unlock" in p.read_text()}
    assert with_secret == {"palang-worker.service", "palang-backup.service"}
    listener = unit(ROOT / "deploy" / "systemd" / "palang-web.service")["Service"]
    assert listener["User"] == "palang-web"
    assert listener["StateDirectory"] == "palang-web"


@pytest.mark.parametrize("path", PROCESSES, ids=lambda path: path.name)
def test_every_unit_starts_a_command_that_exists(path: Path) -> None:
    command = unit(path)["Service"]["ExecStart"]
    assert command.startswith("/opt/palang/current/.venv/bin/palang ")
    word = command.split()[1]
    assert word in cli().commands


def test_every_unit_that_another_one_names_is_there() -> None:
    named = {
        found
        for path in UNITS
        for found in re.findall(r"palang-[a-z]+(?:@%n)?\.(?:service|timer)", path.read_text())
    }
    there = {path.name for path in UNITS}
    assert {name.replace("@%n", "@") for name in named} <= there


def test_the_dockerfile_repeats_the_steps_of_make_env() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "tools/check_python.py" in text
    assert "tools/make_env.py .venv requirements/runtime.txt" in text
    copied = set(re.findall(r"^COPY (\w+) \w+$", text, re.MULTILINE))
    assert copied == {*release.PACKAGES, "tools"}
    assert re.search(r"^USER (?!root)\w+$", text, re.MULTILINE)
    assert not re.search(r"\b(curl|wget|apt-get|pip install)\b", text)


@pytest.mark.skipif(not shutil.which("sh"), reason="no sh here")
def test_the_installer_is_plain_posix_shell() -> None:
    subprocess.run(["sh", "-n", str(ROOT / "deploy" / "install.sh")], check=True)
