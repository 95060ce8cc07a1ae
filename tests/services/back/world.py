"""A gateway with its worker's services, over the real SQLite store, real keys and honest peers."""

from __future__ import annotations

import dataclasses
import random
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from gateway.domain import merkle
from gateway.domain.batch import Batch, BatchState, Entry, Review, Share, entries_digest
from gateway.domain.canonical import digest
from gateway.domain.delivery import Delivery, Priority, State
from gateway.domain.ids import DeliveryId, Envelope
from gateway.domain.ledger import LedgerEvent, Tag, read_checkpoint
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.period_keys import Periods
from gateway.domain.records import ApprovalRecord, GatewayState
from gateway.domain.schedule import Pace, RetryPolicy
from gateway.domain.statements import Consent, Withdrawal
from gateway.domain.times import DAY, HOUR, MINUTE, Micros
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Trust
from gateway.jobs import Happening, Rounds, Work
from gateway.ports import DeliveryFilter, UnitOfWork
from gateway.services.answers import Answers
from gateway.services.approvals import Act, Approvals, Asked, Signatory
from gateway.services.attempts import AttemptBook
from gateway.services.checkpoints import CheckpointService
from gateway.services.circuit import Circuit
from gateway.services.consents import Consents
from gateway.services.desk import DeliveryDesk
from gateway.services.dispatch import DispatchService
from gateway.services.heads import HeadService
from gateway.services.officers import Officers
from gateway.services.outbox import OutboxService
from gateway.services.packing import Packer
from gateway.services.pens import Pens
from gateway.services.progress import ProgressService
from gateway.services.receiving import CollectService, JudgeService
from gateway.services.release_check import ReleaseCheck
from gateway.services.renewal import RenewalService
from gateway.services.sealing import SealingService
from gateway.services.setup import initialise
from gateway.services.sweep import SweepService
from gateway.store.highwater import HighWaterFile
from gateway.store.store import SqlStore, open_store
from keys.documents import Documents
from keys.envelopes import EnvelopeSealer
from keys.notes import C2spNotes
from tests.blank import lay
from tests.services.back.parts import (
    GATEWAY,
    MemoryKeyring,
    SetClock,
    entry,
    new_signer,
    numbers,
)
from tests.services.back.peer import Peer, PeerChannels


@contextmanager
def sqlite_database(folder: Path) -> Iterator[str]:
    """The URL of a fresh file."""
    yield lay(folder / "palang.sqlite")


DATABASE: list[Callable[[Path], AbstractContextManager[str]]] = [sqlite_database]
"""The last one makes every world's database; tests on a server put theirs on top."""


