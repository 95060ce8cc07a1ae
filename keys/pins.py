"""One check for a pin of any kind: that id, key, role and algorithm belong together."""

from gateway.domain.trust import Algorithm, PinnedKey
from keys import jwk, openpgp_certificates
from keys.policy import PublicKey


def key_of(pin: PinnedKey) -> PublicKey:
    """The key that is pinned, whatever its form. Raises NotVerified as check."""
    if pin.alg is Algorithm.OPENPGP:
        return openpgp_certificates.pinned(pin).key
    return jwk.public_key(pin)


def check(pin: PinnedKey) -> None:
    """Raise NotVerified where a pinned key is not of one piece or the policy refuses it."""
    key_of(pin)
