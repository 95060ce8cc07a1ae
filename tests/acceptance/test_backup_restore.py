"""A lost machine is brought back from its backup: by the words of docs/operations.md, and in two
officers' hands."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.fsck.case import Kept, Verifiers
from gateway.fsck.run import prove
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from keys.period_keys import PeriodFolder
from tests.acceptance.stage import LEASE, PARTNER, ROOT, Stage, killed, run

DOC = ROOT / "docs" / "operations.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
NUMBER = re.compile(rb"(?:62|0)870\d{6,}")


def drill() -> list[str]:
    """The commands of the drill, as they are printed."""
    section = DOC.read_text("utf-8").partition("### The drill")[2].partition("\n### ")[0]
    return BLOCK.findall(section)


class Lost:
    """A stage whose gateway is lost after a backup."""

    def __init__(self, stage: Stage) -> None:
        self.stage, base = stage, stage.base
        self.new = base / "baru"
        self.luring = base / "luring"
        self.luring.mkdir(exist_ok=True)
        (self.luring / "offline.pass").write_text("rahasia-luring\n")
        self.backup = base / "terbaru.backup"

    def make_key(self) -> None:
        public, key = self.luring / "offline.pub.pem", self.luring / "offline.pem"
        if not key.exists():
            words = ("--passphrase-file", str(self.luring / "offline.pass"))
            self.stage.palang("offline-key", "--key", str(key), "--public", str(public), *words)

    def back_up(self) -> dict[str, Any]:
        self.make_key()
        words = ("--to", str(self.backup), "--offline-key", str(self.luring / "offline.pub.pem"))
        return self.stage.palang("backup", *words, "--json").document()

    def follow(self, blocks: list[str]) -> str:
        """Run the page's blocks in one shell, with `palang` on its path."""
        tools = self.stage.base / "bin"
        tools.mkdir(exist_ok=True)
        palang = tools / "palang"
        palang.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gateway.main "$@"\n')
        palang.chmod(0o755)
        environment = {
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONPATH": str(ROOT),
            "CADANGAN": str(self.backup),
            "LURING": str(self.luring),
            "LAMA": str(self.stage.gateway),
            "BARU": str(self.new),
            "KUNCI": str(self.stage.base),
            "PERIODE": str(self.stage.gateway),
        }
        done = subprocess.run(
            ["sh", "-eu"],
            input="\n".join(blocks),
            env=environment,
            cwd=self.stage.base,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout


@pytest.fixture
def lost(stage: Stage) -> Iterator[Lost]:
    made = Lost(stage)
    yield made
    for path in (made.new, made.backup):
        if path.is_dir():
            subprocess.run(["rm", "-rf", str(path)], check=True)
        path.unlink(missing_ok=True)


def test_lost_in_the_middle_of_a_batch_and_restored_by_the_page_alone(
    lost: Lost, capsys: pytest.CaptureFixture[str]
) -> None:
    """B had sent the parcel and died before it knew; the backup was made before that."""
    stage = lost.stage
    lost.back_up()
    assert killed(stage.worker("after:send"))
    stage.partner("run", "--once")
    began = time.monotonic()
    said = lost.follow(drill())
    took = time.monotonic() - began
    assert "sequences 1 to 1; their batches are not in the backup" in said
    assert f"1.{PARTNER}.1" in said
    with capsys.disabled():
        print(f"\n[restore drill] {took:.1f} s from the backup to the first parcel sent; "
              f"uncertain: 1.{PARTNER}.1, sequence 1")  # fmt: skip
    _settled(lost)


def _settled(lost: Lost) -> None:
    """The partner takes the new epoch, everything is acknowledged once, nothing was refused."""
    stage, kit = lost.stage, lost.stage.partner
    states: dict[str, str] = {}
    for _ in range(4):
        kit("run", "--once")
        time.sleep(LEASE)  # waits for the clock of back-off, asserts nothing
        run("gateway.main", lost.new, "worker", "--once")
        listed = run("gateway.main", lost.new, "delivery", "list", "--json").document()
        states = {d["delivery"]: d["state"] for d in listed["deliveries"]}
        if states[f"1.{PARTNER}.101"] == "ACKNOWLEDGED":
            break
    assert states[f"1.{PARTNER}.101"] == "ACKNOWLEDGED"
    assert set(states) == {f"1.{PARTNER}.1", f"1.{PARTNER}.101"}
    status = json.loads(kit("status", "--json").out)
    assert (status["epoch"], status["sequence"], status["enforced"]) == (2, 1, 12)
    assert status["refused"] == 0
    _proven(lost.new, stage.kit)


def _proven(home: Path, kit: Path) -> None:
    """fsck's own reading of database, high-water file and the partner's copy."""
    periods = PeriodFolder(home / "period-keys", home / "secrets" / "periods")
    mark = home / "state" / "high-water.json"
    outside = Kept(high_water=mark, copies={PARTNER: kit}, periods=periods)
    url = f"sqlite:///{home / 'state' / 'palang.sqlite'}"
    verifiers = Verifiers(JoseSignatures(), C2spNotes())
    report = prove(url, verifiers, outside, lambda _step, _rows: None)
    assert report.clean, report.to_lines()


def test_a_backup_shows_no_key_and_no_number_and_is_complete(lost: Lost) -> None:
    made = lost.back_up()
    data = lost.backup.read_bytes()
    assert made["bytes"] == len(data)
    assert not NUMBER.search(data)
    assert b"PRIVATE KEY" not in data
    assert b"SQLite format" not in data
    assert not list(lost.stage.gateway.glob("state/backup-*"))
    with closing(sqlite3.connect(lost.stage.gateway / "state" / "palang.sqlite")) as db:
        numbers = [number for (number,) in db.execute("SELECT number FROM entries")]
    assert numbers, "there is something to find"
    assert not any(number.to_bytes(6, "big") in data for number in numbers)
