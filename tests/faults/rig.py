"""A town whose channels a test chooses, and the proof that its books balance: fsck, bundles, peers.

What is proven is proven by code that shares nothing with what wrote it: `palang fsck` over
database, high-water file and partners' copies, and the offline verifier over evidence bundles.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

from gateway.domain.delivery import Delivery, State
from gateway.domain.times import MINUTE, Micros
from gateway.jobs import Rounds, Trouble
from gateway.ports import Channels
from gateway.services.evidence import EvidenceService
from gateway.services.verifying import verify
from tests.fsck.town import VERIFY, Town, check, copy_of
from tests.services.back.peer import Peer, PeerChannels

A, B = "opr-uji-a", "opr-uji-b"
MOST = 60  # rounds after which nothing that can still come is left


class Outbox(dict[str, bytes]):
    """A reply channel that remembers whatever lay in it."""

    def __init__(self) -> None:
        super().__init__()
        self.ever: list[bytes] = []

    def __setitem__(self, name: str, body: bytes) -> None:
        self.ever.append(body)
        super().__setitem__(name, body)


class Site(Town):
    """Two operators, A and B; `through` may stand between the worker and their channels."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.through: Channels | None = None
        super().__init__(folder)
        self.a, self.b = self.partner(A), self.partner(B)
        self._released = 0

    def start_worker(self) -> None:
        super().start_worker()
        channels = self.through or PeerChannels(self.peers)
        self.dispatch = replace(self.dispatch, channels=channels)
        self.collect = replace(self.collect, channels=channels)
        self.outbox = replace(self.outbox, channels=channels)
        work = replace(
            self.rounds.work, dispatch=self.dispatch, collect=self.collect, outbox=self.outbox
        )
        # one turn after the other: what a seed draws does not depend on threads
        self.rounds = Rounds(work, self.clock, self.heard.append, slots=1)

    def connect(self, channels: Channels) -> None:
        """From now on the worker reaches its partners through these."""
        self.through = channels
        self.restart()

    def restart(self) -> None:
        """The worker ends in order and starts again."""
        self.rounds.close()
        self.start_worker()

    def release_one(self) -> int:
        """A released batch with one number of A and one of B, never the same twice."""
        self._released += 1
        return self.blocks(
            [f"{cell}{self._released:04};Penipuan;WhatsApp" for cell in ("0870-111", "0872-111")]
        )

    def free_one(self, number: int) -> int:
        """A released batch that frees the numbers of the n-th one."""
        return self.unblocks([f"{cell}{number:04}" for cell in ("0870-111", "0872-111")])

    def of(self, partner: str) -> list[Delivery]:
        """A partner's deliveries, by batch."""
        found = [one for one in self.deliveries() if one.partner == partner]
        return sorted(found, key=lambda one: one.batch)

    def settle(self, span: Micros = 31 * MINUTE, most: int = MOST) -> None:
        """Rounds until nothing is left to do."""
        for _ in range(most):
            self.round()
            self.pass_time(span)
            if all(
                one.state not in (State.QUEUED, State.SENDING, State.SENT)
                for one in self.deliveries()
            ):
                break
        self.round(2)


def prove(site: Site, seed: object) -> None:
    """The books balance: fsck is clean, each bundle verifies, no step failed as a bug would."""
    copies = {}
    for peer in (site.a, site.b):
        shutil.rmtree(site.folder / peer.id, ignore_errors=True)
        copies[peer.id] = copy_of(site.folder, peer)
    report = check(
        site.folder / "palang.sqlite",
        site.trust(),
        high_water=site.folder / "high-water.json",
        copies=copies,
    )
    assert report.clean, (seed, report.to_lines())
    assert [t for t in site.happened(Trouble) if "internal" in t.text] == [], seed
    acknowledged = [one.id for one in site.deliveries() if one.state is State.ACKNOWLEDGED]
    evidence = EvidenceService(site.store, site.clock, site.checkpoints.covering)
    for delivery in acknowledged[-1:]:
        bundle = evidence.delivery(delivery, "auditor")
        proof = verify(bundle.data, site.trust(), VERIFY.signatures, VERIFY.notes)
        assert not proof.failed, (seed, delivery)


def recorded_once(site: Site, peer: Peer, seed: object) -> None:
    """Promise B and "acknowledged exactly once": a parcel's bytes are the same however often it
    came, the digest rule records each sequence once, one receipt of each delivery counts."""
    bodies = Counter(name for name, _digest in {(str(p.name), p.digest) for p in peer.arrivals})
    assert set(bodies.values()) <= {1}, seed
    taken = [one for one in site.of(peer.id) if one.state is State.ACKNOWLEDGED]
    assert {one.sequence for one in taken} <= set(peer.opened), seed
    with site.store.read() as uow:
        for one in taken:
            counted = [receipt.counted for receipt in uow.inbox.receipts(one.id)]
            assert counted.count(True) == 1, (seed, one.id)
        assert uow.deliveries.in_flight(peer.id) == 0, seed
        assert uow.inbox.pending(10) == (), seed


def undelivered_is_shown(site: Site, peer: Peer, delivery: Delivery, seed: object) -> None:
    """What has no receipt is a dead letter that a person sees, and nothing is declared of it that
    its partner, which may have it, did not say."""
    assert delivery.state is State.FAILED, (seed, delivery.id, delivery.state)
    shown = site.progress.delivery(delivery.id)
    assert (shown.acknowledged, shown.done + shown.outstanding) == (0, shown.entries), seed
    assert not shown.done or delivery.sequence in peer.opened, (seed, delivery.id)
