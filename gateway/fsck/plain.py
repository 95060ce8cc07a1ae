"""What may be a phone number where none may stand (promise H), and what a JWS carries."""

import base64
import binascii
import re

from gateway.domain.canonical import Json, JsonObject, decode, is_digest
from gateway.domain.errors import NotVerified

_LONG = re.compile(r"(?<![0-9A-Za-z_.=/-])\+?\d{9,15}(?![0-9A-Za-z_=/-])")
"""A run of digits on its own; within digests, key ids, base64 and file names there are others."""

_MOBILE = re.compile(r"(?:62)?8\d{8,11}")
"""An integer that would be an Indonesian mobile number."""


def holds_number(value: Json) -> bool:
    """Whether a JSON value holds one, in names, texts or integers."""
    match value:
        case dict():
            return any(holds_number(part) for pair in value.items() for part in pair)
        case list():
            return any(map(holds_number, value))
        case str():
            return not is_digest(value) and _LONG.search(value) is not None
        case bool():
            return False
        case int():
            return _MOBILE.fullmatch(str(value)) is not None
    return False


def payload(jws: bytes) -> JsonObject:
    """What a compact JWS says, unverified: only to ask what kind of statement it is.

    {} where it says nothing that can be read.
    """
    parts = jws.split(b".")
    if len(parts) != 3:
        return {}
    try:
        text = base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4))
        return decode(text, what="a payload")
    except (binascii.Error, ValueError, NotVerified):
        return {}
