"""New private keys."""

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.domain.trust import Algorithm
from keys.policy import PrivateKey


def generate(algorithm: Algorithm) -> PrivateKey:
    """A new private key for this algorithm, from the system's random source."""
    match algorithm:
        case Algorithm.ED25519:
            return Ed25519PrivateKey.generate()
        case Algorithm.ECDH_X25519:
            return X25519PrivateKey.generate()
        case Algorithm.ES256 | Algorithm.ECDH_P256:
            return generate_private_key(SECP256R1())
