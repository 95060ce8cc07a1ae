"""F11 (threats.md 2.4): backup during load, restore, continue. After a seeded course of releases,
sends, answers and losses the promises hold, as every partner's own records show."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from gateway.domain.delivery import State
from gateway.ports import SendError
from tests.services.back.peer import Peer
from tests.services.back.world import entry, numbers
from tests.services.ops.conftest import Losing
from tests.services.ops.test_epoch import manifests

FEW, ALL = range(1), range(1, 22)


@pytest.mark.parametrize("seed", [*FEW, *(pytest.param(s, marks=pytest.mark.long) for s in ALL)])
def test_backup_during_load_restore_and_continue(tmp_path: Path, seed: int) -> None:
    luck = random.Random(seed)
    world = Losing(tmp_path)
    peers = [world.partner(name) for name in ("opr-uji-a", "opr-uji-b")]
    _load(world, peers, luck, steps=12)
    world.back_up()
    _load(world, peers, luck, steps=luck.randrange(1, 10))
    evidence = world.restore()
    document = world.epochs.draft(evidence)
    left = dict(evidence.surviving[0].streams)
    for share in document.shares:
        last = left.get(share.partner, 0)
        lost = [share.first, share.last] if share.first else []
        assert lost == ([share.restored + 1, last] if last > share.restored else [])
    world.open_epoch(evidence)
    _load(world, peers, luck, steps=6)
    for peer in peers:
        peer.faults.clear()
        peer.lost.clear()
    world.run_until_quiet(16)
    _check(world, peers)
    world.close()


def _load(world: Losing, peers: list[Peer], luck: random.Random, steps: int) -> None:
    """So many steps of a busy gateway: what happens to a send is the seed's choice."""
    for _ in range(steps):
        match luck.randrange(5):
            case 0 | 1:
                begin = 628701100000 + luck.randrange(10_000)
                pair = zip(numbers(len(peers), begin), peers, strict=True)
                world.release([entry(number, route=peer.id) for number, peer in pair])
            case 2:
                peer = luck.choice(peers)
                kind = luck.choice((peer.faults, peer.lost))
                kind.append(SendError("uji", "no" if kind is peer.faults else "unknown"))
            case _:
                world.round()
        world.pass_time(luck.randrange(1, 30) * 60_000_000)


def _check(world: Losing, peers: list[Peer]) -> None:
    for peer in peers:
        seen = manifests(world, peer)
        for key in ("place", "delivery"):
            digests: dict[object, set[str]] = {}
            for one in seen:
                name = (one.epoch, one.sequence) if key == "place" else str(one.delivery)
                digests.setdefault(name, set()).add(one.digest())
            assert all(len(found) == 1 for found in digests.values()), key
        newest = sorted({m.sequence for m in seen if m.epoch == 2})
        assert newest == list(range(1, len(newest) + 1))
    done = {State.ACKNOWLEDGED, State.WITHHELD}
    assert {d.state for d in world.deliveries()} <= done
    for batch in {d.batch for d in world.deliveries()}:
        for peer in peers:
            own = [d for d in world.deliveries() if (d.batch, d.partner) == (batch, peer.id)]
            assert any(d.state is State.ACKNOWLEDGED for d in own)
    world.check_ledger()
