"""Fault F13: duplicate, reordered, late, contradictory, forged and over-claiming statements.

Seed by seed, in two orders each; both end alike, and as a plain reckoning says (threats.md R2 to
R8).
"""

from __future__ import annotations

import dataclasses
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.domain.canonical import digest
from gateway.domain.delivery import State
from gateway.domain.records import InboundRecord, InboundState
from gateway.domain.statements import ConfirmRow, Reason
from gateway.domain.times import HOUR, MINUTE
from gateway.services.attempts import keep_event
from tests.services.back.parts import entry, new_signer
from tests.services.back.peer import Opened, Peer
from tests.services.back.world import World

RUNS = 600
ALL_RUNS = 100_000
GROUP = 100  # statements on one database, in one order
DELIVERIES = 5
ENTRIES = 3
CODES = [
    ("diblokir_total", "total"),
    ("gagal", ""),
    ("bukan_pelanggan", ""),
    ("diblokir_total", "list-only"),
]
WAIT = 15 * MINUTE  # between two arrivals, so that the last ones of a group are late

TIMES = ("2026-11-24T06:00:00Z", "2026-11-24T06:30:00Z")


class Said(NamedTuple):
    """A statement of a partner, and what a plain reckoning needs to know of it."""

    delivery: int
    kind: str
    revision: int
    rows: tuple[ConfirmRow, ...]
    body: bytes

    @property
    def counts(self) -> bool:
        """Whether it can count at all."""
        return self.kind != "forged" and all(1 <= row[0] <= ENTRIES for row in self.rows)


class Group:
    """One seed: deliveries that were handed over, and what the partner says of them."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.draw = random.Random(seed)
        self.world = World(folder)
        self.peer = self.world.partner("opr-uji-a")
        self.peer.answers = False
        for i in range(DELIVERIES):
            base = 628701112000 + 10 * i
            self.world.release([entry(base + n) for n in range(ENTRIES)])
        self.world.round()
        self.opened = [self.peer.open(parcel) for parcel in self.peer.arrivals]
        said = [self._statement() for _ in range(GROUP * 4 // 5)]
        # a fifth are replays, byte for byte
        self.said = said + [self.draw.choice(said) for _ in range(GROUP - len(said))]

    def _statement(self) -> Said:
        number = self.draw.randrange(DELIVERIES)
        kind = self.draw.choice(["ack", "nack", "confirm", "confirm", "confirm", "forged"])
        revision = self.draw.randint(1, 3)
        entries = self.draw.sample([1, 2, 3], self.draw.randint(1, 3))
        if self.draw.random() < 0.1:
            entries.append(ENTRIES + 1)  # over-claimed
        at = self.draw.choice(TIMES)  # part of what is said: another time is another content
        rows = tuple(ConfirmRow(e, *self.draw.choice(CODES), at) for e in entries)
        rows = () if kind in ("ack", "nack") else rows
        opened, peer = self.opened[number], self.peer
        self.world.pass_time(1_000_000)  # two that say the same are not the same bytes
        return Said(number, kind, revision, rows, _signed(peer, opened, kind, revision, rows))

    def end(self, order: Sequence[Said], folder: Path) -> list[dict[str, object]]:
        """What is left when they came in this order, each a while after the one before it."""
        world = self.world.copied(folder)
        began = world.clock.at
        try:
            with world.store.write() as uow:
                for said in order:
                    world.pass_time(WAIT)
                    kept = InboundRecord(
                        0, self.peer.id, "statement", digest(said.body), said.body, world.clock.at
                    )
                    uow.inbox.keep(kept, keep_event(kept))
                uow.commit("inbound.keep")
            while pending := world.judge.pending():
                for record in pending:
                    world.judge.judge(record)
            return [self._left(world, o, order) for o in self.opened]
        finally:
            world.clock.at = began
            world.close()

    def _left(self, world: World, opened: Opened, order: Sequence[Said]) -> dict[str, object]:
        name = str(opened.manifest.delivery)
        with world.store.read() as uow:
            receipts = uow.inbox.receipts(name)
            states = uow.inbox.listing("", (InboundState.DUPLICATE,))
            rows = [(*tuple(o)[:3], o.revision) for o in uow.inbox.outcomes(name)]
        start = world.delivery(name).handed_over_at
        assert start is not None
        assert all(r.late == (r.received_at > start + 24 * HOUR) for r in receipts)  # R5
        assert len(states) == len([s for s in order if s.counts]) - len(
            {s.body for s in order if s.counts}
        )
        progress = world.progress.delivery(name)
        return {
            "state": world.state(name),
            "rows": rows,
            "receipts": {r.statement for r in receipts},
            "outstanding": progress.outstanding,
            "done": progress.done,
        }

    def reckoned(self, number: int) -> tuple[State, list[tuple[int, str, str, int]]]:
        """State and counting rows, from the set of what was said, whatever its order."""
        mine = [s for s in self.said if s.delivery == number and s.counts]
        kinds = {s.kind for s in mine}
        state = State.REJECTED if "nack" in kinds else State.SENT
        state = State.ACKNOWLEDGED if "ack" in kinds else state
        best: dict[int, tuple[int, str, str, int]] = {}
        for revision in (1, 2, 3):
            words = {
                frozenset(s.rows) for s in mine if (s.kind, s.revision) == ("confirm", revision)
            }
            for row in words.pop() if len(words) == 1 else ():  # two of one revision: neither
                best[row.entry] = (row.entry, row.disposition, row.scope, revision)
        return state, [best[e] for e in sorted(best)]


def _signed(
    peer: Peer, opened: Opened, kind: str, revision: int, rows: tuple[ConfirmRow, ...]
) -> bytes:
    if kind == "ack":
        return peer.sign(peer.ack(opened.about))
    if kind == "nack":
        return peer.sign(peer.nack(opened.about, list(Reason)[revision]))
    signer = new_signer() if kind == "forged" else None
    said = dataclasses.replace(peer.confirm(opened, [], revision), rows=rows)
    return peer.sign(said, signer)


def check(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        group = Group(seed, Path(folder))
        ends = []
        try:
            for number in range(2):
                own = Path(folder) / str(number)
                own.mkdir()
                order = group.draw.sample(group.said, len(group.said))
                ends.append(group.end(order, own))
        finally:
            group.world.close()
        assert ends[0] == ends[1], f"seed {seed}: the order decided"
        for number, left in enumerate(ends[0]):
            reckoned = group.reckoned(number)
            assert (left["state"], left["rows"]) == reckoned, f"seed {seed}, delivery {number}"


def test_six_hundred_statements_in_any_order_end_as_reckoned() -> None:
    for seed in range(RUNS // GROUP // 2):
        check(seed)


@pytest.mark.long
def test_a_hundred_thousand_statements_in_any_order_end_as_reckoned() -> None:
    groups = ALL_RUNS // GROUP // 2
    for seed in range(groups):
        check(seed)
    print(f"F13: {ALL_RUNS} statements, seeds 0..{groups - 1}, all as reckoned")
