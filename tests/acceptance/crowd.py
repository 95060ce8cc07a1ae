"""A gateway with several partners whose one HTTPS service notes every parcel, and real workers.

The house is made as `palang init` makes it; officers, partners and releases go through the store
with real signatures, because what is under test is what several `palang worker` make of them.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.domain import merkle
from gateway.domain.batch import Batch, BatchState, Entry, Review, Share, entries_digest
from gateway.domain.canonical import digest
from gateway.domain.delivery import Delivery, Priority, State
from gateway.domain.ids import DeliveryId, Envelope
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.records import Attempt
from gateway.domain.times import DAY
from gateway.domain.trust import Algorithm, Owner, OwnerKind, Role
from gateway.main.making import make
from gateway.main.wiring import Gateway
from gateway.ports import DeliveryFilter, UnitOfWork
from gateway.services.approvals import Act, Approvals, Asked, Signatory
from gateway.services.officers import Officers
from keys import jwk
from keys.generate import generate
from keys.jws import JoseSignatures
from tests.peers.tls_server import Handler, TlsServer
from tests.services.back.parts import entry, new_signer

GATEWAY = "palang-uji"
PATIENCE = 90.0
"""Seconds until something that must come is given up."""

_QUICK = {"tick_seconds = 5": "tick_seconds = 1", "first_seconds = 60": "first_seconds = 1"}


@dataclass
class Service:
    """The partners' side: takes every parcel, and notes when each began and ended.

    `pause` is how long it takes, in seconds; while `hang` is set it answers nothing.
    """

    pause: float = 0.0
    hang: threading.Event = field(default_factory=threading.Event)
    went_on: threading.Event = field(default_factory=threading.Event)
    posts: Counter[str] = field(default_factory=Counter)  # by delivery
    bodies: dict[str, set[str]] = field(default_factory=dict)  # by delivery, digests
    under_way: Counter[str] = field(default_factory=Counter)  # by partner
    most: Counter[str] = field(default_factory=Counter)  # by partner, at one time
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, handler: Handler, data: bytes) -> None:
        """One POST."""
        if "Palang-Parcel" in handler.headers:
            self._take(handler.headers["Idempotency-Key"], data)
        handler.answer(202)

    def _take(self, delivery: str, data: bytes) -> None:
        partner = DeliveryId.parse(delivery).partner
        with self._lock:
            self.posts[delivery] += 1
            self.bodies.setdefault(delivery, set()).add(digest(data))
            self.under_way[partner] += 1
            self.most[partner] = max(self.most[partner], self.under_way[partner])
        time.sleep(self.pause)
        if self.hang.is_set():
            self.went_on.wait(PATIENCE)
        with self._lock:
            self.under_way[partner] -= 1


class Crowd:
    """The gateway at `home`; `server` is the service of all partners."""

    def __init__(
        self, home: Path, server: TlsServer, names: list[str], database: str, lease: int = 60
    ) -> None:
        make(home, GATEWAY, private=True, database=database)
        self.home, self.names = home, names
        self._hasten(lease)
        self.gateway = Gateway(home)
        self.store, self.clock = self.gateway.store, self.gateway.clock
        self.approvals = Approvals(JoseSignatures())
        officers = Officers(self.store, self.approvals, self.clock)
        self.siti, self.budi = (self._officer(officers, name) for name in ("siti", "budi"))
        for name in names:
            self._partner(name, server)

    def close(self) -> None:
        """Close the test's own connections."""
        self.gateway.close()

    def _hasten(self, lease: int) -> None:
        file = self.home / "palang.toml"
        text = file.read_text()
        for old, new in (_QUICK | {"lease_seconds = 900": f"lease_seconds = {lease}"}).items():
            assert old in text
            text = text.replace(old, new)
        file.write_text(text)

    def _officer(self, officers: Officers, name: str) -> Signatory:
        signatory = Signatory(name, new_signer())
        officers.enrol(name, name.title(), signatory.signer)
        return signatory

    def _partner(self, name: str, server: TlsServer) -> None:
        now = self.clock.now()
        owner = Owner(OwnerKind.PARTNER, name)
        seal = generate(Algorithm.ECDH_X25519).public_key()
        where = {"channel": server.uri(f"/{name}"), "reply": "", "peer": server.pem}
        partner = Partner(
            name,
            PartnerKind.OPERATOR,
            name,
            **where,
            envelope=Envelope.JOSE,
            test=True,
            term="PT24H",
            card=digest(name.encode()),
            standing=Standing.LIVE,
        )
        with self.store.write() as uow:
            uow.save(partner, LedgerEvent(Tag.PARTNER_APPROVE, now, {"partner": name}))
            pin = jwk.pinned_key(seal, owner, Role.SEAL, now - DAY, now + DAY)
            uow.save(pin, LedgerEvent(Tag.KEY_ADD, now, {"kid": pin.kid}))
            uow.commit("partner.approve")

    def release(self, times: int = 1) -> None:
        """Batches, each with a delivery to every partner."""
        for _ in range(times):
            with self.store.write() as uow:
                self._release(uow, uow.lists.next_batch())
                uow.commit("batch.release")

    def _release(self, uow: UnitOfWork, number: int) -> None:
        now = self.clock.now()
        batch = Batch(number, True, Priority.ROUTINE, secrets.token_bytes(32), now)
        uow.save(batch, LedgerEvent(Tag.BATCH_PREPARE, now, {"batch": number}))
        entries = [entry(628701110000 + i, route=name) for i, name in enumerate(self.names)]
        uow.lists.put_entries(number, entries)
        review = _review(batch, entries, self.names).to_bytes()
        released = replace(batch, state=BatchState.RELEASED, review=review, released_at=now)
        event = LedgerEvent(Tag.BATCH_RELEASE, now, {"batch": number, "digest": released.digest})
        uow.save(released, event)
        for act, by in ((Act.BATCH_SUBMIT, self.siti), (Act.BATCH_RELEASE, self.budi)):
            word = self.approvals.sign(uow, by, Asked(act, f"batch:{number}", released.digest), now)
            uow.save(word, LedgerEvent(Tag.BATCH_SUBMIT, now, {"digest": released.digest}))
        for name in self.names:
            one = Delivery(str(DeliveryId(number, name, 1)), number, name, batch.priority, now, now)
            uow.save(one, event)

    # --- what became of it ----------------------------------------------------------------------

    def deliveries(self) -> tuple[Delivery, ...]:
        """All of them."""
        with self.store.read() as uow:
            return uow.deliveries.deliveries(DeliveryFilter())

    def all_sent(self) -> bool:
        """Whether nothing waits any more."""
        return {one.state for one in self.deliveries()} == {State.SENT}

    def attempts(self) -> dict[str, list[Attempt]]:
        """By delivery."""
        with self.store.read() as uow:
            found = uow.deliveries.deliveries(DeliveryFilter())
            return {one.id: list(uow.deliveries.attempts(one.id)) for one in found}

    def check_books(self) -> None:
        """D and E: the ledger's tree holds, and each partner's sequence has no gap and no reuse."""
        with self.store.read() as uow:
            size = uow.log.size()
            hashes = [merkle.leaf_hash(leaf.entry) for leaf in uow.log.leaves(0, size)]
            assert merkle.subtree(0, size, uow.log.node) == merkle.root(hashes)
            for name in self.names:
                mine = uow.deliveries.deliveries(DeliveryFilter(partner=name))
                sequences = [one.sequence for one in sorted(mine, key=lambda one: one.batch)]
                assert sequences == list(range(1, len(mine) + 1)), name
                assert uow.deliveries.in_flight(name) == 0


def _review(batch: Batch, entries: list[Entry], names: list[str]) -> Review:
    return Review(
        gateway=GATEWAY,
        batch=batch.id,
        test=True,
        priority=batch.priority,
        plan="uji",
        block=len(entries),
        unblock=0,
        entries=entries_digest(batch.salt, entries),
        shares=tuple(Share(name, 1, 0) for name in names),
        withheld=(),
        nobody=0,
        guards=(),
    )


def until(condition: Callable[[], bool], patience: float = PATIENCE, every: float = 0.05) -> None:
    """Wait for what must come; a look that costs much is taken less often."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(every)
