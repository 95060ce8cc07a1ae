"""Twelve ways in which a partner's channel misbehaves (threats.md 2.4, F7), now and then.

Each is what the real adapters say of a real server that does this (test_f7_real_channels.py holds
them to it), so that a matrix of days runs in seconds, with no clock but the test's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from gateway.domain.canonical import digest
from gateway.domain.parties import Partner
from gateway.domain.statements import About, Reason
from gateway.domain.times import SECOND
from gateway.ports import Adapter, HandOver, Inbound, Message, Parcel, ProbeReport, SendError
from tests.services.back.peer import Peer, PeerAdapter, PeerChannels

Taken = Literal["no", "yes", "either", "half"]


@dataclass(frozen=True, slots=True)
class Way:
    """How it misbehaves: whether the partner has the parcel all the same, and what the adapter then
    raises; None where it raises nothing, for a good answer came whose body is worth nothing."""

    name: str
    taken: Taken
    outcome: Literal["no", "unknown"] | None
    alert: bool = False
    busy: bool = False
    retry_after: int = 0  # seconds

    def error(self) -> SendError:
        """What the channel says."""
        assert self.outcome is not None
        return SendError(
            f"the partner's channel: {self.name}",
            self.outcome,
            alert=self.alert,
            busy=self.busy,
            retry_after=self.retry_after * SECOND,
        )


WAYS = {
    way.name: way
    for way in (
        Way("refuses", "no", "no"),
        Way("hangs", "either", "unknown"),
        Way("resets", "no", "unknown"),
        Way("answers 500", "either", "unknown"),
        Way("drips", "either", "unknown"),
        Way("wrong certificate", "no", "no", alert=True),
        Way("wrong key", "no", "no", alert=True),
        Way("answers 429", "no", "no", busy=True, retry_after=120),
        Way("loses its answer", "yes", "unknown"),
        Way("garbage answer", "yes", None),
        Way("truncates", "half", None),
        Way("full disk", "no", "no", busy=True),
    )
}


@dataclass
class Moods:
    """When a channel misbehaves: in `percent` of its calls, as the seed draws, until it is over."""

    way: Way
    percent: int
    chance: random.Random
    over: bool = False
    calls: int = 0
    faults: int = 0

    def strikes(self) -> bool:
        """Whether this call goes wrong."""
        if self.over:
            return False
        self.calls += 1
        struck = self.chance.random() * 100 < self.percent
        self.faults += struck
        return struck

    def takes(self) -> bool:
        """Whether the partner did it all the same."""
        return self.way.taken == "yes" or (
            self.way.taken == "either" and self.chance.random() < 0.5
        )


class MisbehavingAdapter(PeerAdapter):
    """The channel to a peer, which does not always do what it should."""

    def __init__(self, peer: Peer, moods: Moods) -> None:
        super().__init__(peer)
        self._moods = moods

    def send(self, delivery_id: str, parcel: Parcel) -> HandOver:
        moods = self._moods
        if not moods.strikes():
            return super().send(delivery_id, parcel)
        if moods.way.taken == "half":
            return self._store_half(delivery_id, parcel)
        if moods.takes():
            super().send(delivery_id, parcel)
        if moods.way.outcome is not None:
            raise moods.way.error()
        return self._took(delivery_id, b"<html>Selamat datang</html>")

    def _store_half(self, delivery_id: str, parcel: Parcel) -> HandOver:
        """It says that it has the parcel, but has the first half of it: it can open nothing, names
        what it got, and never saw a manifest."""
        about = About(1, 1, digest(parcel.data[: len(parcel.data) // 2]), "")
        self._peer.say(self._peer.nack(about, Reason.CANT_OPEN))
        return self._took(delivery_id, None)

    def _took(self, delivery_id: str, reply: bytes | None) -> HandOver:
        peer = self._peer
        return HandOver(peer.now(), f"peer:{peer.id}", "SHA256:peer", delivery_id, reply)

    def say(self, message: Message) -> HandOver:
        if not self._moods.strikes() or self._moods.way.outcome is None:
            return super().say(message)
        if self._moods.takes():
            super().say(message)
        raise self._moods.way.error()

    def collect(self, keep: Callable[[Inbound], None]) -> int:
        if not self._moods.strikes() or self._moods.way.outcome is None:
            return super().collect(keep)
        if self._moods.takes():  # one item is kept, and lies there still
            for name in sorted(self._peer.outbox)[:1]:
                keep(Inbound("statement", self._peer.outbox[name], name))
        raise self._moods.way.error()

    def probe(self) -> ProbeReport:
        raise self._moods.way.error()


@dataclass
class MisbehavingChannels:
    """One partner's channel misbehaves, the others' are honest."""

    peers: dict[str, Peer]
    partner: str
    moods: Moods

    @contextmanager
    def open(self, partner: Partner) -> Iterator[Adapter]:
        if partner.id == self.partner:
            yield MisbehavingAdapter(self.peers[partner.id], self.moods)
            return
        with PeerChannels(self.peers).open(partner) as adapter:
            yield adapter
