"""CMS signatures: SignedData (RFC 5652 5) of one signer, over data, with signed attributes.

The algorithm is the pinned key's: ES256, Ed25519 (RFC 8419), RSA-PSS with SHA-256 (RFC 4056). The
signer is named by its subject key identifier, or by issuer and serial of a certificate that comes
along; from a certificate nothing is taken but its key, which must be a pinned one.
"""

import hashlib
from dataclasses import dataclass

from gateway.domain.errors import NotVerified
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, PinnedKey, Role, Trust
from gateway.ports import Signer
from keys import cms_names as names
from keys import cms_signers as signers
from keys import cms_text, der, jwk, raw
from keys.ber import OCTETS, OID, SEQUENCE, SET, Element, Fields, malformed
from keys.ber import read as read_ber
from keys.cms_sealed import WHAT, content_of

_CONTENT = 0xA0  # [0] EXPLICIT in ContentInfo and EncapsulatedContentInfo
_CERTIFICATES = 0xA0  # [0] IMPLICIT
_ATTRIBUTES = 0xA0  # [0] IMPLICIT
_MOST_ATTRIBUTES = 16
_VERSIONS = frozenset({1, 3})  # RFC 5652 5.1
_IDENTIFIER = 0x80  # [0] IMPLICIT SubjectKeyIdentifier


def sign_detached(payload: bytes, signer: Signer) -> bytes:
    """The signature as DER, without the payload. Raises NotVerified("wrong-alg")."""
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
        der.sequence(names.DATA),
        der.tlv(SET, signer_info),
    )
    return der.sequence(names.SIGNED, der.tlv(_CONTENT, signed))


def _attributes(digest: bytes) -> list[bytes]:
    """Content type and message digest (RFC 5652 11), in DER's order of a SET."""
    values = ((names.CONTENT_TYPE, names.DATA), (names.MESSAGE_DIGEST, der.octets(digest)))
    return sorted(der.sequence(name, der.tlv(SET, value)) for name, value in values)


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A SignedData taken apart and checked for form; nothing of it is verified. `content` is None
    where the payload is elsewhere."""

    content: bytes | None
    certificates: tuple[memoryview, ...]
    name: signers.Name
    digest: bytes
    attributes: Element
    algorithm: bytes
    signature: bytes


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
    found = cms_text.pair(data)
    if found is not None:
        key = verify_detached(found.signature, found.content, owner, role, trust, at)
        return found.content, key
    message = parse(cms_text.unwrapped(data))
    if message.content is None:
        raise malformed("the signed content is missing (-nodetach)")
    return message.content, _verify(message, message.content, owner, role, trust, at)


def unverified_content(data: bytes) -> bytes:
    """The payload before any signature was checked, to learn whom to ask about.

    Raises NotVerified("malformed").
    """
    found = cms_text.pair(data)
    if found is not None:
        return found.content
    message = parse(cms_text.unwrapped(data))
    if message.content is None:
        raise malformed("the signed content is missing (-nodetach)")
    return message.content


def parse(data: bytes) -> SignedMessage:
    """Take a message apart. Raises NotVerified: malformed, wrong-alg."""
    kind, content = content_of(read_ber(data, WHAT))
    if kind != names.SIGNED:
        raise malformed("expected a CMS message of the type SignedData")
    fields = Fields(content, "a signed message")
    if fields.take().number("the version of a signed message") not in _VERSIONS:
        raise malformed("a signed message has the version 1 or 3")
    digests = fields.take(SET)
    inner = _inner(fields.take())
    held = fields.optional(_CERTIFICATES)
    infos = fields.take(SET)  # also refuses revocation lists, which would come before
    fields.end()
    if len(infos.parts) != 1:
        # none at all would leave nothing that could fail (threats.md E2)
        raise malformed(f"a statement has exactly one signer, this one has {len(infos.parts)}")
    certificates = tuple(part.encoded for part in held.parts) if held else ()
    message = _signer(infos.parts[0], inner, certificates)
    _check_digests(digests, message.digest)
    return message


def _check_digests(digests: Element, own: bytes) -> None:
    """The list for readers that go through once: exactly what the one signer uses."""
    listed = digests.one(SEQUENCE, "the digests of a signed message").parts
    if not listed or listed[0].encoded != own:
        raise malformed("a signed message names its signer's digest and no other")


def _inner(element: Element) -> bytes | None:
    """The content, None where it is detached."""
    fields = Fields(element, "the signed content")
    if fields.take(OID).encoded != names.DATA:
        raise malformed("the signed content is of the type data")
    held = fields.optional(_CONTENT)
    fields.end()
    if held is None:
        return None
    if len(held.parts) != 1:
        raise malformed("the signed content is one string")
    return b"".join(held.parts[0].pieces(OCTETS, "the signed content"))


def _signer(
    element: Element, content: bytes | None, certificates: tuple[memoryview, ...]
) -> SignedMessage:
    fields = Fields(element, "a signer")
    version = fields.take().number("the version of a signer")
    name = signers.read_name(fields.take())
    if version != (3 if name.identifier else 1):
        raise malformed("a signer named by its key has the version 3, by its certificate 1")
    digest = fields.take(SEQUENCE)
    attributes = fields.optional(_ATTRIBUTES)
    if attributes is None:
        raise malformed("a signer signs attributes (without -noattr)")
    algorithm = bytes(fields.take(SEQUENCE).encoded)
    signature = fields.take().octets("a signature", signers.MOST_SIGNATURE)
    fields.end()  # also refuses unsigned attributes: they would change a statement's id
    if not digest.parts:
        raise malformed("a signer names its digest")
    named = bytes(digest.parts[0].encoded)
    return SignedMessage(content, certificates, name, named, attributes, algorithm, signature)


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
