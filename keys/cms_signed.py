"""CMS signatures: SignedData (RFC 5652 5) of one signer, over data, with signed attributes.

The algorithm is the pinned key's: ES256, Ed25519 (RFC 8419), RSA-PSS with SHA-256 (RFC 4056). The
signer is named by its subject key identifier, or by issuer and serial of a certificate that comes
along; from a certificate nothing is taken but its key, which must be a pinned one.
"""

import hashlib

from gateway.domain.cms import der, names
from gateway.domain.cms import text as cms_text
from gateway.domain.cms.ber import OID, SET, Element, Fields, malformed
from gateway.domain.cms.signed import SignedMessage, parse, read
from gateway.domain.errors import NotVerified
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, PinnedKey, Role, Trust
from gateway.ports import Signer
from keys import cms_signers as signers
from keys import jwk, raw

_CONTENT = 0xA0  # [0] EXPLICIT in ContentInfo and EncapsulatedContentInfo
_ATTRIBUTES = 0xA0  # [0] IMPLICIT
_MOST_ATTRIBUTES = 16
_IDENTIFIER = 0x80  # [0] IMPLICIT SubjectKeyIdentifier


def sign_detached(payload: bytes, signer: Signer) -> bytes:
    """The signature as DER, without the payload. Raises NotVerified("wrong-alg")."""
    return _signed(payload, signer, names.DATA)


def sign_message(payload: bytes, signer: Signer) -> bytes:
    """A message that holds its payload, as PEM: what `openssl cms -verify` reads and writes out.

    Raises NotVerified("wrong-alg").
    """
    held = names.DATA + der.tlv(_CONTENT, der.octets(payload))
    return cms_text.write(_signed(payload, signer, held))


def _signed(payload: bytes, signer: Signer, content: bytes) -> bytes:
    """SignedData as DER; `content` is the inside of its EncapsulatedContentInfo (RFC 5652 5.2)."""
    form = signers.form_of(signer.alg)
    attributes = _attributes(hashlib.new(form.digest_name, payload).digest())
    signature = signer.sign(der.tlv(SET, *attributes))
    name = jwk.subject_key_identifier(jwk.read_public(signer.public))
    signer_info = der.sequence(
        der.integer(3),
        der.tlv(_IDENTIFIER, name),
        der.sequence(form.digest),
        der.tlv(_ATTRIBUTES, *attributes),
        form.algorithm,
        der.octets(form.to_cms(signature)),
    )
    signed = der.sequence(
        der.integer(3),
        der.tlv(SET, der.sequence(form.digest)),
        der.sequence(content),
        der.tlv(SET, signer_info),
    )
    return der.sequence(names.SIGNED, der.tlv(_CONTENT, signed))


def _attributes(digest: bytes) -> list[bytes]:
    """Content type and message digest (RFC 5652 11), in DER's order of a SET."""
    values = ((names.CONTENT_TYPE, names.DATA), (names.MESSAGE_DIGEST, der.octets(digest)))
    return sorted(der.sequence(name, der.tlv(SET, value)) for name, value in values)


def verify_detached(
    signature: bytes, payload: bytes, owner: Owner, role: Role, trust: Trust, at: Micros
) -> PinnedKey:
    """The key of this owner and role, valid at `at`, that signed exactly `payload`.

    Raises NotVerified: malformed, wrong-alg, unknown-key, wrong-owner, wrong-role, key-revoked,
    key-not-valid, signature.
    """
    message = parse(cms_text.unwrapped(signature))
    if message.content is not None:
        raise malformed("a detached signature holds no content of its own")
    return _verify(message, payload, owner, role, trust, at)


def verify_message(
    data: bytes, owner: Owner, role: Role, trust: Trust, at: Micros
) -> tuple[bytes, PinnedKey]:
    """Payload and key of a message that holds its content, or of a multipart/signed.

    Raises as verify_detached.
    """
    message, payload = read(data)
    return payload, _verify(message, payload, owner, role, trust, at)


def _verify(
    message: SignedMessage, payload: bytes, owner: Owner, role: Role, trust: Trust, at: Micros
) -> PinnedKey:
    kid = signers.find(message.name, message.certificates, trust)
    key = trust.key(owner, role, kid, at)
    form = signers.form_of(key.alg)
    salt = form.check(message.algorithm, key.kid)
    _check_attributes(message, payload)
    # signed is the SET OF, in DER, whatever tag it has in the message (RFC 5652 5.4)
    signed = bytes((SET,)) + bytes(message.attributes.encoded[1:])
    raw.verify(key, form.from_cms(message.signature, key.kid), signed, salt)
    return key


def _check_attributes(message: SignedMessage, payload: bytes) -> None:
    """What is signed is a digest of this payload, as data (RFC 5652 11.1, 11.2)."""
    found = _read_attributes(message.attributes)
    kind, digest = (found.get(name) for name in (names.CONTENT_TYPE, names.MESSAGE_DIGEST))
    if kind is None or kind.encoded != names.DATA or digest is None:
        raise malformed("a signer signs the content type data and a message digest")
    name = names.DIGESTS.get(message.digest)
    if name is None:
        raise NotVerified(
            "wrong-alg", "a content is digested with SHA-256, 384 or 512 (-md sha256)"
        )
    expected = hashlib.new(name, payload).digest()
    if digest.octets("the message digest", len(expected)) != expected:
        raise NotVerified("signature", "the signed digest is of another content")


def _read_attributes(element: Element) -> dict[bytes, Element]:
    """Each attribute's one value."""
    if len(element.parts) > _MOST_ATTRIBUTES:
        raise malformed(f"a signer has at most {_MOST_ATTRIBUTES} attributes")
    found: dict[bytes, Element] = {}
    for part in element.parts:
        fields = Fields(part, "an attribute")
        name = bytes(fields.take(OID).encoded)
        values = fields.take(SET)
        fields.end()
        if name in found or len(values.parts) != 1:
            raise malformed("an attribute stands once, with one value")
        found[name] = values.parts[0]
    return found
