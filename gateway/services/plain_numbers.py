"""Finds what may be a phone number where none may stand (promise H)."""

import re

from gateway.domain.canonical import Json, decode, is_digest
from gateway.domain.errors import NotVerified
from gateway.services.jws import payload_of

_LONG = re.compile(r"(?<![0-9A-Za-z_.=/-])\+?\d{9,15}(?![0-9A-Za-z_=/-])")
"""A run of digits on its own; within digests, key ids, base64 and file names there are others."""

_MOBILE = re.compile(r"(?:62)?8\d{8,11}")
"""An integer that would be an Indonesian mobile number; others may be sizes, times, revisions."""


def in_statement(jws: bytes) -> bool:
    """Whether the payload of a JWS holds one; bytes that are no JWS are searched as they are."""
    payload = payload_of(jws) or jws
    try:
        return in_document(decode(payload, what="a payload"))
    except NotVerified:
        return _LONG.search(payload.decode("latin-1")) is not None


def in_document(value: Json) -> bool:
    """Whether a JSON value holds one, in names, texts or integers."""
    match value:
        case dict():
            return any(in_document(part) for pair in value.items() for part in pair)
        case list() | tuple():
            return any(in_document(part) for part in value)
        case str():
            return not is_digest(value) and _LONG.search(value) is not None
        case bool():
            return False
        case int():
            return _MOBILE.fullmatch(str(value)) is not None
    return False
