"""One check for a pin of any kind: that id, key, role and algorithm belong together."""

from gateway.domain.trust import Algorithm, PinnedKey
from keys import jwk, openpgp_certificates


def check(pin: PinnedKey) -> None:
    """Raise NotVerified where a pinned key is not of one piece or the policy refuses it."""
    if pin.alg is Algorithm.OPENPGP:
        openpgp_certificates.pinned(pin)
    else:
        jwk.public_key(pin)
