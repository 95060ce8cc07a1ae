"""The closed algorithm policy: which keys exist at all, and what each may do (design 8).

One key has one algorithm, and the algorithm comes from the pinned key, never from a message
(RFC 8725 3.1). Everything else is refused when it comes in: other curves, short RSA keys, weak
points. What one partner may use beyond it, for a time, is an exception (keys/exceptions.py).

| use                     | keys                                                               |
|-------------------------|--------------------------------------------------------------------|
| manifest, statement     | Ed25519; P-256 (ES256); RSA of 3072 to 4096 bits (PS256); OpenPGP   |
| request, approval       | Ed25519; P-256 (ES256)                                             |
| checkpoint              | Ed25519                                                            |
| seal                    | X25519, P-256 (ECDH); RSA of 3072 to 4096 bits (OAEP-256); OpenPGP  |
"""

import re
from importlib.metadata import version

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from gateway.domain.errors import InputError, NotPermitted
from gateway.domain.trust import Algorithm, Role

PublicKey = Ed25519PublicKey | X25519PublicKey | EllipticCurvePublicKey | RSAPublicKey
PrivateKey = Ed25519PrivateKey | X25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

RSA_BITS = range(3072, 4097)
RSA_BITS_BY_EXCEPTION = range(2048, 4097)
RSA_EXPONENT = 65537
RSA_ROLES = frozenset({Role.MANIFEST, Role.STATEMENT, Role.SEAL})

FLOORS = {"cryptography": (50, 0, 0), "joserfc": (1, 8, 0)}
"""CVE-2026-69247 and CVE-2026-102946 lie below (threats.md 0, fact 1; 6)."""

KINDS = "Ed25519, X25519, P-256 or RSA"
_ALLOWED = "Ed25519, P-256 or RSA for signing, X25519, P-256 or RSA for sealing"
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


def check_floors() -> None:
    """Refuse to start on a library with a known hole. Raises NotPermitted."""
    for name, floor in FLOORS.items():
        found = version(name)
        if _release(found) < (*floor, 0):
            wanted = ".".join(map(str, floor))
            raise NotPermitted(
                f"{name} {found} has known security holes; {wanted} is the oldest that may run",
                hint="install the locked requirements: make env",
            )


def _release(text: str) -> tuple[int, int, int, int]:
    """Major, minor, patch, and -1 for a pre-release, which comes before its release."""
    match = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?(\.?(?:a|b|rc|dev)\d*)?", text)
    if match is None:
        return (0, 0, 0, 0)
    return int(match[1]), int(match[2]), int(match[3] or 0), -1 if match[4] else 0


def algorithm(key: object, role: Role) -> Algorithm:
    """The one algorithm of this key in this role.

    Raises InputError for a key of another type or curve, and for one that can't serve the role
    (threats.md E11, E18).
    """
    sealing = role is Role.SEAL
    match key:
        case Ed25519PublicKey() | Ed25519PrivateKey() if not sealing:
            return Algorithm.ED25519
        case X25519PublicKey() | X25519PrivateKey() if sealing:
            return Algorithm.ECDH_X25519
        case EllipticCurvePublicKey() | EllipticCurvePrivateKey() if isinstance(
            key.curve, SECP256R1
        ):
            return _p256(role)
        case RSAPublicKey() | RSAPrivateKey() if role in RSA_ROLES:
            return Algorithm.RSA_OAEP if sealing else Algorithm.PS256
    raise InputError(f"this key can't be a {role} key: {_ALLOWED}")


def _p256(role: Role) -> Algorithm:
    if role is Role.CHECKPOINT:
        # C2SP notes carry Ed25519 in every verifier; another type needs one of its own
        raise InputError("a checkpoint key is an Ed25519 key (C2SP signed-note)")
    return Algorithm.ECDH_P256 if role is Role.SEAL else Algorithm.ES256


def is_known(key: object) -> bool:
    """Whether keys of this type and curve are used at all."""
    if isinstance(key, EllipticCurvePublicKey | EllipticCurvePrivateKey):
        return isinstance(key.curve, SECP256R1)
    return isinstance(key, PublicKey | PrivateKey)


def check_size(key: PublicKey, bits: range = RSA_BITS) -> None:
    """Refuse an RSA key that is too short, too long to be worked with, or of an odd exponent.

    Raises InputError.
    """
    if not isinstance(key, RSAPublicKey):
        return
    if key.key_size not in bits:
        raise InputError(
            f"an RSA key has {bits[0]} to {bits[-1]} bits, this one has {key.key_size}",
            hint="2048 bits only by an exception with an end date, in the gateway's settings",
        )
    if key.public_numbers().e != RSA_EXPONENT:
        raise InputError(f"the public exponent of an RSA key is {RSA_EXPONENT}")


def is_short(key: PublicKey) -> bool:
    """Whether it is an RSA key that only an exception lets in."""
    return isinstance(key, RSAPublicKey) and key.key_size < RSA_BITS[0]


def check_point(key: PublicKey) -> None:
    """Refuse a public key under which a signature or secret would prove nothing.

    Points of small order give everybody the same secret and let one signature fit many messages.
    P-256 points are checked by the library when the key is made. Raises InputError.
    """
    if isinstance(key, X25519PublicKey):
        _check_order(key)
    elif isinstance(key, Ed25519PublicKey):
        _check_order(_on_edwards(int.from_bytes(key.public_bytes_raw(), "little")))


def _on_edwards(encoded: int) -> X25519PublicKey:
    """The same point on the Montgomery curve, if it is on the Edwards curve (RFC 8032 5.1.3)."""
    y = encoded & (2**255 - 1)
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if y >= _P or (square and pow(square, (_P - 1) // 2, _P) != 1):
        raise InputError("this Ed25519 key is not a point of the curve")
    u = (1 + y) * pow(1 - y, _P - 2, _P) % _P
    return X25519PublicKey.from_public_bytes(u.to_bytes(32, "little"))


def _check_order(point: X25519PublicKey) -> None:
    try:
        X25519PrivateKey.generate().exchange(point)
    except ValueError:
        raise InputError("this key is a point of small order: it protects nothing") from None
