"""CPU of one small REST delivery with its signed receipt, on both sides together.

The gateway's side is RestAdapter and the verification of the receipt; the partner's is the kit's
real HTTPS service in its own process: it opens, verifies and stores the parcel (SQLite, FULL) and
signs.
The gateway's own books (attempt, high-water, outcome, receipt, each durable with its leaf) are
shown beside, in the second figure.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.channels import Rest
from bench.delivery import ENTRIES
from bench.report import Ratio, Report, Scale
from bench.world import World, world
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.statements import Kind
from gateway.ports import DeliveryFilter, Parcel
from gateway.services.words import open_word
from keys.jws import JoseSignatures

GOAL = 6.0  # milliseconds
_COUNTS = {Scale.TINY: (2, 1), Scale.QUICK: (15, 1), Scale.USUAL: (40, 5), Scale.FULL: (200, 7)}


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of CPU a delivery."""

    send: float
    kit: float
    verify: float

    @property
    def both(self) -> float:
        """Of both sides."""
        return self.send + self.kit + self.verify


def run(scale: Scale) -> Iterator[Report]:
    """One report."""
    count, runs = _COUNTS[scale]
    report = Report("receipt", "CPU of a 10 kB REST delivery with signed receipt")
    with world(Rest, 2) as made:
        bare_name, whole_name = made.names
        for name in made.names:
            made.sealed([name], ENTRIES["10 kB"], 1)
            made.deliver([name], 1)  # everything was used once
        bare, whole = [], []
        for _ in range(runs):
            bare.append(_bare(made, bare_name, count))
            made.sealed([whole_name], ENTRIES["10 kB"], count)
            whole.append(made.deliver([whole_name], count).each())
    both = statistics.median(cost.both for cost in bare)
    for name in ("send", "kit", "verify"):
        report.figure(name, statistics.median(getattr(cost, name) for cost in bare), "ms")
    report.figure("send, kit and verify together", both, "ms")
    report.figure("the same with the gateway's books", statistics.median(whole), "ms")
    limit = f"the limit of {GOAL:g} ms"
    report.ratios += [
        Ratio("send, receive, store, sign, verify", both / GOAL, limit, at_most=1),
        Ratio("with the gateway's books", statistics.median(whole) / GOAL, limit, at_most=1),
    ]
    yield report


def _bare(made: World, name: str, count: int) -> Cost:
    """Adapter, kit and verification alone; for the books the deliveries stay queued."""
    waiting = _sealed(made, name, count)
    with made.house.store.read() as uow:
        partner, trust = uow.registry.partner(name), uow.registry.trust()
    kit, begun = made.clocks["kit"](), time.process_time()
    replies = []
    for delivery, parcel in waiting:
        with made.house.gateway.channels.open(partner) as adapter:
            replies.append(adapter.send(delivery, parcel).reply or b"")
    sent, kit_sent = time.process_time(), made.clocks["kit"]()
    for reply in replies:
        word = open_word(JoseSignatures(), reply, partner.id, trust, made.house.clock.now())
        if word.kind is not Kind.ACK:
            raise AssertionError(f"expected a receipt, got {word.kind}")
    verified = time.process_time()
    parts = (sent - begun, kit_sent - kit, verified - sent)
    return Cost(*(part / count * 1000 for part in parts))


def _sealed(made: World, name: str, count: int) -> list[tuple[str, Parcel]]:
    made.sealed([name], ENTRIES["10 kB"], count)
    with made.house.store.read() as uow:
        every = uow.deliveries.deliveries(DeliveryFilter(partner=name))
        newest = sorted(every, key=lambda one: one.batch)[-count:]
        sealings = [(one, uow.deliveries.sealing(one.id, 1)) for one in newest]
    return [
        (
            one.id,
            Parcel(
                ParcelName(one.partner, one.epoch, one.sequence, Envelope.JOSE),
                sealing.parcel,
                sealing.digest,
            ),
        )
        for one, sealing in sealings
    ]
