"""The gateway's own card: who it is and its keys, in the form that partners give theirs in."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.canonical import digest
from gateway.domain.fingerprints import phone_text
from gateway.domain.ids import Envelope
from gateway.domain.statements import GATEWAY_KIND, Card, Kind, to_bytes
from gateway.domain.times import SECOND
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role, key_to_json
from gateway.ports import Clock, Keyring, Signatures, Store


@dataclass(frozen=True, slots=True)
class Told:
    """What no database knows: the organisation's name, whom to call, where partners reach it."""

    name: str
    contacts: tuple[str, ...]
    channel: str


@dataclass(frozen=True, slots=True)
class MadeCard:
    """The signed card, its keys, and what two people compare by phone."""

    jws: bytes
    keys: tuple[PinnedKey, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class OwnCard:
    """Makes it, with the keys that count now. `ssh` is the line for authorized_keys."""

    store: Store
    clock: Clock
    keyring: Callable[[], Keyring]
    signatures: Signatures
    ssh: Callable[[], str]

    def make(self, told: Told) -> MadeCard:
        """Sign it with the gateway's statement key. Raises NotVerified (no-key, passphrase)."""
        at = self.clock.now() // SECOND * SECOND  # a statement says whole seconds
        with self.store.read() as uow:
            trust = uow.registry.trust()
        owner = Owner(OwnerKind.GATEWAY, trust.gateway)
        keys = tuple(key for key in trust.of(owner) if key.not_after > at and key.revoked is None)
        card = Card(
            iss=trust.gateway,
            aud=trust.gateway,
            at=at,
            name=told.name,
            partner_kind=GATEWAY_KIND,
            contacts=told.contacts,
            envelopes=tuple(Envelope),
            channel=told.channel,
            reply="",
            peer=self.ssh(),
            test=False,
            keys=tuple(key_to_json(key) for key in keys),
        )
        signer = self.keyring().signer(Role.STATEMENT, at)
        jws = self.signatures.sign(to_bytes(card), Kind.CARD, signer)
        return MadeCard(jws, keys, phone_text(digest(jws)))
