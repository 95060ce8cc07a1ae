"""The verifier runs where there is no database, no network and no web library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from gateway.domain.trust import write_trust
from tests.vectors.keyring import Keys
from tests.vectors.liar import Liar
from tests.vectors.lying import DELIVERY

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import sys

BLOCKED = {
    "sqlalchemy", "alembic", "requests", "urllib3", "flask", "asyncssh", "phonenumbers", "sqlite3",
    "_sqlite3", "apscheduler", "structlog", "cheroot", "http", "ftplib", "smtplib",
}


class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED:
            raise ImportError(f"{name} is not there")


def no_network(event, arguments):
    if event.startswith(("socket.connect", "socket.bind", "socket.getaddrinfo", "sqlite3.",
                         "subprocess.", "os.system", "urllib.")):
        raise PermissionError(event)


sys.meta_path.insert(0, Refuse())
sys.addaudithook(no_network)
from gateway.cli.verify import verify_command
from keys.jws import JoseSignatures
from keys.notes import C2spNotes

verify_command(JoseSignatures(), C2spNotes()).main(sys.argv[1:], prog_name="verify")
"""


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_bundle_is_verified_without_database_network_or_web_library(tmp_path: Path) -> None:
    keys = Keys()
    data = Liar(keys, DELIVERY).data
    bundle, trust = tmp_path / "bundle.zip", tmp_path / "trust.json"
    bundle.write_bytes(data)
    trust.write_bytes(write_trust(keys.trust()))
    good = _run(tmp_path, str(bundle), "--trust", str(trust))
    assert (good.returncode, good.stderr) == (0, "")
    assert "GOOD: every check passed." in good.stdout
    bundle.write_bytes(data.replace(b"diblokir_total", b"diblokir_totaL"))
    bad = _run(tmp_path, str(bundle), "--trust", str(trust))
    assert (bad.returncode, bad.stderr) == (1, "")
