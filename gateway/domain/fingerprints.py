"""Ids and digests as two people compare them by phone."""

import base64
import binascii

from gateway.domain.errors import NotVerified

PGP = "pgp-"
"""What the key id of an OpenPGP key begins with; its fingerprint follows (design 8)."""


def phone_text(identifier: str) -> str:
    """An id or digest as two people compare it by phone: the first 16 bytes, in groups of four.

    Takes a key id or `sha256:<hex>`. 128 bits: nobody finds a second key for a given text. An
    OpenPGP fingerprint is shown whole, as gpg shows it. Raises NotVerified("malformed").
    """
    if identifier.startswith(PGP):
        return in_fours(identifier.removeprefix(PGP).upper())
    try:
        raw = _raw(identifier)
    except (ValueError, binascii.Error):
        raise NotVerified("malformed", "expected a key id or a digest") from None
    return in_fours(raw[:16].hex())


def _raw(identifier: str) -> bytes:
    if identifier.startswith("sha256:"):
        return bytes.fromhex(identifier.removeprefix("sha256:"))
    return base64.b64decode(identifier + "=" * (-len(identifier) % 4), b"-_", validate=True)


def in_fours(text: str) -> str:
    """Groups of four with a space between."""
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def same(shown: str, heard: str) -> bool:
    """Whether what was heard on the phone is the text shown; spaces, dashes and case are free."""
    return _plain(shown) == _plain(heard)


def _plain(text: str) -> str:
    return "".join(text.split()).replace("-", "").casefold()


def printable(text: str) -> str:
    """Text of others as it may stand in a line on a terminal or on paper: one line, no controls."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
