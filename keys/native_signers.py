"""New keys in memory that sign a manifest in the own form of an envelope: for sandboxes, and for
forgeries that a partner must refuse."""

from gateway.domain.ids import Envelope
from gateway.domain.times import Micros
from gateway.domain.trust import Algorithm, Owner, PinnedKey, Role
from gateway.ports import Signer
from keys import openpgp_certify
from keys.generate import generate
from keys.jwk import pinned_key
from keys.openpgp import PgpSigner
from keys.raw import PrivateSigner


def native_signer(
    envelope: Envelope, owner: Owner, begin: Micros, end: Micros
) -> tuple[Signer, PinnedKey]:
    """A signer with its pin: OpenPGP, or ES256, which every `openssl cms` verifies."""
    if envelope is Envelope.OPENPGP:
        made = openpgp_certify.generate(Role.MANIFEST, owner.id, begin)
        algorithm = Algorithm.OPENPGP
        pin = PinnedKey(made.kid, owner, Role.MANIFEST, algorithm, made.public, begin, end)
        inner = PrivateSigner(made.key)  # type: ignore[arg-type]  # of the role that signs
        return PgpSigner(pin, inner, lambda: begin), pin
    private = generate(Algorithm.ES256)
    pin = pinned_key(private.public_key(), owner, Role.MANIFEST, begin, end)
    return PrivateSigner(private), pin  # type: ignore[arg-type]  # a signing key
