"""A gateway that sources hand lists in to, and a source with a real kit; all keys are real."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import InboundRecord
from gateway.domain.source_list import KIND, SourceList, pack
from gateway.domain.statements import Answer
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, Trust, write_trust
from gateway.ports import Channels, UnitOfWork
from gateway.services.attempts import keep_event
from gateway.services.jws import statement_of
from gateway.services.list_wants import AskedLists, ListTaking
from gateway.services.outbox import OutboxService
from gateway.services.receiving import CollectService, Judged, JudgeService
from gateway.services.source_inbox import AutoTake, SourceInbox, Wanted
from gateway.services.source_lists import ListReader
from keys import jwk
from keys.envelopes import EnvelopeSealer, open_sealed
from keys.files import Opener
from keys.generate import generate
from keys.jws import JoseSignatures
from keys.keyring import KeyOpeners
from keys.raw import PrivateSigner
from partner import identity, setup
from partner.kit import Kit, load_kit
from partner.setup import Wanted as Asked
from tests.fsck.town import Town
from tests.services.back.parts import FROM, GATEWAY, UNTIL

SOURCE = "iasc-uji"
ROWS = "nomor hp;kategori;kanal\n0870-1111-2201;Penipuan;WhatsApp\n87111112202;Penipuan;SMS\n"
"""The first number is certain, the second one inferred: its zero is lost."""


@dataclass
class Desk:
    """The gateway's side of a source. `town` has everything else of a gateway."""

    town: Town
    seal_pin: PinnedKey
    reader: ListReader
    inbox: SourceInbox

    def judge(self, body: bytes, partner: str = SOURCE) -> Judged:
        """A parcel as a channel would hand it over: kept first, then judged."""
        town = self.town
        record = InboundRecord(0, partner, "parcel", digest(body), body, town.clock.now())
        with town.store.write(partner) as uow:
            kept = uow.inbox.keep(record, keep_event(record))
            uow.commit("inbound.keep")
        return self.judging().judge(kept)

    def judging(self) -> JudgeService:
        """What judges, with the gateway's seal key."""
        town = self.town
        parts = (town.store, town.clock, town.signatures, town.answers)
        return JudgeService(*parts, lists=self.reader)

    def answer(self, body: bytes, partner: str = SOURCE) -> Answer | None:
        """The gateway's signed word on a parcel."""
        with self.town.store.read() as uow:
            stored = uow.outgoing.answer(partner, digest(body))
        word = statement_of(stored.body) if stored else None
        return word if isinstance(word, Answer) else None

    def take(self, number: int = 1) -> int:
        """The intake that an officer makes of a list."""
        return self.inbox.take(number, Wanted("petugas")).id

    @property
    def asked(self) -> AskedLists:
        """What officers want of the lists."""
        return AskedLists(self.town.store, self.town.clock)

    def auto(self, *, on: bool = True) -> ListTaking:
        """What the worker takes: what officers want, and what needs no person."""
        return ListTaking(self.inbox, self.asked, AutoTake(self.inbox, on=on))

    def profile(self, source: str = SOURCE) -> None:
        """The columns of the source's files, kept."""
        sample = self.town.file(ROWS.encode())
        with self.town.intakes.planned(sample, "laporan.csv") as (_opened, plan):
            self.town.intakes.profiles.save(source, plan, "petugas")

    def unit(self) -> UnitOfWork:
        """A look into the store."""
        return self.town.store.read()


@contextmanager
def desk_in(folder: Path) -> Iterator[Desk]:
    """A gateway with a seal key."""
    town = Town(folder)
    try:
        private: Any = generate(Algorithm.ECDH_X25519)
        public = private.public_key()
        owner = Owner(OwnerKind.GATEWAY, GATEWAY)
        pin = jwk.pinned_key(public, owner, Role.SEAL, FROM, UNTIL)
        facts = {"kid": pin.kid, "role": "seal", "public": digest(pin.public.encode())}
        with town.store.write() as uow:
            uow.save(pin, LedgerEvent(Tag.KEY_ADD, town.clock.now(), facts))
            uow.commit("gateway.init")
        openers = KeyOpeners(Opener(pin.kid, pin.alg, private))
        reader = ListReader(
            JoseSignatures(),
            lambda data, _partner, _at: open_sealed(data, openers, tuple(Envelope))[1],
        )
        yield Desk(town, pin, reader, SourceInbox(town.store, town.intakes, reader))
    finally:
        town.close()


@dataclass
class Source:
    """A source's kit, its card approved and the gateway pinned."""

    desk: Desk
    kit: Kit

    def file(self, text: str = ROWS, name: str = "laporan.csv") -> Path:
        """A file to hand in."""
        path = self.kit.home / name
        path.write_text(text, "utf-8")
        return path


def source_in(
    desk: Desk,
    home: Path,
    *,
    partner: str = SOURCE,
    kind: str = "source",
    channel: str = "",
    reply: str = "",
    peer: str = "",
    given: dict[str, str] | None = None,
) -> Source:
    """A partner with a kit; two officers approved its card."""
    town, way = desk.town, channel or f"dir:{partner}"
    reply = reply or (way if "://" not in way and not way.startswith("mailto:") else "")
    wanted = Asked(partner, partner, kind, GATEWAY, way, reply, peer, (), test=True, days=300)
    setup.init(home, wanted, given or {}, town.clock.now())
    town.partners.propose((home / "card.jws").read_bytes(), town.siti)
    town.partners.approve(partner, town.budi)
    pins = [key for key in town.trust().keys if key.owner.kind is OwnerKind.GATEWAY]
    trust = write_trust(Trust(GATEWAY, pins))
    identity.pin(home, trust, GATEWAY, town.clock.now(), replace=False)
    return Source(desk, load_kit(home, town.clock, {}))


@dataclass
class Hand:
    """What one list is made of; a test changes one point of it."""

    desk: Desk
    signer: PrivateSigner | Any
    listed: SourceList
    file: bytes

    def sealed(self, head: bytes | None = None, recipient: PinnedKey | None = None) -> bytes:
        """Signed, packed and sealed."""
        head = head or self.listed.to_bytes()
        signature = JoseSignatures().sign_detached(head, KIND, self.signer)
        return self.seal(pack(head, signature, self.listed.name, self.file), recipient)

    def seal(self, plain: bytes, recipient: PinnedKey | None = None) -> bytes:
        """Any content, sealed to the gateway."""
        return EnvelopeSealer().seal(plain, Envelope.JOSE, recipient or self.desk.seal_pin)

    def but(self, **changes: Any) -> Hand:
        """The same with other words in the list."""
        return replace(self, listed=replace(self.listed, **changes))


def hand(source: Source, serial: int = 1, text: str = ROWS) -> Hand:
    """A list by this source's own statement key."""
    desk, data = source.desk, text.encode()
    at = desk.town.clock.now()
    name = f"sha256:{hashlib.sha256(data).hexdigest()}"
    listed = SourceList(source.kit.identity.id, GATEWAY, at, serial, "laporan.csv", len(data), name)
    return Hand(desk, source.kit.signer(at), listed, data)


def served(desk: Desk, channels: Channels, partner: str = SOURCE) -> None:
    """One round of the worker over real channels: collect, judge, answer."""
    town = desk.town
    CollectService(town.store, town.clock, channels).collect(partner)
    judging = desk.judging()
    for record in judging.pending():
        judging.judge(record)
    OutboxService(town.store, town.clock, channels, town.policy).say_to(partner)
