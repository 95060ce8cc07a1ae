"""New private keys."""

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.domain.errors import InputError
from gateway.domain.trust import Algorithm
from keys.policy import RSA_BITS, RSA_EXPONENT, PrivateKey


def generate(algorithm: Algorithm) -> PrivateKey:
    """A new private key for this algorithm, from the system's random source.

    Raises InputError for OpenPGP, whose keys are made as certificates (keys/openpgp.py).
    """
    match algorithm:
        case Algorithm.ED25519:
            return Ed25519PrivateKey.generate()
        case Algorithm.ECDH_X25519:
            return X25519PrivateKey.generate()
        case Algorithm.ES256 | Algorithm.ECDH_P256:
            return generate_private_key(SECP256R1())
        case Algorithm.PS256 | Algorithm.RSA_OAEP:
            return generate_rsa(RSA_EXPONENT, RSA_BITS[0])
        case Algorithm.OPENPGP:
            raise InputError("an OpenPGP key is made as a certificate, not as a key alone")
