"""The self-test ladder, put together."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING

from gateway.domain.ids import Envelope
from gateway.domain.times import DAY
from gateway.domain.trust import Algorithm, Owner, OwnerKind
from gateway.main.wiring import SystemClock
from gateway.services.ladder import Ladder
from gateway.services.packing import Packer
from keys.cards import open_card
from keys.envelopes import EnvelopeSealer
from keys.generate import generate
from keys.jws import JoseSignatures
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
        signatures=JoseSignatures(),
        packer=Packer(this.keyring, EnvelopeSealer()),
        checkpoints=this.checkpoints,
        open_card=open_card,
        forger=forger,
        draw=secrets.token_bytes,
    )


@cache
def forger(envelope: Envelope | None) -> Signer:
    """A new key that is pinned nowhere: what it signs, every partner must refuse."""
    if envelope is not None:
        now = SystemClock().now()
        return native_signer(envelope, Owner(OwnerKind.GATEWAY, "nobody"), now, now + DAY)[0]
    private = generate(Algorithm.ED25519)
    return PrivateSigner(private)  # type: ignore[arg-type]  # a signing key
