"""One partner under test, over its real channel, with the gateway's real keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.domain import fetched
from gateway.domain.canonical import digest
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.ladder.judging import Climb, Sent, Word
from gateway.domain.ladder.notes import LadderNote
from gateway.domain.ladder.pressing import Press, press
from gateway.domain.ladder.rungs import RungResult
from gateway.domain.ladder.samples import Addressee, Place, Variant
from gateway.domain.parties import Partner, PartnerKind
from gateway.domain.times import Micros
from gateway.domain.trust import (
    COUNTERSIGNS_WITH,
    SEALS_WITH,
    Owner,
    OwnerKind,
    PinnedKey,
    Role,
    Trust,
)
from gateway.ports import (
    Adapter,
    Clock,
    Inbound,
    Keyring,
    Parcel,
    Sealer,
    SendError,
    Signatures,
    Signer,
)
from gateway.services.cards import OpenedCard
from gateway.services.ladder_book import LadderBook
from gateway.services.ladder_channel import channel_rungs
from gateway.services.words import open_word

PULLS = "pull:"
"""Channels where parcels lie ready until the partner asks for them."""
FETCHED = "fetched"
"""Head of a note that holds the listener's word of a fetch."""


class Forger(Protocol):
    """Signers whose keys are pinned nowhere, for what a partner must refuse."""

    def __call__(self, envelope: Envelope | None) -> Signer:
        """One that signs in the form of this envelope; None for the JWS."""
        ...


@dataclass(frozen=True, slots=True)
class RigKeys:
    """What parcels are made with."""

    gateway: str
    keyring: Keyring
    signatures: Signatures
    sealer: Sealer
    forger: Forger
    draw: Callable[[int], bytes]


@dataclass
class LadderRig:
    """domain.ladder.climbing.Rig over an adapter. `note` is the latest signed checkpoint."""

    partner: Partner
    card: OpenedCard
    adapter: Adapter
    book: LadderBook
    keys: RigKeys
    note: str
    clock: Clock
    wait: Callable[[int], bool]

    @property
    def run(self) -> int:
        """The number of this climb."""
        return self.book.run

    def probe(self) -> Sequence[RungResult]:
        """Identity, login, write."""
        return channel_rungs(self.adapter.probe())

    def climb(self) -> Climb:
        """All until now; what lies ready on the reply channel is fetched first."""
        if self.partner.is_read:
            self.adapter.collect(self._keep)
        consent = self.card.consent
        answers = consent is not None and consent.answers == "per-entry"
        return Climb(
            capabilities=frozenset(self.card.card.capabilities),
            kids=tuple(key.kid for key in self._seal_keys()),
            confirms=self.partner.kind is not PartnerKind.OTT or answers,
            sent=self.book.sent(),
            words=self.book.words(self._word),
            pulls=self.partner.channel.startswith(PULLS),
        )

    def _keep(self, item: Inbound) -> None:
        if item.kind == "statement":
            self.book.add("statement", item.data)
        if item.kind == "fetched":
            self.book.add("statement", item.data, FETCHED)

    def _word(self, note: LadderNote) -> Word:
        """Verified by the keys of the card itself: nothing else of this partner is pinned yet."""
        trust = Trust(self.keys.gateway, self.card.keys)
        data, parcel = note.body, ""
        try:
            if note.head == FETCHED:
                word = fetched.read(data)
                data, parcel = word.request.encode(), word.parcel
            signed = open_word(self.keys.signatures, data, self.partner.id, trust, note.at)
        except NotVerified as error:
            return Word(note.digest, None, f"{error.reason}: {error}", parcel)
        return Word(note.digest, signed.statement, fetched=parcel)

    def make(self, variant: Variant, place: Place, kid: str = "") -> Sent:
        """Seal a parcel and keep it."""
        card = self.card.card
        voluntary = self.partner.kind is PartnerKind.OTT
        consent = digest(card.consent.encode()) if voluntary else ""
        to = Addressee(self.keys.gateway, self.partner.id, self.partner.basis, consent)
        now = self.clock.now()
        made = press(to, self.partner.envelope, variant, place, self._press(now), now, kid)
        return self.book.add_sent(made)

    def repeat(self, sent: Sent) -> Sent:
        """Keep that it is sent once more."""
        return self.book.add_sent(replace(sent, variant=Variant.AGAIN))

    def send(self, sent: Sent) -> str:
        """Hand it over; an acknowledgement that comes with the response is kept."""
        name = ParcelName(self.partner.id, sent.epoch, sent.sequence, self.partner.envelope)
        try:
            taken = self.adapter.send(sent.delivery, Parcel(name, sent.data, sent.parcel))
        except SendError as error:
            return f"{error} {error.hint}".strip()
        if taken.reply:
            self.book.add("statement", taken.reply)
        return ""

    def pause(self, tries: int) -> bool:
        """Let the partner work."""
        return self.wait(tries)

    def _seal_keys(self) -> tuple[PinnedKey, ...]:
        """Oldest first, also those that count later: the partner must open with all."""
        allowed = SEALS_WITH[self.partner.envelope]
        found = [k for k in self.card.keys if k.role is Role.SEAL and k.alg in allowed]
        return tuple(sorted(found, key=lambda key: (key.not_before, key.kid)))

    def _press(self, now: Micros) -> Press:
        keys, envelope = self.keys, self.partner.envelope

        def sign(manifest: bytes, forged: bool) -> bytes:
            signer = keys.forger(None) if forged else keys.keyring.signer(Role.MANIFEST, now)
            return keys.signatures.sign_detached(manifest, "manifest", signer)

        def native(manifest: bytes, forged: bool) -> bytes:
            if envelope is Envelope.JOSE:
                return b""
            kinds = COUNTERSIGNS_WITH[envelope]
            signer = (
                keys.forger(envelope) if forged else keys.keyring.signer(Role.MANIFEST, now, kinds)
            )
            return keys.sealer.countersign(manifest, envelope, signer)

        def seal(data: bytes, kid: str) -> tuple[bytes, str]:
            pin = self._recipient(kid, now)
            return keys.sealer.seal(data, envelope, pin), pin.kid

        return Press(sign, native, seal, keys.draw, self.note)

    def _recipient(self, kid: str, now: Micros) -> PinnedKey:
        if kid:
            return next(key for key in self._seal_keys() if key.kid == kid)
        owner = Owner(OwnerKind.PARTNER, self.partner.id)
        trust = Trust(self.keys.gateway, self.card.keys)
        return trust.newest(owner, Role.SEAL, now, SEALS_WITH[self.partner.envelope])
