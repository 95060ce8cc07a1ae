"""A signed CMS document taken apart: SignedData (RFC 5652 5) of one signer, over data.

Form alone: nothing here is verified, and no key is known. Whoever reads a signed document, reads it
with this, so that what was verified and what is shown can't differ.
"""

from dataclasses import dataclass

from gateway.domain.cms import names
from gateway.domain.cms import text as cms_text
from gateway.domain.cms.ber import INTEGER, OCTETS, OID, SEQUENCE, SET, Element, Fields, malformed
from gateway.domain.cms.ber import read as read_ber

_CONTENT = 0xA0  # [0] EXPLICIT in ContentInfo and EncapsulatedContentInfo
_CERTIFICATES = 0xA0  # [0] IMPLICIT
_ATTRIBUTES = 0xA0  # [0] IMPLICIT
_IDENTIFIER = 0x80  # [0] IMPLICIT SubjectKeyIdentifier
_MOST_SIGNATURE = 512  # bytes, under an RSA key of 4096 bits
_MOST_NAME = 64  # bytes of a key identifier; SHA-1 has 20
WHAT = "a CMS message"


@dataclass(frozen=True, slots=True)
class Name:
    """A signer as the message names it: by key identifier, or by issuer and serial number."""

    identifier: bytes
    issuer: bytes = b""
    serial: bytes = b""

    @property
    def version(self) -> int:
        """Of the signer and of the message, which follows from the name (RFC 5652 5.1, 5.3)."""
        return 3 if self.identifier else 1


def read_name(element: Element) -> Name:
    """A SignerIdentifier (RFC 5652 5.3). Raises NotVerified("malformed")."""
    if element.tag == _IDENTIFIER:
        if not 0 < len(element.value) <= _MOST_NAME:
            raise malformed(f"a key identifier has 1 to {_MOST_NAME} bytes")
        return Name(bytes(element.value))
    fields = Fields(element, "the name of a signer")
    issuer, serial = fields.take(SEQUENCE), fields.take(INTEGER)
    fields.end()
    return Name(b"", bytes(issuer.encoded), bytes(serial.value))


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A SignedData taken apart and checked for form; nothing of it is verified. `content` is None
    where the payload is elsewhere."""

    content: bytes | None
    certificates: tuple[memoryview, ...]
    name: Name
    digest: bytes
    attributes: Element
    algorithm: bytes
    signature: bytes


def content_of(message: Element) -> tuple[bytes, Element]:
    """Type and content of a ContentInfo (RFC 5652 3)."""
    fields = Fields(message, WHAT)
    kind = bytes(fields.take(OID).encoded)
    content = fields.take(_CONTENT).one(SEQUENCE, WHAT)
    fields.end()
    return kind, content


def read(data: bytes) -> tuple[SignedMessage, bytes]:
    """A document that holds its payload, in any of its forms, and that payload.

    Raises NotVerified: malformed, wrong-alg.
    """
    found = cms_text.pair(data)
    if found is None:
        message = parse(cms_text.unwrapped(data))
        if message.content is None:
            raise malformed("the signed content is missing (-nodetach)")
        return message, message.content
    message = parse(found.signature)
    if message.content is not None:
        raise malformed("a detached signature holds no content of its own")
    return message, found.content


def parse(data: bytes) -> SignedMessage:
    """Take a message apart. Raises NotVerified: malformed, wrong-alg."""
    kind, content = content_of(read_ber(data, WHAT))
    if kind != names.SIGNED:
        raise malformed("expected a CMS message of the type SignedData")
    fields = Fields(content, "a signed message")
    version = fields.take().number("the version of a signed message")
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
    if version != message.name.version:
        raise malformed("a signed message has the version of its signer")
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
    name = read_name(fields.take())
    if version != name.version:
        raise malformed("a signer named by its key has the version 3, by its certificate 1")
    digest = fields.take(SEQUENCE)
    attributes = fields.optional(_ATTRIBUTES)
    if attributes is None:
        raise malformed("a signer signs attributes (without -noattr)")
    algorithm = bytes(fields.take(SEQUENCE).encoded)
    signature = fields.take().octets("a signature", _MOST_SIGNATURE)
    fields.end()  # also refuses unsigned attributes: they would change a statement's id
    if not digest.parts:
        raise malformed("a signer names its digest")
    named = bytes(digest.parts[0].encoded)
    return SignedMessage(content, certificates, name, named, attributes, algorithm, signature)
