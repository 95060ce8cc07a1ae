"""A gateway that can be lost, and brought back from a copy of its database."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain import failpoints
from gateway.domain.epoch import read_high_water
from gateway.services.epoch import Epochs
from gateway.services.epoch_draft import Evidence
from gateway.store.highwater import HighWaterFile
from gateway.store.store import open_store
from tests.services.back.peer import Peer
from tests.services.back.world import World, entry, numbers


class Losing(World):
    """A world with a backup. `restore` is what `palang restore` does: the old database, a
    high-water file that asks for a new epoch."""

    def back_up(self) -> None:
        self.copy = self.folder / "copy.sqlite"
        source = sqlite3.connect(self.folder / "palang.sqlite")
        source.execute("VACUUM INTO ?", (str(self.copy),))
        source.close()

    def restore(self) -> Evidence:
        """The evidence that survives: the lost machine's high-water file."""
        self.rounds.close()
        self.store.close()
        surviving = (self.folder / "high-water.json").read_bytes()
        for ending in ("-wal", "-shm"):
            Path(f"{self.folder / 'palang.sqlite'}{ending}").unlink(missing_ok=True)
        self.copy.replace(self.folder / "palang.sqlite")
        self.store = open_store(self.url, self.clock)
        return Evidence("sha256:" + "ab" * 32, "", (read_high_water(surviving),))

    @property
    def epochs(self) -> Epochs:
        return Epochs(self.store, self.approvals, self.clock)

    def open_epoch(self, evidence: Evidence) -> int:
        document = self.epochs.draft(evidence)
        self.epochs.propose(document, self.siti)
        opened = self.epochs.open(document, self.budi)
        for peer in self.peers.values():  # as a kit does: an epoch has its own sequences
            peer.opened.clear()
            peer.said.clear()
        self.go_on()
        return opened.epoch

    def go_on(self) -> None:
        """A worker on the restored database, with a high-water file of the new epoch."""
        path = self.folder / "high-water.json"
        path.unlink()
        self.highwater = HighWaterFile(path)
        with self.store.read() as uow:
            self.highwater.start(uow.registry.gateway().epoch)
        self.start_worker()

    def send(self, count: int, since: int = 0) -> list[int]:
        """Release so many batches of one entry, one after the other, each sent and answered."""
        made = []
        for one in numbers(count, 628701111000 + since):
            made.append(self.release([entry(one)]))
            self.round(2)
            self.pass_time()
        return made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Losing]:
    random.seed(7)
    made = Losing(tmp_path)
    yield made
    failpoints.arm(None)
    made.close()


@pytest.fixture
def peer(world: Losing) -> Peer:
    return world.partner("opr-uji-a")
