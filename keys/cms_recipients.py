"""How the content key of a CMS message reaches its one recipient (RFC 5652 6.2).

RSA: OAEP with SHA-256 throughout (RFC 3560, 4055). P-256: ephemeral-static ECDH, X9.63 with
SHA-256, AES-256 key wrap (RFC 5753). X25519: the same with HKDF (RFC 8418). The recipient is named
by its subject key identifier. Reading takes exactly these forms; for X25519 also X9.63.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.cms import der, names
from gateway.domain.cms.ber import BITS, OCTETS, OID, SEQUENCE, SET, Element, Fields, malformed
from gateway.domain.errors import NotVerified
from gateway.domain.trust import Algorithm
from keys import jwk
from keys.exceptions import Weakness
from keys.files import Opener
from keys.keyring import Openers
from keys.policy import PublicKey

KEY_BYTES = 32
_WRAPPED = 40  # AES key wrap of 32 bytes (RFC 3394)
_MOST_RSA = 512  # bytes under a key of 4096 bits
_MOST_NAME = 64  # bytes of a key identifier; SHA-1 has 20

_RSA, _AGREED = SEQUENCE, 0xA1  # choices of RecipientInfo
_FIRST, _SECOND, _THIRD = 0xA0, 0xA1, 0xA2  # explicit or constructed [0], [1], [2]
_IDENTIFIER = 0x80  # [0] IMPLICIT SubjectKeyIdentifier

_SHA256 = der.sequence(names.SHA256)
_SHA256_NULL = der.sequence(names.SHA256, der.NOTHING)
_OAEP = der.sequence(
    names.RSA_OAEP,
    der.sequence(der.tlv(_FIRST, _SHA256), der.tlv(_SECOND, der.sequence(names.MGF1, _SHA256))),
)
_WRAP = der.sequence(names.AES_256_WRAP)
_BY_KEYOPT = "for openssl cms -encrypt: -keyid"

Derive = Callable[[bytes, bytes], bytes]
"""The wrapping key of a shared secret and the SharedInfo."""


def _x963(secret: bytes, info: bytes) -> bytes:
    return X963KDF(SHA256(), KEY_BYTES, info).derive(secret)


def _hkdf(secret: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, info).derive(secret)


_DERIVE = {names.ECDH_X963_SHA256: _x963, names.ECDH_HKDF_SHA256: _hkdf}
_SHARED_INFO = der.sequence(_WRAP, der.tlv(_THIRD, der.octets((KEY_BYTES * 8).to_bytes(4))))
"""ECC-CMS-SharedInfo without user keying material (RFC 5753 7.2)."""


def write(content_key: bytes, key: PublicKey) -> bytes:
    """RecipientInfos of this one recipient. Raises NotVerified("wrong-role")."""
    match key:
        case RSAPublicKey():
            return der.tlv(SET, _write_rsa(content_key, key))
        case EllipticCurvePublicKey() | X25519PublicKey():
            return der.tlv(SET, _write_agreed(content_key, key))
    raise NotVerified("wrong-role", "a key of this kind seals nothing")


def _write_rsa(content_key: bytes, key: RSAPublicKey) -> bytes:
    """KeyTransRecipientInfo (RFC 5652 6.2.1)."""
    sealed = key.encrypt(content_key, _oaep())
    name = der.tlv(_IDENTIFIER, jwk.subject_key_identifier(key))
    return der.sequence(der.integer(2), name, _OAEP, der.octets(sealed))


def _oaep() -> OAEP:
    return OAEP(MGF1(SHA256()), SHA256(), None)


def _write_agreed(content_key: bytes, key: EllipticCurvePublicKey | X25519PublicKey) -> bytes:
    """KeyAgreeRecipientInfo (RFC 5652 6.2.2) with an ephemeral key of the sender."""
    if isinstance(key, X25519PublicKey):
        own = X25519PrivateKey.generate()
        scheme, kind, secret = names.ECDH_HKDF_SHA256, names.X25519, own.exchange(key)
        point = own.public_key().public_bytes_raw()
    else:
        ephemeral = generate_private_key(SECP256R1())
        scheme, kind, secret = names.ECDH_X963_SHA256, names.EC_KEY, ephemeral.exchange(ECDH(), key)
        point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    wrapped = aes_key_wrap(_DERIVE[scheme](secret, _SHARED_INFO), content_key)
    originator = der.tlv(_SECOND, der.sequence(kind), der.tlv(BITS, b"\0", point))
    name = der.tlv(_FIRST, der.octets(jwk.subject_key_identifier(key)))
    return der.tlv(
        _AGREED,
        der.integer(3),
        der.tlv(_FIRST, originator),
        der.sequence(scheme, _WRAP),
        der.sequence(der.sequence(name, der.octets(wrapped))),
    )


@dataclass(frozen=True, slots=True)
class Sealed:
    """A recipient of a message, read: the key that it names, and what that key is to open."""

    name: bytes
    algorithm: bytes  # AlgorithmIdentifier, as it came
    sealed: bytes
    kind: bytes = b""  # of the originator's key, for key agreement
    point: bytes = b""


def read(recipients: Element) -> Sealed:
    """The one recipient. Raises NotVerified("malformed")."""
    recipients.be(SET, "recipientInfos")
    if len(recipients.parts) != 1:
        raise malformed(f"a parcel has one recipient, this one has {len(recipients.parts)}")
    found = recipients.parts[0]
    if found.tag == _RSA:
        return _read_rsa(found)
    if found.tag == _AGREED:
        return _read_agreed(found)
    raise NotVerified("wrong-alg", "a recipient is an RSA, P-256 or X25519 key")


def _read_rsa(found: Element) -> Sealed:
    fields = Fields(found, "a recipient")
    _check_version(fields.take(), 2)
    name = fields.take()
    if name.tag != _IDENTIFIER:
        raise malformed(f"a recipient is named by its key identifier ({_BY_KEYOPT})")
    algorithm = bytes(fields.take(SEQUENCE).encoded)
    sealed = fields.take().octets("the key of a recipient", _MOST_RSA)
    fields.end()
    return Sealed(_name(name.value), algorithm, sealed)


def _read_agreed(found: Element) -> Sealed:
    fields = Fields(found, "a recipient", _AGREED)
    _check_version(fields.take(), 3)
    originator = fields.take(_FIRST).one(_SECOND, "the originator's key")
    kind, point = _originator(originator)
    algorithm = bytes(fields.take(SEQUENCE).encoded)  # also refuses ukm, which would come before
    keys = fields.take(SEQUENCE)
    fields.end()
    entry = Fields(keys.one(SEQUENCE, "the keys of a recipient"), "the key of a recipient")
    named = entry.take()
    if named.tag != _FIRST:
        raise malformed(f"a recipient is named by its key identifier ({_BY_KEYOPT})")
    name = named.one(OCTETS, "the name of a recipient").value
    sealed = entry.take().octets("the key of a recipient", _WRAPPED)
    entry.end()
    return Sealed(_name(name), algorithm, sealed, kind, point)


def _check_version(element: Element, expected: int) -> None:
    found = element.number("the version of a recipient")
    if found != expected:
        raise malformed(f"a recipient of this kind, named by its key, has the version {expected}")


def _name(value: memoryview) -> bytes:
    if not 0 < len(value) <= _MOST_NAME:
        raise malformed(f"a key identifier has 1 to {_MOST_NAME} bytes")
    return bytes(value)


def _originator(element: Element) -> tuple[bytes, bytes]:
    fields = Fields(element, "the originator's key", _SECOND)
    algorithm = fields.take(SEQUENCE)
    bits = fields.take(BITS).value
    fields.end()
    if not algorithm.parts or algorithm.parts[0].tag != OID or bytes(bits[:1]) != b"\0":
        raise malformed("the originator's key is no public key")
    parameters = [bytes(part.encoded) for part in algorithm.parts[1:]]
    if parameters not in ([], [der.NOTHING], [names.P256]):
        raise NotVerified("wrong-alg", "the originator's key is of another curve")
    return bytes(algorithm.parts[0].encoded), bytes(bits[1:])


def content_key(
    found: Sealed, openers: Openers, size: int = KEY_BYTES, allowed: Collection[Weakness] = ()
) -> bytes:
    """The content key of so many bytes, with the own key that the message names.

    Raises NotVerified: unknown-key, wrong-alg, malformed, cant-open.
    """
    opener = openers.named(found.name)
    if opener.alg is Algorithm.OPENPGP:
        raise NotVerified("wrong-alg", f"key {opener.kid} is an OpenPGP key; it opens no CMS")
    if isinstance(opener.key, RSAPrivateKey):
        if found.algorithm in _PKCS1_FORMS and Weakness.PKCS1 in allowed:
            return _open_pkcs1(found, opener.key, size)
        key = _open_rsa(found, opener.key)
    else:
        key = _open_agreed(found, opener)
    if len(key) != size:
        raise NotVerified("cant-open", "the content key is not of its length")
    return key


def _open_rsa(found: Sealed, key: RSAPrivateKey) -> bytes:
    if found.algorithm not in _OAEP_FORMS:
        raise NotVerified(
            "wrong-alg",
            "an RSA recipient is sealed to with OAEP and SHA-256 (-keyopt rsa_padding_mode:oaep"
            " -keyopt rsa_oaep_md:sha256)",
        )
    try:
        return key.decrypt(found.sealed, _oaep())
    except ValueError:
        raise cant_open() from None


def _open_pkcs1(found: Sealed, key: RSAPrivateKey, size: int) -> bytes:
    """By an exception only. Whatever is wrong with it, a key comes out: then the content does not
    open, and nobody learns whether it was the padding (threats.md M2; RFC 3218 2.3.2)."""
    instead = secrets.token_bytes(size)
    try:
        opened = key.decrypt(found.sealed, PKCS1v15())
    except ValueError:
        return instead
    return opened if len(opened) == size else instead


def _oaep_forms() -> frozenset[bytes]:
    """The writings of one meaning: with and without NULL in the digest's name."""
    digests = (_SHA256, _SHA256_NULL)
    return frozenset(
        der.sequence(
            names.RSA_OAEP,
            der.sequence(der.tlv(_FIRST, a), der.tlv(_SECOND, der.sequence(names.MGF1, b))),
        )
        for a in digests
        for b in digests
    )


