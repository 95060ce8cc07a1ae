"""The forms in which a statement may be signed, told apart by its first bytes, and what is inside.

JWS; CMS SignedData (DER, BER, PEM, S/MIME); an OpenPGP signed message. What is read counts only
once a signature over the same bytes was verified; the verifiers read with the same code.
"""

import base64
import binascii
import re

from gateway.domain.canonical import decode
from gateway.domain.cms import signed as cms
from gateway.domain.cms import text as cms_text
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.openpgp import content as openpgp
from gateway.domain.statements import Kind, Statement, header_typ, is_table, read, read_table

TOOL_MISSING = "tool-missing"
"""The reason where only another program could tell, and it is not here: nothing is proven."""

SUFFIX = {Envelope.JOSE: "jws", Envelope.CMS: "p7m", Envelope.OPENPGP: "asc"}
"""Of a file with one of the gateway's own statements: as JWS, as PEM, as ASCII armour."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\.(?:jws|p7m|asc|gpg)", re.ASCII)
_PARCEL = ".zip."
_SEQUENCE = 0x30
_PGP_TEXT = b"-----BEGIN PGP "
_KINDS = {header_typ(kind): kind for kind in Kind}
_BODIES = {str(kind): kind for kind in Kind}


def is_statement_name(name: str) -> bool:
    """Whether a file of this name may hold a statement; its form is told by its bytes. A parcel
    that lies there or comes back has a name of its own."""
    return _NAME.fullmatch(name) is not None and _PARCEL not in name


def form_of(data: bytes) -> Envelope:
    """In which world a document was signed. Raises NotVerified("malformed") for none of them."""
    first = data[0] if data else 0
    if data.startswith(b"eyJ"):
        return Envelope.JOSE
    if first == _SEQUENCE or cms_text.is_text(data):
        return Envelope.CMS
    if first & 0x80 or data.startswith(_PGP_TEXT):
        return Envelope.OPENPGP
    raise NotVerified(
        "malformed", "a statement is a JWS, a CMS message or an OpenPGP signed message"
    )


def form_named(name: str) -> Envelope:
    """The form that the ending of a file of ours names; JWS for any other ending."""
    ending = name.rpartition(".")[2]
    return next((form for form, suffix in SUFFIX.items() if suffix == ending), Envelope.JOSE)


def payload_of(data: bytes) -> bytes:
    """What was signed. Raises NotVerified: malformed, wrong-alg, too-large."""
    match form_of(data):
        case Envelope.JOSE:
            return _parts(data)[1]
        case Envelope.CMS:
            return cms.read(data)[1]
        case Envelope.OPENPGP:
            return openpgp.payload_of(data)


def kind_of(data: bytes) -> Kind:
    """The kind that it claims to be. Raises NotVerified: malformed, wrong-typ."""
    if form_of(data) is not Envelope.JOSE:
        return kind_of_payload(payload_of(data))
    kind = _KINDS.get(str(decode(_parts(data)[0], what="the header of a JWS").get("typ")))
    if kind is None:
        raise NotVerified("wrong-typ", "the header names no kind of statement")
    return kind


def kind_of_payload(payload: bytes) -> Kind:
    """The kind of a statement that has no header: its own `typ`, or that it is a table."""
    if is_table(payload):
        return Kind.CONFIRM
    kind = _BODIES.get(str(decode(payload, what="the signed document").get("typ")))
    if kind is None:
        raise NotVerified("wrong-typ", "the signed document names no kind of statement")
    return kind


def statement_of(data: bytes) -> Statement:
    """The statement inside; a table does not say who speaks to whom, the signature does.

    Raises NotVerified.
    """
    payload = payload_of(data)
    return read_table(payload, "", "") if is_table(payload) else read(payload, kind_of(data))


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
