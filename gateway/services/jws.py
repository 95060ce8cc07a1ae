"""A look into a compact JWS without verifying it: to know whose key to ask for, and for listings.

Nothing that is read here counts until `Signatures` has verified the same bytes.
"""

import base64
import binascii

from gateway.domain.canonical import decode
from gateway.domain.errors import NotVerified
from gateway.domain.statements import Kind, Statement, header_typ, read

_KINDS = {header_typ(kind): kind for kind in Kind}


def statement_of(jws: bytes) -> Statement | None:
    """The statement inside, None where these bytes hold none that can be read."""
    try:
        kind = kind_of(jws)
        return read(_parts(jws)[1], kind) if kind is not None else None
    except NotVerified:
        return None  # bytes as a partner sent them: refused, and kept as evidence all the same


def kind_of(jws: bytes) -> Kind | None:
    """The kind that the header names, None where it names none."""
    try:
        return _KINDS.get(str(decode(_parts(jws)[0], what="the header of a JWS").get("typ")))
    except NotVerified:
        return None


def payload_of(jws: bytes) -> bytes:
    """The payload's bytes, b"" where these are no JWS."""
    try:
        return _parts(jws)[1]
    except NotVerified:
        return b""


def _parts(jws: bytes) -> tuple[bytes, bytes]:
    parts = jws.split(b".")
    if len(parts) != 3:
        raise NotVerified("malformed", "a JWS has three parts")
    try:
        header, payload = (
            base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
            for part in parts[:2]
        )
    except (binascii.Error, ValueError):
        raise NotVerified("malformed", "a part of a JWS is no base64url") from None
    return header, payload
