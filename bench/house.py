"""A gateway as `palang init` makes it, with partners and releases, to send from for real.

Officers, partners and releases go through the store with real signatures, as the officers' commands
write them: what is measured is what the worker's services make of them.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.domain.batch import Batch, BatchState, Entry, Review, Share, entries_digest
from gateway.domain.canonical import digest
from gateway.domain.delivery import Delivery, Priority, State
from gateway.domain.ids import DeliveryId, Envelope
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.times import Micros
from gateway.domain.trust import PinnedKey, write_trust
from gateway.jobs import Work
from gateway.main.making import make
from gateway.main.wiring import Gateway
from gateway.main.worker import build_work
from gateway.ports import DeliveryFilter, UnitOfWork
from gateway.services.approvals import Act, Approvals, Asked, Signatory
from gateway.services.officers import Officers
from keys.jws import JoseSignatures
from keys.raw import PrivateSigner

GATEWAY = "palang-bench"
_NUMBERS = 62_870_0000_0000  # a test prefix (domain.md section 5)


class House:
    """The gateway at `home`; a context manager that closes its database.

    `database` is a URL, "" for SQLite. `settings` is TOML text to add.
    """

    def __init__(self, home: Path, *, database: str = "", settings: str = "") -> None:
        make(home, GATEWAY, private=True, database=database)
        file = home / "palang.toml"
        text = file.read_text("utf-8").replace("tick_seconds = 5", "tick_seconds = 1")
        file.write_text(f"{text}\n{settings}", "utf-8")
        self.home = home
        self.gateway = Gateway(home)
        self.store, self.clock = self.gateway.store, self.gateway.clock
        self._approvals = Approvals(JoseSignatures())
        officers = Officers(self.store, self._approvals, self.clock)
        self._siti, self._budi = (_officer(officers, name) for name in ("siti", "budi"))
        self._numbers = random.Random(0)  # synthetic numbers, the same each time

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.gateway.close()

    def work(self) -> Work:
        """The worker's services, as the worker has them."""
        return build_work(self.gateway, random.SystemRandom().random, secrets.token_bytes)

    def trust(self) -> bytes:
        """The trust file that partners pin."""
        return write_trust(self.gateway.trust())

    def partner(
        self, name: str, channel: str, keys: Iterable[PinnedKey], *, reply: str = "", peer: str = ""
    ) -> None:
        """A live operator for tests with its keys."""
        now = self.clock.now()
        partner = Partner(
            name,
            PartnerKind.OPERATOR,
            name,
            channel,
            reply,
            peer,
            Envelope.JOSE,
            test=True,
            term="PT24H",
            card=digest(name.encode()),
            standing=Standing.LIVE,
        )
        with self.store.write() as uow:
            uow.save(partner, LedgerEvent(Tag.PARTNER_APPROVE, now, {"partner": name}))
            for pin in keys:
                uow.save(pin, LedgerEvent(Tag.KEY_ADD, now, {"kid": pin.kid}))
            uow.commit("partner.approve")

    def move(self, name: str, channel: str) -> None:
        """Another channel for a partner, with the same pinned identity."""
        with self.store.write() as uow:
            moved = replace(uow.registry.partner(name), channel=channel)
            facts = {"partner": name}
            uow.save(moved, LedgerEvent(Tag.PARTNER_APPROVE, self.clock.now(), facts))
            uow.commit("partner.approve")

    def release(self, names: Sequence[str], entries: int, *, wait: Micros = 0) -> None:
        """A batch with so many blocks for each of these partners, and a delivery to each, due after
        `wait` microseconds."""
        drawn = self._numbers.sample(range(_NUMBERS, _NUMBERS + 10**8), entries * len(names))
        rows = sorted(_entry(number, names[at % len(names)]) for at, number in enumerate(drawn))
        with self.store.write() as uow:
            self._release(uow, uow.lists.next_batch(), names, rows, wait)
            uow.commit("batch.release")

    def fall_due(self) -> list[str]:
        """Let all that waits be due now, in one step; the deliveries' ids."""
        now = self.clock.now()
        with self.store.write() as uow:
            waiting = uow.deliveries.deliveries(DeliveryFilter(states=(State.QUEUED,)))
            for one in waiting:
                event = LedgerEvent(Tag.DELIVERY_REQUEUE, now, {"delivery": one.id})
                uow.save(replace(one, due_at=now), event)
            uow.commit("delivery.requeue")
        return [one.id for one in waiting]

    def _release(
        self,
        uow: UnitOfWork,
        number: int,
        names: Sequence[str],
        rows: list[Entry],
        wait: Micros,
    ) -> None:
        now = self.clock.now()
        batch = Batch(number, True, Priority.ROUTINE, secrets.token_bytes(32), now)
        uow.save(batch, LedgerEvent(Tag.BATCH_PREPARE, now, {"batch": number}))
        uow.lists.put_entries(number, rows)
        review = _review(batch, rows, names).to_bytes()
        released = replace(batch, state=BatchState.RELEASED, review=review, released_at=now)
        event = LedgerEvent(Tag.BATCH_RELEASE, now, {"batch": number, "digest": released.digest})
        uow.save(released, event)
        for act, by in ((Act.BATCH_SUBMIT, self._siti), (Act.BATCH_RELEASE, self._budi)):
            asked = Asked(act, f"batch:{number}", released.digest)
            word = self._approvals.sign(uow, by, asked, now)
            uow.save(word, LedgerEvent(Tag.BATCH_SUBMIT, now, {"digest": released.digest}))
        for name in names:
            delivery, due = str(DeliveryId(number, name, 1)), now + wait
            uow.save(Delivery(delivery, number, name, batch.priority, now, due), event)


def _officer(officers: Officers, name: str) -> Signatory:
    signatory = Signatory(name, PrivateSigner(Ed25519PrivateKey.generate()))
    officers.enrol(name, name.title(), signatory.signer)
    return signatory


def _entry(number: int, route: str) -> Entry:
    return Entry(
        number=number,
        action="block",
        category="penipuan",
        channel="whatsapp",
        evidence_ref="TIKET-1",
        evidence_date="2026-11-20",
        basis="PM7-2026",
        review_date="2027-02-20",
        route=route,
        source=0,
    )


def _review(batch: Batch, rows: list[Entry], names: Sequence[str]) -> Review:
    return Review(
        gateway=GATEWAY,
        batch=batch.id,
        test=True,
        priority=batch.priority,
        plan="bench",
        block=len(rows),
        unblock=0,
        entries=entries_digest(batch.salt, rows),
        shares=tuple(Share(name, len(rows) // len(names), 0) for name in names),
        withheld=(),
        nobody=0,
        guards=(),
    )
