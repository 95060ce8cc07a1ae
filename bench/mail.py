"""Mail through the adapter beside plain smtplib: the same relay, sender and attachment.

smtplib leaves Nagle's algorithm on: the end of a mail that is longer than one TLS record waits for
the relay's delayed acknowledgement, 40 ms here. A mail of one record does not wait. No client can
be faster than the relay takes mails: its own CPU for each says how many times plain smtplib that is
on an idle machine (docs/adr/0007).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from bench import plain
from bench.channels import Mail
from bench.report import Ratio, Report, Scale
from bench.timing import in_turns
from bench.world import World, world
from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope, ParcelName
from gateway.ports import Parcel

GOAL = 10.0
_SIZES = ((10_000, "10 kB", False), (28_000, "28 kB", True), (1_000_000, "1 MB", False))
"""Bytes, name, whether the goal is about it: 28 kB is a parcel of 2,000 entries."""
_COUNTS = {Scale.TINY: (2, 1), Scale.QUICK: (10, 2), Scale.USUAL: (40, 5), Scale.FULL: (100, 7)}
_PALANG, _PLAIN = "palang's mail adapter", "plain smtplib"
_QUICKER = "smtplib with TCP_NODELAY"
_RELAY = "the relay's own CPU allows"


def run(scale: Scale) -> Iterator[Report]:
    """One report."""
    count, runs = _COUNTS[scale]
    report = Report("mail", "mails a second to one relay, one session each")
    with world(Mail, 1, kits=False) as made:
        for size, name, goal in _SIZES:
            some = max(1, min(count, count * 100_000 // size))
            jobs = _jobs(made, os.urandom(size), some)
            measured = in_turns(jobs, runs)
            for who, seconds in measured.items():
                report.figure(f"{name}: {who}", some / seconds, "/s")
            for peer in (_PLAIN, _QUICKER):
                speed = measured[peer] / measured[_PALANG]
                at_least = GOAL if goal and peer == _PLAIN else None
                report.ratios.append(Ratio(f"{name}: {_PALANG}", speed, peer, at_least=at_least))
            relay = _relay(made, jobs[_PALANG]) / some
            report.figure(f"{name}: the relay's CPU a mail", relay * 1000, "ms")
            most = measured[_PLAIN] / some / relay
            report.ratios.append(Ratio(f"{name}: {_RELAY}", most, _PLAIN))
    yield report


def _relay(made: World, job: Callable[[], object]) -> float:
    """Seconds of the relay's CPU."""
    clock = made.clocks["relay"]
    begun = clock()
    job()
    return clock() - begun


def _jobs(made: World, data: bytes, count: int) -> dict[str, Callable[[], object]]:
    channel, name = made.channel, made.names[0]
    if not isinstance(channel, Mail):
        raise AssertionError("this is about mail")
    with made.house.store.read() as uow:
        to = uow.registry.partner(name)
    parcel = Parcel(ParcelName(name, 1, 1, Envelope.JOSE), data, digest(data))
    channels = made.house.gateway.channels

    def palang() -> None:
        for _ in range(count):
            with channels.open(to) as adapter:
                adapter.send(f"1.{name}.1", parcel)

    def of_peer(*, no_delay: bool) -> Callable[[], object]:
        def send() -> None:
            with plain.smtp(channel.port, channel.ca, no_delay=no_delay) as submit:
                for _ in range(count):
                    submit(data)

        return send

    return {_PALANG: palang, _PLAIN: of_peer(no_delay=False), _QUICKER: of_peer(no_delay=True)}
