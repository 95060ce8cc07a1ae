"""Old CMS: EnvelopedData with AES-CBC (RFC 5652 6.1), opened by a recorded exception, never made.

CBC says nothing of who wrote it, and its blocks can be changed one by one (EFAIL): what comes out
is believed only for the signature that is inside. Whatever goes wrong is one refusal.
"""

from collections.abc import Collection

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from gateway.domain.cms import names
from gateway.domain.cms.ber import OID, SEQUENCE, Element, Fields, malformed
from gateway.domain.cms.signed import WHAT
from gateway.domain.errors import NotVerified
from keys import cms_recipients as recipients
from keys.exceptions import Weakness
from keys.keyring import Openers

_SEALED = 0x80  # [0] IMPLICIT OCTET STRING
_BLOCK = 16  # bytes


def open_enveloped(content: Element, openers: Openers, allowed: Collection[Weakness]) -> bytes:
    """The plaintext of an EnvelopedData.

    Raises NotVerified: malformed, wrong-alg, unknown-key, cant-open.
    """
    fields = Fields(content, WHAT)
    fields.take().number("the version of a CMS message")
    recipient = recipients.read(fields.take())
    size, nonce, sealed = _content(fields.take())
    fields.end()
    key = recipients.content_key(recipient, openers, size, allowed)
    try:
        cipher = Cipher(AES(key), CBC(nonce)).decryptor()
        padded = cipher.update(sealed) + cipher.finalize()
        unpadder = PKCS7(_BLOCK * 8).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise recipients.cant_open() from None


def _content(element: Element) -> tuple[int, bytes, bytes]:
    """Bytes of the key, nonce and sealed bytes."""
    fields = Fields(element, "the sealed content")
    if fields.take(OID).encoded != names.DATA:
        raise malformed("the content of a parcel is of the type data")
    algorithm = fields.take(SEQUENCE)
    sealed = b"".join(fields.take().pieces(_SEALED, "the sealed content"))
    fields.end()
    named = Fields(algorithm, "the content's algorithm")
    size = names.AES_CBC.get(bytes(named.take(OID).encoded))
    if size is None:
        raise NotVerified("wrong-alg", "an exception lets in AES-CBC and nothing older")
    nonce = named.take().octets("the nonce", _BLOCK)
    named.end()
    if len(nonce) != _BLOCK:
        raise malformed(f"the nonce has {_BLOCK} bytes")
    return size, nonce, sealed
