"""X.509 certificates that only carry a key: for tools that take a key in no other form.

Nobody vouches by them. The key that signs one is thrown away at once, so that one can be made for a
key that only opens, or that lives in a token. Who trusts the key compares its id, as ever.
"""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.domain.times import SECOND, Micros
from keys.policy import PublicKey

CARRIER = "carries a key only"


def carrying(key: PublicKey, name: str, begin: Micros, end: Micros) -> bytes:
    """A certificate as PEM for `openssl cms`, with the key identifier that our messages name."""
    issuer = generate_private_key(SECP256R1())
    built = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(CARRIER))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_time(begin))
        .not_valid_after(_time(end))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
    )
    return built.sign(issuer, SHA256()).public_bytes(Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _time(at: Micros) -> datetime:
    return datetime.fromtimestamp(at // SECOND, UTC)
