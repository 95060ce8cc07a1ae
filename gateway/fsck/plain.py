"""What may be a phone number where none may stand (promise H), and what a JWS carries."""

import base64
import binascii
import re

from gateway.domain import signed_forms
from gateway.domain.canonical import Json, JsonObject, decode, is_digest
from gateway.domain.errors import NotVerified
from gateway.domain.references import looks_like_number
from gateway.domain.statements import Kind, is_table

_LONG = re.compile(r"(?<![0-9A-Za-z_.=/-])\+?\d{9,15}(?![0-9A-Za-z_=/-])")
"""A run of digits on its own; within digests, key ids, base64 and file names there are others."""

_MOBILE = re.compile(r"(?:62)?8\d{8,11}")
"""An integer that would be an Indonesian mobile number."""

_REFERENCES = ("reference", "accepted", "override")
"""Members of an event that hold what an officer wrote: numbers in groups are looked for as well."""


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


def reference_shows_number(event: JsonObject) -> bool:
    """Whether a reference that an officer gave looks like a number, written in groups or not."""
    given = (event.get(name) for name in _REFERENCES)
    texts = (one.values() if isinstance(one, dict) else (one,) for one in given)
    return any(isinstance(text, str) and looks_like_number(text) for some in texts for text in some)


def statement_shows_number(signed: bytes) -> bool:
    """Whether what a signed document says holds one; bytes that can't be read are searched as they
    are, part by part where they have the shape of a JWS."""
    if (said := payload(signed)) != {}:
        return holds_number(said)
    parts = [signed, *(_unpacked(part) for part in signed.split(b"."))]
    return any(_LONG.search(part.decode("latin-1")) for part in parts)


def _unpacked(part: bytes) -> bytes:
    try:
        return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return b""  # no base64url: then it is searched as it is


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
