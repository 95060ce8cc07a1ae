"""Public keys as JWK text, their ids, and pinning (RFC 7517, RFC 7638, RFC 8037; RSA RFC 7518 6.3).

A pinned key's text has one form: the required members and no other, canonical JSON. Its id is the
thumbprint of that text, so id and key can't be told apart by a forger.
"""

import hashlib
import re
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import SubjectKeyIdentifier

from gateway.domain.canonical import JsonObject, decode, encode
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.fingerprints import PGP as PGP
from gateway.domain.fingerprints import phone_text as phone_text
from gateway.domain.times import Micros
from gateway.domain.trust import Algorithm, Owner, PinnedKey, Role
from keys import base64url, policy
from keys.policy import PublicKey

MAX_KEY_TEXT = 4096  # bytes of a public key in any form; P-256 has about 150, RSA-4096 about 750
MAX_MODULUS = 683  # characters of an RSA modulus of 4096 bits
_PGP_ID = re.compile(r"pgp-[0-9a-f]{40}", re.ASCII)


def public_text(key: PublicKey) -> str:
    """The key as a JWK of its required members, canonical JSON: what RFC 7638 hashes."""
    return encode(_members(key)).decode()


def _members(key: PublicKey) -> JsonObject:
    if isinstance(key, EllipticCurvePublicKey):
        numbers = key.public_numbers()
        x, y = (_coordinate(value.to_bytes(32)) for value in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    if isinstance(key, RSAPublicKey):
        public = key.public_numbers()
        e, n = (_coordinate(_minimal(value)) for value in (public.e, public.n))
        return {"kty": "RSA", "e": e, "n": n}
    curve = "Ed25519" if isinstance(key, Ed25519PublicKey) else "X25519"
    return {"kty": "OKP", "crv": curve, "x": _coordinate(key.public_bytes_raw())}


def _minimal(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8)


def _coordinate(data: bytes) -> str:
    return base64url.encode(data).decode()


def thumbprint(public: str) -> str:
    """The key id: SHA-256 of the JWK text of `public_text` (RFC 7638)."""
    return _coordinate(hashlib.sha256(public.encode()).digest())


def key_id(key: PublicKey) -> str:
    """The key id of a key."""
    return thumbprint(public_text(key))


def is_key_id(value: str) -> bool:
    """Whether this has the form of a key id of any kind; such a text is safe in a path."""
    return base64url.is_kid(value) or _PGP_ID.fullmatch(value) is not None


def subject_key_identifier(key: PublicKey) -> bytes:
    """SHA-1 of the public key's bits: what openssl writes into a certificate (RFC 5280 4.2.1.2,
    method 1). A name only; the key it leads to is always a pinned one."""
    return SubjectKeyIdentifier.from_public_key(key).digest


def read_public(public: str) -> PublicKey:
    """The key behind a pinned JWK text.

    Raises NotVerified("malformed") for any other form, and for a key that the policy does not know.
    """
    document = decode(public.encode(), what="a public key")
    key = _from_members(document)
    if public_text(key) != public:
        raise NotVerified("malformed", "a public key is a JWK of its required members only")
    return key


def _from_members(document: JsonObject) -> PublicKey:
    if document.get("kty") == "RSA":
        return _rsa(document)
    names = ("x", "y") if document.get("kty") == "EC" else ("x",)
    parts = [_read_coordinate(document, name) for name in names]
    try:
        match document.get("kty"), document.get("crv"):
            case "EC", "P-256":
                x, y = (int.from_bytes(part) for part in parts)
                return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
            case "OKP", "Ed25519":
                return Ed25519PublicKey.from_public_bytes(parts[0])
            case "OKP", "X25519":
                return X25519PublicKey.from_public_bytes(parts[0])
    except ValueError:
        raise NotVerified("malformed", "a public key is not a point of its curve") from None
    raise NotVerified("malformed", f"a public key is of the kind {policy.KINDS}")


def _rsa(document: JsonObject) -> RSAPublicKey:
    values = {"e": document.get("e"), "n": document.get("n")}
    parts = []
    for name, value in values.items():
        what = f"member {name!r} of an RSA key"
        if not isinstance(value, str) or not value.isascii() or not 0 < len(value) <= MAX_MODULUS:
            raise NotVerified("malformed", f"{what} is a number in base64url")
        parts.append(base64url.decode(value.encode(), what))
    e, n = (int.from_bytes(part) for part in parts)
    try:
        return RSAPublicNumbers(e, n).public_key()
    except ValueError:
        raise NotVerified("malformed", "a public key is no RSA key") from None


def _read_coordinate(document: JsonObject, name: str) -> bytes:
    value = document.get(name)
    if not isinstance(value, str) or len(value) != 43 or not value.isascii():
        raise NotVerified("malformed", f"member {name!r} of a public key has 43 characters")
    return base64url.decode(value.encode(), f"member {name!r} of a public key")


def pinned_key(
    key: PublicKey,
    owner: Owner,
    role: Role,
    not_before: Micros,
    not_after: Micros,
    bits: range = policy.RSA_BITS,
) -> PinnedKey:
    """Pin a key to its owner and role. Raises InputError for what the policy refuses."""
    algorithm = policy.algorithm(key, role)
    policy.check_size(key, bits)
    policy.check_point(key)
    if not_before >= not_after:
        raise InputError("a key must be valid for some time: it ends before it begins")
    public = public_text(key)
    return PinnedKey(
        kid=thumbprint(public),
        owner=owner,
        role=role,
        alg=algorithm,
        public=public,
        not_before=not_before,
        not_after=not_after,
    )


@lru_cache(maxsize=4096)
def _checked(kid: str, public: str) -> PublicKey:
    if thumbprint(public) != kid:
        raise NotVerified("malformed", f"key {kid}: the id is not the thumbprint of the key")
    key = read_public(public)
    try:
        # shorter RSA keys were let in by an exception, and the pin ends with it (keys/cards.py)
        policy.check_size(key, policy.RSA_BITS_BY_EXCEPTION)
        policy.check_point(key)
    except InputError as error:
        raise NotVerified("malformed", f"key {kid}: {error}") from None
    return key


def public_key(pinned: PinnedKey) -> PublicKey:
    """The key object of a pin, after checking that id, key, role and algorithm belong together.

    Raises NotVerified: malformed; wrong-alg for an OpenPGP key, which is no key of this kind.
    """
    if pinned.alg is Algorithm.OPENPGP:
        raise NotVerified("wrong-alg", f"key {pinned.kid} is an OpenPGP key")
    key = _checked(pinned.kid, pinned.public)
    try:
        algorithm = policy.algorithm(key, pinned.role)
    except InputError as error:
        raise NotVerified("malformed", f"key {pinned.kid}: {error}") from None
    if algorithm is not pinned.alg:
        raise NotVerified("malformed", f"key {pinned.kid} is not an {pinned.alg} key")
    return key


def import_public(data: bytes, role: Role, bits: range = policy.RSA_BITS) -> PublicKey:
    """A public key as a person hands it in: PEM (SubjectPublicKeyInfo) or one JWK.

    `bits` is what an RSA key may have. Raises InputError for a private key, a short RSA key,
    another curve, a weak point, another `use` or `alg`, a wrong `kid` (threats.md E11, E18).
    """
    if len(data) > MAX_KEY_TEXT:
        raise InputError(f"a public key has at most {MAX_KEY_TEXT} bytes")
    try:
        key = _from_pem(data) if data.lstrip().startswith(b"-----") else _from_jwk(data, role)
    except NotVerified as error:
        raise InputError(str(error)) from None
    policy.algorithm(key, role)
    policy.check_size(key, bits)
    policy.check_point(key)
    return key


def _from_pem(data: bytes) -> PublicKey:
    if b"PRIVATE KEY" in data:
        raise InputError("this is a private key; it must never leave its owner")
    try:
        key = load_pem_public_key(data)
    except Exception as error:  # noqa: BLE001  every parser defect is one refusal here (E20)
        raise InputError(f"the PEM can't be read ({type(error).__name__})") from None
    if isinstance(key, PublicKey) and policy.is_known(key):
        return key
    raise InputError(f"a key is of the kind {policy.KINDS}")


def _from_jwk(data: bytes, role: Role) -> PublicKey:
    document = decode(data, what="a public key")
    if "d" in document:
        raise InputError("this is a private key; it must never leave its owner")
    key = _from_members(document)
    algorithm = policy.algorithm(key, role)
    expected = {
        "use": "enc" if role is Role.SEAL else "sig",
        "alg": str(algorithm).partition("/")[0],
        "kid": key_id(key),
    }
    for name, value in expected.items():
        if document.get(name, value) != value:
            raise InputError(f"member {name!r} of the key is not {value!r}, as a {role} key needs")
    _check_operations(document.get("key_ops"), role)
    return key


_SEALING = frozenset({"deriveKey", "deriveBits", "encrypt", "wrapKey"})


def _check_operations(named: object, role: Role) -> None:
    """What the key may be used for, where it says so (RFC 7517 4.3): the owner's bound (E11)."""
    if named is None or (named == [] and role is Role.SEAL):
        return  # Web Crypto exports the public half of an ECDH key with an empty list
    wanted = _SEALING if role is Role.SEAL else frozenset({"verify"})
    if not isinstance(named, list) or not any(
        one in wanted for one in named if isinstance(one, str)
    ):
        raise InputError(f"member 'key_ops' of the key names nothing that a {role} key does")