class World:
    """Two officers, a worker, and whatever partners a test adds."""

    def __init__(
        self,
        folder: Path,
        policy: RetryPolicy | None = None,
        pace: Pace | None = None,
        clock: SetClock | None = None,
        periods: Periods | None = None,
    ) -> None:
        self._place = ExitStack()
        self.url = self._place.enter_context(DATABASE[-1](folder))
        self.folder = folder
        self.clock = clock or SetClock()
        self.start = self.clock.now()  # keys and consents count from here
        self.policy = policy or RetryPolicy()
        self.pace = pace or Pace()
        self.keyring = MemoryKeyring(self.start)
        self.signatures = Documents()
        self.approvals = Approvals(self.signatures)
        self.peers: dict[str, Peer] = {}
        self.heard: list[Happening] = []
        self.highwater = HighWaterFile(folder / "high-water.json")
        self.highwater.start(1)
        self.store: SqlStore = open_store(self.url, self.clock, periods=periods)
        state = GatewayState(GATEWAY, f"{GATEWAY}.example/ledger", 1, self.start)
        initialise(self.store, state, self.keyring.pins, ())
        self.officers = Officers(self.store, self.approvals, self.clock)
        self.siti, self.budi = self._officer("siti"), self._officer("budi")
        self.start_worker()

    def start_worker(self) -> None:
        """Build the worker's services anew, as after a restart."""
        store, clock, channels = self.store, self.clock, PeerChannels(self.peers)
        self.checkpoints = CheckpointService(store, clock, self.keyring, C2spNotes())
        self.packer = Packer(self.keyring, EnvelopeSealer())
        self.sealing = SealingService(
            store,
            clock,
            self.keyring,
            self.signatures,
            self.packer,
            self.checkpoints,
            self.highwater,
            ReleaseCheck(self.approvals, clock),
            secrets.token_bytes,
        )
        self.circuit = Circuit(self.policy, self.pace)
        self.book = AttemptBook(store, clock, self.circuit, random.Random(7).random)
        self.renewal = RenewalService(store, clock, self.packer, self.signatures)
        self.dispatch = DispatchService(
            store, clock, channels, self.highwater, self.renewal, self.book
        )
        self.collect = CollectService(store, clock, channels)
        pens = Pens(self.keyring, self.signatures)
        self.answers = Answers(pens)
        self.judge = JudgeService(
            store, clock, self.signatures, self.answers, receipt=self.policy.receipt
        )
        self.heads = HeadService(store, clock, pens)
        self.outbox = OutboxService(store, clock, channels, self.policy)
        self.sweep = SweepService(store, clock, self.policy)
        self.consents = Consents(store, self.signatures, clock)
        self.progress = ProgressService(store, clock)
        self.desk = DeliveryDesk(store, clock)
        work = Work(
            self.sealing,
            self.dispatch,
            self.collect,
            self.judge,
            self.sweep,
            self.checkpoints,
            self.consents,
            self.heads,
            self.outbox,
        )
        self.rounds = Rounds(work, clock, self.heard.append)

    def copied(self, folder: Path) -> World:
        """The same gateway and peers at the same moment, in a database of its own."""
        file = folder / "palang.sqlite"
        with closing(sqlite3.connect(self.folder / "palang.sqlite")) as connection, connection:
            connection.execute("VACUUM INTO ?", (str(file),))
        shutil.copy(self.folder / "high-water.json", folder)
        other = object.__new__(World)
        other.__dict__.update(self.__dict__)
        other.folder, other.url, other.heard = folder, f"sqlite:///{file}", []
        other.highwater = HighWaterFile(folder / "high-water.json")
        other._place = ExitStack()
        other.store = open_store(other.url, self.clock)
        other.start_worker()
        return other

    def twin(self) -> World:
        """Another worker on the same database, with its own connections and high-water file."""
        other = object.__new__(World)
        other.__dict__.update(self.__dict__)
        other.heard, other._place = [], ExitStack()
        other.highwater = HighWaterFile(self.folder / "high-water-2.json")
        other.highwater.start(1)
        other.store = open_store(self.url, self.clock)
        other.start_worker()
        return other

    def close(self) -> None:
        self.rounds.close()
        self.store.close()
        self._place.close()

    # --- who ------------------------------------------------------------------------------------

    def _officer(self, name: str) -> Signatory:
        signatory = Signatory(name, new_signer())
        self.officers.enrol(name, f"Petugas {name}", signatory.signer)
        return signatory

    def partner(self, name: str, kind: PartnerKind = PartnerKind.OPERATOR, **more: Any) -> Peer:
        """A live partner with its peer."""
        peer = Peer(name, GATEWAY, self.start, self.clock.now, self.trust)
        self.peers[name] = peer
        values: dict[str, Any] = {
            "name": name,
            "channel": f"peer:{name}",
            "reply": f"peer:{name}",
            "peer": "",
            "envelope": Envelope.JOSE,
            "test": True,
            "term": "PT24H",
            "card": digest(name.encode()),
            "standing": Standing.LIVE,
        }
        self.save(Partner(name, kind, **(values | more)), Tag.PARTNER_APPROVE, partner=name)
        self.pin(peer.statement_pin)
        self.pin(peer.seal_pin)
        return peer

    def ott(self, name: str = "ott-uji", **terms: Any) -> Peer:
        """A live OTT partner with a live consent."""
        peer = self.partner(name, PartnerKind.OTT)
        self.consent(peer, **terms)
        return peer

    def consent(self, peer: Peer, **terms: Any) -> str:
        body = peer.sign(self.terms(peer, **terms))
        return self.consents.record(peer.id, body).digest

    def terms(self, peer: Peer, **terms: Any) -> Consent:
        values: dict[str, Any] = {
            "at": self.clock.now(),
            "since": self.start - DAY,
            "until": self.start + 200 * DAY,
            "categories": ("penipuan",),
            "channels": ("whatsapp",),
            "origins": ("domestic", "foreign"),
            "fields": ("category",),
            "most": 100,
            "period": "P30D",
            "purpose": "pencegahan penipuan",
            "retention": "P90D",
            "target": "PT72H",
            "answers": "per-entry",
        }
        return Consent(peer.id, GATEWAY, **(values | terms))

    def withdraw(self, peer: Peer, consent: str) -> None:
        word = Withdrawal(peer.id, GATEWAY, self.clock.now(), consent)
        self.consents.record(peer.id, peer.sign(word))

    def pin(self, key: PinnedKey) -> None:
        self.save(key, Tag.KEY_ADD, kid=key.kid)

    def revoke(self, key: PinnedKey) -> None:
        self.save(key.revoked_at(self.clock.now()), Tag.KEY_REVOKE, kid=key.kid)

    def trust(self) -> Trust:
        with self.store.read() as uow:
            return uow.registry.trust()

    def save(self, aggregate: Any, tag: Tag, **facts: Any) -> None:
        with self.store.write() as uow:
            uow.save(aggregate, LedgerEvent(tag, self.clock.now(), facts))
            uow.commit("partner.approve")

    # --- what -----------------------------------------------------------------------------------

    def release(
        self,
        entries: list[Entry],
        partners: list[str] | None = None,
        lane: Priority = Priority.ROUTINE,
        words: int = 2,
        **batch: Any,
    ) -> int:
        """A batch under the signatures of `words` officers, with a delivery for each partner."""
        now = self.clock.now()
        with self.store.write() as uow:
            number = uow.lists.next_batch()
            values: dict[str, Any] = {
                "test": True,
                "priority": lane,
                "salt": secrets.token_bytes(32),
            } | batch
            made = Batch(number, created_at=now, **values)
            uow.save(made, LedgerEvent(Tag.BATCH_PREPARE, now, {"batch": number}))
            uow.lists.put_entries(number, entries)
            review = _review(made, uow.lists.entries(number), partners or list(self.peers))
            frozen = dataclasses.replace(
                made, state=BatchState.RELEASED, review=review.to_bytes(), released_at=now
            )
            event = LedgerEvent(Tag.BATCH_RELEASE, now, {"batch": number, "digest": frozen.digest})
            uow.save(frozen, event)
            self._sign(uow, frozen, words, now)
            for partner in partners or list(self.peers):
                one = Delivery(str(DeliveryId(number, partner, 1)), number, partner, lane, now, now)
                uow.save(one, event)
            uow.commit("batch.release")
        return number

    def _sign(self, uow: UnitOfWork, batch: Batch, words: int, now: Micros) -> None:
        acts = ((Act.BATCH_SUBMIT, self.siti), (Act.BATCH_RELEASE, self.budi))
        for act, by in acts[:words]:
            asked = Asked(act, f"batch:{batch.id}", batch.digest)
            record = self.approvals.sign(uow, by, asked, now)
            facts = {"digest": batch.digest, "officer": by.officer}
            uow.save(record, LedgerEvent(Tag.BATCH_SUBMIT, now, facts))

    def stop_batch(self, batch: int) -> None:
        """Only the batch's own mark; its deliveries are the sweep's to find."""
        with self.store.read() as uow:
            found = uow.lists.batch(batch)
        self.save(dataclasses.replace(found, stopped=True), Tag.BATCH_STOP, batch=batch)

    def word(
        self, uow: UnitOfWork, act: str, subject: str, over: str, at: Micros
    ) -> ApprovalRecord:
        """Siti's verified word over what the desk shows."""
        return self.approvals.sign(uow, self.siti, Asked(Act(act), subject, over), at)

    # --- time and looking -----------------------------------------------------------------------

    def round(self, times: int = 1) -> None:
        for _ in range(times):
            self.rounds.run_once()

    def round_of_sends(self) -> None:
        """Only what dispatch does in a round, for long spans of time."""
        for partner in self.dispatch.due():
            self.dispatch.run_partner(partner, self.heard.append)
        for partner in self.sealing.waiting():
            self.sealing.seal_partner(partner)

    def pass_time(self, span: Micros = HOUR) -> None:
        self.clock.at += span

    def run_until_quiet(self, rounds: int = 12, span: Micros = 20 * MINUTE) -> None:
        for _ in range(rounds):
            self.round()
            self.pass_time(span)

    def delivery(self, delivery: str) -> Delivery:
        with self.store.read() as uow:
            return uow.deliveries.delivery(delivery)

    def state(self, delivery: str) -> State:
        return self.delivery(delivery).state

    def deliveries(self) -> tuple[Delivery, ...]:
        with self.store.read() as uow:
            return uow.deliveries.deliveries(DeliveryFilter())

    def happened(self, kind: type) -> list[Any]:
        return [one for one in self.heard if isinstance(one, kind)]

    def events(self, tag: Tag) -> list[dict[str, Any]]:
        """The ledger's events of a tag, as JSON."""
        import json

        with self.store.read() as uow:
            leaves = list(uow.log.leaves(0, uow.log.size()))
        found = [json.loads(leaf.event) for leaf in leaves]
        return [event for event in found if event["event"] == str(tag)]

    def check_ledger(self) -> None:
        """The latest signed checkpoint is the root over the leaves that are there."""
        with self.store.read() as uow:
            signed = uow.log.latest_checkpoint()
            assert signed is not None
            leaves = list(uow.log.leaves(0, signed.size))
        owner = Owner(OwnerKind.GATEWAY, GATEWAY)
        body, _key = C2spNotes().verify(signed.note, GATEWAY, owner, self.trust(), signed.at)
        root = merkle.root([merkle.leaf_hash(leaf.entry) for leaf in leaves])
        assert read_checkpoint(body).root == root


def _review(batch: Batch, entries: list[Entry], partners: list[str]) -> Review:
    block = sum(e.action == "block" for e in entries)
    return Review(
        gateway=GATEWAY,
        batch=batch.id,
        test=batch.test,
        priority=batch.priority,
        plan="uji",
        block=block,
        unblock=len(entries) - block,
        entries=entries_digest(batch.salt, entries),
        shares=tuple(Share(partner, block, len(entries) - block) for partner in partners),
        withheld=(),
        nobody=0,
        guards=(),
    )


__all__ = ["World", "entry", "numbers"]
