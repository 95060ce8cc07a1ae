"""The `cms` envelope of a parcel: AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084).

One recipient, no attributes, content type data. What is written is DER; what is read may be BER
with indefinite lengths. A content key seals one message and is then forgotten: no nonce repeats.
"""

import io
import secrets
from collections.abc import Collection, Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import GCM

from gateway.domain.cms import der, names
from gateway.domain.cms.ber import OID, SEQUENCE, Element, Fields, malformed
from gateway.domain.cms.ber import read as read_ber
from gateway.domain.cms.signed import WHAT, content_of
from gateway.domain.cms.text import unwrapped
from gateway.domain.errors import NotVerified
from gateway.domain.trust import PinnedKey
from keys import cms_legacy, jwk
from keys import cms_recipients as recipients
from keys.exceptions import Weakness
from keys.keyring import Openers

NONCE_BYTES = 12
TAG_BYTES = 16
_CONTENT = 0xA0  # [0]: explicit in ContentInfo
CHUNK = 1024 * 1024  # bytes that are encrypted at a time, so that no second copy is needed

_SEALED = 0x80  # [0] IMPLICIT OCTET STRING


def seal(plaintext: bytes, recipient: PinnedKey) -> bytes:
    """The parcel as DER. Raises NotVerified("malformed") for a pin that is not of one piece."""
    key, nonce = secrets.token_bytes(recipients.KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    cipher = Cipher(AES256(key), GCM(nonce)).encryptor()
    first, last = _around(recipients.write(key, jwk.public_key(recipient)), nonce, len(plaintext))
    out, view = io.BytesIO(), memoryview(plaintext)
    out.write(first)
    for start in range(0, len(view), CHUNK):
        out.write(cipher.update(view[start : start + CHUNK]))
    cipher.finalize()
    out.write(last + cipher.tag)
    return out.getvalue()


def _around(recipient: bytes, nonce: bytes, size: int) -> tuple[bytes, bytes]:
    """All bytes before the content, and those between content and tag."""
    algorithm = der.sequence(
        names.AES_256_GCM, der.sequence(der.octets(nonce), der.integer(TAG_BYTES))
    )
    last = der.head(0x04, TAG_BYTES)
    head = names.DATA + algorithm + der.head(_SEALED, size)
    content = der.head(SEQUENCE, len(head) + size) + head
    body = der.integer(0) + recipient + content
    rest = size + len(last) + TAG_BYTES
    inner = der.head(SEQUENCE, len(body) + rest) + body
    whole = names.AUTH_ENVELOPED + der.head(_CONTENT, len(inner) + rest) + inner
    return der.head(SEQUENCE, len(whole) + rest) + whole, last


def open_cms(data: bytes, openers: Openers, allowed: Collection[Weakness] = ()) -> bytes:
    """The plaintext of a parcel sealed to one of these keys; `allowed` is what exceptions let in.

    Raises NotVerified: malformed, wrong-alg, unknown-key, cant-open; nothing else leaves.
    """
    kind, content = content_of(read_ber(unwrapped(data), WHAT))
    if kind == names.ENVELOPED and Weakness.CBC in allowed:
        return cms_legacy.open_enveloped(content, openers, allowed)
    if kind != names.AUTH_ENVELOPED:
        raise NotVerified(
            "wrong-alg",
            "a sealed CMS message is AuthEnvelopedData with AES-256-GCM (-aes-256-gcm)",
        )
    fields = Fields(content, WHAT)
    if fields.take().number("the version of a CMS message") != 0:
        raise malformed("AuthEnvelopedData has the version 0")
    recipient = recipients.read(fields.take())
    nonce, pieces = _content(fields.take())
    tag = fields.take().octets("the tag", TAG_BYTES)
    fields.end()
    if len(tag) != TAG_BYTES:
        raise malformed(f"the tag has {TAG_BYTES} bytes")  # a shorter one is guessed (E17)
    key = recipients.content_key(recipient, openers, allowed=allowed)
    return _decrypted(key, nonce, tag, pieces)


def _content(element: Element) -> tuple[bytes, list[memoryview]]:
    """Nonce and sealed bytes of the EncryptedContentInfo."""
    fields = Fields(element, "the sealed content")
    if fields.take(OID).encoded != names.DATA:
        raise malformed("the content of a parcel is of the type data")
    algorithm = fields.take(SEQUENCE)
    pieces = fields.take().pieces(_SEALED, "the sealed content")
    fields.end()
    named = Fields(algorithm, "the content's algorithm")
    if named.take(OID).encoded != names.AES_256_GCM:
        raise NotVerified("wrong-alg", "the content of a parcel is sealed with AES-256-GCM")
    values = Fields(named.take(SEQUENCE), "the content's algorithm")
    named.end()
    nonce = values.take().octets("the nonce", NONCE_BYTES)
    size = values.take().number("the size of the tag")
    values.end()
    if len(nonce) != NONCE_BYTES or size != TAG_BYTES:
        raise malformed(f"a nonce has {NONCE_BYTES} bytes, and a tag {TAG_BYTES}")
    return nonce, pieces


def _decrypted(key: bytes, nonce: bytes, tag: bytes, pieces: Iterable[memoryview]) -> bytes:
    """The plaintext; it leaves this function only once the tag holds (threats.md 0, fact 3)."""
    cipher = Cipher(AES256(key), GCM(nonce, tag)).decryptor()
    out = io.BytesIO()
    for piece in pieces:
        for start in range(0, len(piece), CHUNK):
            out.write(cipher.update(piece[start : start + CHUNK]))
    try:
        cipher.finalize()
    except InvalidTag:
        raise recipients.cant_open() from None
    return out.getvalue()
