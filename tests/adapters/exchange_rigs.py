"""The pull channel in one hand: the worker's adapter, a real listener, a partner that asks it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import asyncssh

from adapters.exchange import PullScheme
from adapters.registry import ChannelRegistry
from gateway.domain import failpoints
from gateway.domain.errors import LedgerUnavailable
from gateway.domain.parties import Partner
from gateway.domain.times import SECOND
from gateway.ports import Adapter, Quotas
from tests.adapters.rigs import QUICK, Login, Rig, StillClock
from tests.keys.parties import GATEWAY
from tests.web.house import A, House, fresh_url, house_on, partner, request
from tests.web.wire import Wire, wired


class ExchangeRig(Rig):
    """`house` is the store and what the listener told, `wire` where it listens."""

    fingerprint = ""  # nobody is connected to

    def __init__(self, house: House, wire: Wire) -> None:
        self.house, self.wire = house, wire
        self.partner: Partner = partner()
        self._gateway = GATEWAY.id
        self._replies: dict[str, str] = {}

    def open(self, **how: asyncssh.SSHKey) -> AbstractContextManager[Adapter]:
        """As the dispatcher gets one."""
        scheme = PullScheme(self.house.exchange, self._gateway, StillClock(), QUICK)
        return ChannelRegistry(
            StillClock(), Login(), allow_private=False, limits=QUICK, house={"pull": scheme}
        ).open(self.partner)

    def received(self) -> dict[str, bytes]:
        """What a partner gets that lists and then fetches each parcel, over TLS."""
        found = {}
        for item in json.loads(self.ask("parcels", 1))["items"]:
            data = self.ask("parcels/next", item["sequence"])
            assert f"sha256:{hashlib.sha256(data).hexdigest()}" == item["digest"]
            found[item["name"]] = data
        return found

    def ask(self, resource: str, since: int) -> bytes:
        """One signed request; the answer's body."""
        asked = request(since, at=self.house.clock.now())
        return self.send(resource, asked)[1]

    def send(self, resource: str, body: bytes) -> tuple[int, bytes]:
        """A POST by the standard library; status and body."""
        made = urllib.request.Request(
            f"{self.wire.url}/v1/{A}/{resource}",
            data=body,
            headers={"Content-Type": "application/jose"},
        )
        try:
            with urllib.request.urlopen(made, timeout=10, context=self.wire.context()) as got:
                return int(got.status), bytes(got.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def put_reply(self, name: str, data: bytes) -> None:
        """As the listener keeps what it authenticated; the contract's bytes are signed by nobody.

        The contract expects the order of names, which here is that of arrival.
        """
        digest = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
        at = int.from_bytes(name.encode().ljust(4, b"\0")[:4]) * SECOND
        self.house.exchange.keep_statement(A, digest, data, at, Quotas(10**9, 10**9, 10**9))
        self._replies[name] = digest

    def replies(self) -> set[str]:
        """Those that the worker has not taken, read past our own code."""
        with closing(sqlite3.connect(self.wire.folder / "exchange.sqlite")) as database:
            rows = database.execute("SELECT digest FROM exchange_inbound WHERE taken_at IS NULL")
            waiting = {row[0] for row in rows}
        return {name for name, digest in self._replies.items() if digest in waiting}

    def lose_next_answer(self) -> None:
        """The store commits, and the connection to it breaks."""

        def lost(point: str) -> None:
            if point == "after:exchange.publish":
                failpoints.arm(None)
                raise LedgerUnavailable("the connection broke in the middle of the commit")

        failpoints.arm(lost)

    def wrong_identity(self) -> None:
        """The settings lead to the store of another gateway."""
        self._gateway = "palang-lain"


@contextmanager
def exchange_rig_in(folder: Path) -> Iterator[ExchangeRig]:
    """A store with two published partners behind a listener, in this folder."""
    with house_on(fresh_url(folder)) as house, wired(house, folder) as wire:
        yield ExchangeRig(house, wire)
