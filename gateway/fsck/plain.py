"""What may be a phone number where none may stand (promise H), and what a JWS carries."""

import re

from gateway.domain import signed_forms
from gateway.domain.canonical import Json, JsonObject, decode, is_digest
from gateway.domain.errors import NotVerified
from gateway.domain.statements import Kind, is_table

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
    """What a signed document says, unverified: only to ask what kind of statement it is.

    {} where it says nothing that can be read; a table is a member of that name.
    """
    try:
        text = signed_forms.payload_of(jws)
        if is_table(text):
            return {"typ": str(Kind.CONFIRM), "table": text.decode("latin-1")}
        return decode(text, what="a payload")
    except NotVerified:
        return {}
