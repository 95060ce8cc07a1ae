"""C12: whatever the umask, a file with a secret is for its owner alone from its first moment.

In a process of its own with umask 000: `palang init`, transport secrets, and a key as officers and
partner kits make theirs. Every file that is created is looked at as it is born.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_BORN = """
import io, json, os, stat, sys
from pathlib import Path

os.umask(0)
born, real = {}, os.open

def watched(path, flags, mode=0o777, *, dir_fd=None):
    handle = real(path, flags, mode, dir_fd=dir_fd)
    if flags & os.O_CREAT:
        name = os.fsdecode(path)
        born[name] = [stat.S_IMODE(os.fstat(handle).st_mode), bool(flags & os.O_EXCL)]
    return handle

os.open = watched
others = set()

def audit(event, args):
    if event == "open" and isinstance(args[1], str) and any(c in args[1] for c in "wxa+"):
        others.add(os.fsdecode(args[0]) if not isinstance(args[0], int) else "")

sys.addaudithook(audit)

home = Path(sys.argv[1])
from gateway.main.making import make
from keys import files
from keys.generate import generate
from keys.transport_admin import SecretAdmin
from gateway.domain.trust import Algorithm

made = make(home / "gateway", "komdigi", True)
secret = made.unlock.read_bytes()
admin = SecretAdmin(home / "gateway" / "keys", secret)
admin.set("mail-relay", "", b"word")
admin.generate("opr-uji-a", Algorithm.ED25519)
files.write_private(home / "officer.pem", generate(Algorithm.ED25519), b"correct horse battery")
print(json.dumps({"born": born, "others": sorted(others)}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[int]], set[str]]:
    """The home, how each file was born, and the files that were opened in another way."""
    home = tmp_path_factory.mktemp("c12")
    ran = subprocess.run(
        [sys.executable, "-c", _BORN, str(home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    return home, told["born"], set(told["others"])


def test_no_secret_was_ever_readable_by_others(
    seen: tuple[Path, dict[str, list[int]], set[str]],
) -> None:
    home, born, _others = seen
    keys = {name: how for name, how in born.items() if _is_secret(name)}
    assert len(keys) >= 8  # three roles, SSH, unlock, two transport secrets, an officer's
    assert {how[0] for how in keys.values()} == {0o600}
    assert all(how[1] for how in keys.values()), "not O_EXCL"
    lying = [path for path in home.rglob("*") if path.is_file() and _is_secret(str(path))]
    assert len(lying) >= 8
    assert {path.stat().st_mode & 0o7777 for path in lying} == {0o600}


def test_no_secret_comes_into_being_in_another_way(
    seen: tuple[Path, dict[str, list[int]], set[str]],
) -> None:
    _home, born, others = seen
    created = {name for name in others if _is_secret(name)} - set(born)
    assert created == set()


def test_the_folders_of_secrets_are_the_owners_alone(
    seen: tuple[Path, dict[str, list[int]], set[str]],
) -> None:
    home, _born, _others = seen
    for name in ("keys", "secrets"):
        assert (home / "gateway" / name).stat().st_mode & 0o777 == 0o700


def _is_secret(name: str) -> bool:
    path = Path(name)
    return path.suffix in (".pem", ".jwe", ".part") or path.name == "unlock"
