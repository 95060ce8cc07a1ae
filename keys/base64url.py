"""base64url without padding (RFC 7515 section 2), in its one canonical form.

Python's own decoder skips foreign characters and ignores stray bits at the end, so that many texts
would mean the same bytes; a signed thing must have one form only.
"""

import binascii
import re

from gateway.domain.errors import NotVerified

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_TAIL = {0: 0, 2: 0b1111, 3: 0b11}  # characters beyond whole quads -> bits that must be zero
_KID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def encode(data: bytes) -> bytes:
    """The text, without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=")


def check(text: bytes, what: str) -> None:
    """Raise NotVerified("malformed") unless `text` is canonical base64url; decodes nothing."""
    spare = _TAIL.get(len(text) % 4)
    if spare is None or text.translate(None, ALPHABET):
        raise NotVerified("malformed", f"{what} is not base64url without padding")
    if spare and ALPHABET.index(text[-1]) & spare:
        raise NotVerified("malformed", f"{what} has stray bits at its end")


def decode(text: bytes, what: str) -> bytes:
    """The bytes. Raises NotVerified("malformed"), naming `what`."""
    check(text, what)
    padding = b"=" * (-len(text) % 4)
    return binascii.a2b_base64(text.translate(_TO_STANDARD) + padding)


def is_kid(value: object) -> bool:
    """Whether this has the form of a key id: a SHA-256 thumbprint in base64url.

    Such a text is safe in a path and in a message.
    """
    return isinstance(value, str) and _KID.fullmatch(value) is not None