_OAEP_FORMS = _oaep_forms()
_PKCS1_FORMS = (der.sequence(names.RSA_PKCS1, der.NOTHING), der.sequence(names.RSA_PKCS1))


def _open_agreed(found: Sealed, opener: Opener) -> bytes:
    curve = names.X25519 if isinstance(opener.key, X25519PrivateKey) else names.EC_KEY
    schemes = [names.ECDH_X963_SHA256]
    if curve == names.X25519:
        schemes.append(names.ECDH_HKDF_SHA256)
    fitting = [one for one in schemes if found.algorithm == der.sequence(one, _WRAP)]
    if not fitting or found.kind != curve:
        raise NotVerified(
            "wrong-alg",
            "a recipient's key is agreed with SHA-256 and AES-256 key wrap, on its own curve"
            " (-keyopt ecdh_kdf_md:sha256)",
        )
    secret = _agree(opener.key, found.point)
    try:
        return aes_key_unwrap(_DERIVE[fitting[0]](secret, _SHARED_INFO), found.sealed)
    except Exception:  # noqa: BLE001  InvalidUnwrap and what a wrong length raises are one refusal
        raise cant_open() from None


def _agree(key: object, point: bytes) -> bytes:
    """The shared secret. A point of small order or off the curve is refused (threats.md E18)."""
    try:
        if isinstance(key, X25519PrivateKey):
            return key.exchange(X25519PublicKey.from_public_bytes(point))
        if isinstance(key, EllipticCurvePrivateKey):
            public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
            return key.exchange(ECDH(), public)
    except ValueError:
        raise malformed("the originator's key is not a point of its curve") from None
    raise cant_open()


def cant_open() -> NotVerified:
    """One refusal for whatever went wrong with a key or a content: nobody learns which."""
    return NotVerified("cant-open", "the parcel can't be opened with the key it names")
