"""Who signed a CMS message, and in which form each algorithm's signature stands there."""

from collections.abc import Iterable
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from gateway.domain.cms import ber, der, names
from gateway.domain.cms.ber import INTEGER, SEQUENCE, Element, Fields, malformed
from gateway.domain.cms.signed import Name
from gateway.domain.errors import NotVerified
from gateway.domain.trust import Algorithm, Trust
from keys import jwk, policy, raw

_MOST_SALT = 512
_MOST_CERTIFICATE = 64 * 1024


def find(name: Name, certificates: Iterable[memoryview], trust: Trust) -> str:
    """The id of the pinned key that the message names; whose it is, Trust.key decides.

    Raises NotVerified: unknown-key, malformed.
    """
    identifier = name.identifier or _certified(name, certificates)
    for pin in trust.keys:
        if pin.alg is not Algorithm.OPENPGP and _identifier(pin.public) == identifier:
            return pin.kid
    raise NotVerified("unknown-key", "the key that the signature names is not pinned here")


@lru_cache(maxsize=4096)
def _identifier(public: str) -> bytes:
    try:
        return jwk.subject_key_identifier(jwk.read_public(public))
    except NotVerified:
        return b""  # a pin that is not of one piece is never found


def _certified(name: Name, certificates: Iterable[memoryview]) -> bytes:
    """The key identifier of the certificate that the signer means."""
    for data in certificates:
        if len(data) > _MOST_CERTIFICATE or not _is_of(data, name):
            continue
        try:
            key = x509.load_der_x509_certificate(bytes(data)).public_key()
        except Exception:  # noqa: BLE001  every parser defect is one refusal here (E20)
            raise malformed("the signer's certificate can't be read") from None
        if isinstance(key, policy.PublicKey) and policy.is_known(key):
            return jwk.subject_key_identifier(key)
        raise NotVerified("wrong-alg", f"a signer's key is of the kind {policy.KINDS}")
    raise NotVerified(
        "unknown-key", "the signer is named by a certificate that is not there (-keyid names it)"
    )


def _is_of(data: memoryview, name: Name) -> bool:
    """Whether a certificate has this issuer and serial number (RFC 5280 4.1)."""
    body = Fields(Fields(ber.read(data, "a certificate"), "a certificate").take(), "a certificate")
    body.optional(0xA0)  # the version
    serial, _algorithm, issuer = body.take(INTEGER), body.take(), body.take()
    return (bytes(serial.value), bytes(issuer.encoded)) == (name.serial, name.issuer)


class Form:
    """How one algorithm signs in CMS: names, and the two writings of a signature."""

    def __init__(self, digest: bytes, algorithm: bytes) -> None:
        self.digest = digest
        self.algorithm = algorithm

    @property
    def digest_name(self) -> str:
        """The content's digest, as hashlib names it."""
        return names.DIGESTS[self.digest]

    def to_cms(self, signature: bytes) -> bytes:
        """A raw signature as CMS carries it."""
        return signature

    def from_cms(self, signature: bytes, kid: str) -> bytes:
        """The raw signature. Raises NotVerified("signature")."""
        return signature

    def check(self, algorithm: bytes, kid: str) -> int:
        """The message's algorithm must be the pinned key's (RFC 8725 3.1).

        Returns the length of an RSA-PSS salt. Raises NotVerified("wrong-alg").
        """
        if algorithm != self.algorithm:
            raise wrong_algorithm(kid)
        return raw.SALT_BYTES


class _Ecdsa(Form):
    """r and s as a DER SEQUENCE (RFC 5753 7.2)."""

    def to_cms(self, signature: bytes) -> bytes:
        half = len(signature) // 2
        r, s = int.from_bytes(signature[:half]), int.from_bytes(signature[half:])
        return encode_dss_signature(r, s)

    def from_cms(self, signature: bytes, kid: str) -> bytes:
        """Only the one DER writing: another would be another statement with the same meaning."""
        try:
            r, s = decode_dss_signature(signature)
            if encode_dss_signature(r, s) == signature and min(r, s) > 0:
                return r.to_bytes(32) + s.to_bytes(32)
        except (ValueError, OverflowError):
            pass  # refused below, with what has another writing
        raise NotVerified("signature", f"the signature of key {kid} is not of its form")


class _Pss(Form):
    """RSA-PSS, whose parameters name its salt's length (RFC 4055 3.1)."""

    def check(self, algorithm: bytes, kid: str) -> int:
        if algorithm == self.algorithm:
            return raw.SALT_BYTES
        try:
            return _salt(ber.read(algorithm, "an algorithm"))
        except NotVerified:
            raise wrong_algorithm(kid) from None


def _salt(element: Element) -> int:
    """The salt of parameters that are ours but for it."""
    fields = Fields(element, "an algorithm")
    if fields.take().encoded != names.RSA_PSS:
        raise malformed("expected RSA-PSS")
    values = Fields(fields.take(SEQUENCE), "an algorithm")
    fields.end()
    digest, mask = values.take(0xA0).one(SEQUENCE, "PSS"), values.take(0xA1).one(SEQUENCE, "PSS")
    salt = values.take(0xA2).one(INTEGER, "PSS").number("the salt")
    values.end()
    if digest.encoded not in SHA256_FORMS or mask.encoded not in _MASKS:
        raise malformed("expected SHA-256")
    if not raw.SALT_BYTES <= salt <= _MOST_SALT:
        raise malformed("a salt is as long as the digest, or longer")
    return salt


SHA256_FORMS = (der.sequence(names.SHA256), der.sequence(names.SHA256, der.NOTHING))
_MASKS = tuple(der.sequence(names.MGF1, form) for form in SHA256_FORMS)
_PSS = der.sequence(
    names.RSA_PSS,
    der.sequence(
        der.tlv(0xA0, SHA256_FORMS[1]),
        der.tlv(0xA1, _MASKS[1]),
        der.tlv(0xA2, der.integer(raw.SALT_BYTES)),
    ),
)
_FORMS = {
    Algorithm.ED25519: Form(names.SHA512, der.sequence(names.ED25519)),
    Algorithm.ES256: _Ecdsa(names.SHA256, der.sequence(names.ECDSA_SHA256)),
    Algorithm.PS256: _Pss(names.SHA256, _PSS),
}


def form_of(algorithm: Algorithm) -> Form:
    """How this algorithm signs in CMS. Raises NotVerified("wrong-alg")."""
    if algorithm not in _FORMS:
        raise NotVerified("wrong-alg", f"an {algorithm} key makes no CMS signature")
    return _FORMS[algorithm]


def wrong_algorithm(kid: str) -> NotVerified:
    """The refusal of every algorithm but the pinned key's."""
    return NotVerified(
        "wrong-alg", f"key {kid} signs with another algorithm than the message names"
    )
