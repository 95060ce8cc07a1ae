"""A gateway and a partner kit as real processes, over a real SFTP server on loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from demo.servers import AsyncsshServer
from gateway.main import cli

ROOT = Path(__file__).parents[2]
GATEWAY, PARTNER = "palang-uji", "opr-uji-a"
_PARTS = ("gw", "kit", "sftp")
_QUICK = {
    "first_seconds = 60": "first_seconds = 1",
    "lease_seconds = 900": "lease_seconds = 1",
    'listen = "127.0.0.1:8480"': 'listen = ""',  # no console: several tests run at once
}
LEASE = 1.2  # seconds until a killed worker's lease has surely ended


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def document(self) -> dict[str, Any]:
        """The JSON object that it printed."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def run(module: str, home: Path, *arguments: str, failpoint: str = "") -> Ran:
    """Run `palang` (gateway.main) or `palang-partner` (partner.main) as a process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PALANG_FAILPOINT", None)
    if failpoint:
        environment["PALANG_FAILPOINT"] = failpoint
    done = subprocess.run(
        [sys.executable, "-m", module, "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=home.parent,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def start(module: str, home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """The same, left running; nobody reads what it says."""
    return subprocess.Popen(
        [sys.executable, "-m", module, "--home", str(home), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=home.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Stage:
    """Built once; `reset` puts everything back to just after the release."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.gateway, self.kit, self.sftp = (base / part for part in _PARTS)
        for folder in ("inbox", "outbox"):
            (self.sftp / folder).mkdir(parents=True)
        self._make_gateway()
        line = self.palang("key", "ssh").out.strip()
        self.server = AsyncsshServer(self.sftp, line)
        self.server.start()
        self._make_partner()
        self._release()
        for part in _PARTS:
            shutil.copytree(base / part, base / "snapshot" / part)

    def close(self) -> None:
        """End the server."""
        self.server.stop()

    def reset(self) -> None:
        """Everything as after the release."""
        for part in _PARTS:
            for item in sorted((self.base / part).iterdir()):
                shutil.rmtree(item) if item.is_dir() else item.unlink()
            shutil.copytree(self.base / "snapshot" / part, self.base / part, dirs_exist_ok=True)

    # --- commands ---------------------------------------------------------------------------

    def palang(self, *arguments: str) -> Ran:
        """A gateway's command that must succeed, in this process: it sets the stage."""
        ended = CliRunner().invoke(cli(), ["--home", str(self.gateway), *arguments])
        done = Ran(ended.exit_code, ended.stdout, ended.stderr)
        assert done.code == 0, (arguments, done, ended.exception)
        return done

    def worker(self, failpoint: str = "") -> Ran:
        """One round of the worker, killed at a fail-point where one is named."""
        return run("gateway.main", self.gateway, "worker", "--once", failpoint=failpoint)

    def partner(self, *arguments: str, failpoint: str = "") -> Ran:
        """A kit's command."""
        return run("partner.main", self.kit, *arguments, failpoint=failpoint)

    def settle(self, rounds: int = 6) -> None:
        """Rounds of worker and kit until every entry is answered."""
        partners: dict[str, Any] = {}
        for _ in range(rounds):
            time.sleep(LEASE)  # waits for the clock of back-off and lease, asserts nothing
            self.worker()
            self.partner("run", "--once")
            self.worker()
            partners = self.palang("delivery", "progress", "--json").document()["partners"]
            if all(p["confirmed"] and p["acknowledged"] for p in partners.values()):
                return
        raise AssertionError(f"not settled: {partners}")

    # --- making -----------------------------------------------------------------------------

    def _make_gateway(self) -> None:
        made = run(
            "gateway.main", self.gateway, "init", "--name", GATEWAY, "--allow-private-addresses"
        )
        assert made.code == 0, made
        file = self.gateway / "palang.toml"
        text = file.read_text()
        for old, new in _QUICK.items():
            assert old in text
            text = text.replace(old, new)
        file.write_text(text)
        for officer in ("siti", "budi"):
            (self.base / f"{officer}.pass").write_text(f"rahasia-{officer}\n")
            self.palang("officer", "add", officer, "--name", officer.title(), *self._key(officer))

    def _key(self, officer: str) -> Sequence[str]:
        folder = self.base
        return (
            "--key",
            str(folder / f"{officer}.pem"),
            "--passphrase-file",
            str(folder / f"{officer}.pass"),
        )

    def signed_by(self, officer: str) -> Sequence[str]:
        """The options with which an officer signs."""
        return ("--officer", officer, *self._key(officer))

    def _make_partner(self) -> None:
        (self.base / "host.pub").write_text(self.server.pin)
        made = self.partner(
            "init",
            *("--id", PARTNER, "--name", "Operator Uji A", "--kind", "operator"),
            *("--gateway", GATEWAY, "--test", "--peer", str(self.base / "host.pub")),
            *("--channel", self.server.uri("/inbox"), "--reply", self.server.uri("/outbox")),
            *("--set", 'inbox="../sftp/inbox"', "--set", 'outbox="../sftp/outbox"'),
        )
        assert made.code == 0, made
        self.palang("partner", "add", str(self.kit / "card.jws"), *self.signed_by("siti"))
        self.palang("partner", "approve", PARTNER, *self.signed_by("budi"))
        self.palang("key", "trust", "--out", str(self.base / "trust.json"))
        assert self.partner("trust", str(self.base / "trust.json")).code == 0

    def _release(self) -> None:
        rows = [f"0870{i:07d};penipuan;whatsapp;2026-11-01" for i in range(1, 13)]
        text = "\n".join(["NOMOR HP;KATEGORI;KANAL;TANGGAL", *rows, ""])
        (self.base / "list.csv").write_text(text)
        self.palang("intake", "add", str(self.base / "list.csv"), "--source", "iasc")
        self.palang("batch", "new", "1")
        self.palang("batch", "submit", "1", *self.signed_by("siti"))
        self.palang("batch", "release", "1", *self.signed_by("budi"))


def killed(done: Ran) -> bool:
    """Whether it ended by SIGKILL."""
    return done.code == -signal.SIGKILL
