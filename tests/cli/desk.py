"""A terminal on a gateway of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from gateway.main import cli
from gateway.main.heart import Heart
from gateway.main.wiring import SystemClock
from gateway.store.heartbeats import SqlHeartbeats
from gateway.store.store import open_store

SECRET = b"rahasia-luring\n"


@dataclass
class Desk:
    """A terminal on a gateway of its own."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "gw"

    @property
    def database(self) -> Path:
        return self.home / "state" / "palang.sqlite"

    def run(self, *words: object, home: Path | None = None) -> Result:
        return CliRunner().invoke(cli(), ["--home", str(home or self.home), *map(str, words)])

    def done(self, *words: object, home: Path | None = None) -> dict[str, Any]:
        result = self.run(*words, "--json", home=home)
        assert result.exit_code == 0, (result.stdout, result.stderr)
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def beat(self) -> None:
        store = open_store(f"sqlite:///{self.database}", SystemClock())
        Heart(SqlHeartbeats(store), SystemClock()).beat()
        store.close()

    def offline(self) -> Path:
        """The public half of a new offline key."""
        (self.folder / "frasa").write_bytes(SECRET)
        words = [
            "offline-key",
            "--key",
            self.folder / "off.pem",
            "--public",
            self.folder / "off.pub",
        ]
        if not (self.folder / "off.pub").exists():
            self.done(*words, "--passphrase-file", self.folder / "frasa")
        return self.folder / "off.pub"

    def backed_up(self, to: Path) -> dict[str, Any]:
        return self.done("backup", "--to", to, "--offline-key", self.offline())

    def restored(self, backup: Path, home: Path) -> Result:
        key = ["--offline-key", self.folder / "off.pem", "--passphrase-file", self.folder / "frasa"]
        return self.run("restore", backup, *key, home=home)


def findings(desk: Desk, *words: str) -> dict[str, dict[str, Any]]:
    """The worst finding of each name."""
    result = desk.run("doctor", "--json", *words)
    found: dict[str, dict[str, Any]] = {}
    order = ["OK", "WARNING", "CRITICAL"]
    for one in json.loads(result.stdout)["findings"]:
        before = found.get(one["name"])
        if before is None or order.index(one["level"]) > order.index(before["level"]):
            found[one["name"]] = one
    return found
