"""The self-test ladder, put together."""

from __future__ import annotations

import secrets
from functools import cache, partial
from typing import TYPE_CHECKING

from adapters.exchange import SCHEME
from gateway.domain.ids import Envelope
from gateway.domain.times import DAY
from gateway.domain.trust import Algorithm, Owner, OwnerKind
from gateway.main.publishing import Publisher
from gateway.main.wiring import SystemClock
from gateway.services.ladder import Ladder
from gateway.services.packing import Packer
from keys.cards import open_card
from keys.documents import Documents
from keys.envelopes import EnvelopeSealer
from keys.generate import generate
from keys.native_signers import native_signer
from keys.raw import PrivateSigner

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.ports import Signer


def build_ladder(this: Gateway) -> Ladder:
    """Over the gateway's own channels and keys."""
    return Ladder(
        store=this.store,
        clock=this.clock,
        channels=this.channels,
        keyring=this.keyring,
        signatures=Documents(),
        packer=Packer(this.keyring, EnvelopeSealer()),
        checkpoints=this.checkpoints,
        open_card=open_card,
        forger=forger,
        draw=secrets.token_bytes,
        admit=partial(_admit, this),
    )


def _admit(this: Gateway, partner: str) -> None:
    """What the worker does each round, at once: without it the climb began with a wait."""
    with this.store.read() as unit:
        found = unit.registry.partner(partner)
    if found.channel == f"{SCHEME}:{partner}":
        Publisher(this).publish(found)


@cache
def forger(envelope: Envelope | None) -> Signer:
    """A new key that is pinned nowhere: what it signs, every partner must refuse."""
    if envelope is not None:
        now = SystemClock().now()
        return native_signer(envelope, Owner(OwnerKind.GATEWAY, "nobody"), now, now + DAY)[0]
    private = generate(Algorithm.ED25519)
    return PrivateSigner(private)  # type: ignore[arg-type]  # a signing key
