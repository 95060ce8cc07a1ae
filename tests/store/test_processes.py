"""Several processes on one database: no number twice, no leaf lost, nothing half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from gateway.domain import merkle
from gateway.domain.canonical import decode
from gateway.store.store import SqlStore
from tests.store.damage import raw

ROOT = Path(__file__).parents[2]


def start(url: str, name: str, count: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.store.writer", url, name, str(count)]
    return subprocess.Popen(command, cwd=ROOT)


def check(store: SqlStore) -> list[str]:
    """Return who prepared each batch; the tree must hold and name each batch once."""
    with store.read() as uow:
        size = uow.log.size()
        leaves = list(uow.log.leaves(0, size))
        hashes = [merkle.leaf_hash(leaf.entry) for leaf in leaves]
        assert merkle.subtree(0, size, uow.log.node) == merkle.root(hashes)
        events = [decode(leaf.event, what="an event") for leaf in leaves]
        named = [event["batch"] for event in events]
        assert named == list(range(1, size + 1))
        assert sorted(one.id for one in uow.lists.batches()) == named
        return [event["by"] for event in events]


def test_two_writers_take_turns_and_lose_nothing(store: SqlStore, url: str) -> None:
    workers = [start(url, name, 40) for name in ("a", "b")]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    by = check(store)
    assert sorted(by) == ["a"] * 40 + ["b"] * 40


def test_a_killed_writer_leaves_whole_units_only(store: SqlStore, url: str) -> None:
    worker = start(url, "a", 100_000)
    while len(raw(url, "SELECT id FROM batches LIMIT 5")) < 5:
        assert worker.poll() is None
        time.sleep(0.01)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(60)
    assert len(check(store)) >= 5
    with store.write() as uow:
        uow.lists.next_batch()
