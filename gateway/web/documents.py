"""Signed bodies: which media type holds which form, what one claims to be, what names a request.

A partner signs with the tool that it has (design 3): a JWS, a CMS message or an OpenPGP message.
"""

from base64 import urlsafe_b64decode

from gateway.domain import signed_forms
from gateway.domain.canonical import decode, digest
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.media_types import STATEMENT
from gateway.domain.statements import Kind, header_typ
from gateway.web.problems import Unauthenticated

FORMS = {media: form for form, media in STATEMENT.items()}
"""The one form of signature that a body of each media type has."""

_KINDS = {header_typ(kind): kind for kind in Kind}
_MOST_HEADER = 1024  # bytes of a JWS in which its header must end


def claimed_kind(data: bytes, form: Envelope) -> Kind | None:
    """The kind that it says it is; nothing of it is verified, and the verifier reads it again.

    Raises Unauthenticated where it is of another form than its media type says.
    """
    try:
        if signed_forms.form_of(data) is not form:
            raise Unauthenticated("malformed")
        if form is not Envelope.JOSE:
            return signed_forms.kind_of(data)
        head = data[:_MOST_HEADER].partition(b".")[0]
        header = decode(urlsafe_b64decode(head + b"=" * (-len(head) % 4)), what="the header")
    except (ValueError, NotVerified):
        raise Unauthenticated("malformed") from None
    typ = header.get("typ")
    return _KINDS.get(typ) if isinstance(typ, str) else None


def request_name(data: bytes, payload: bytes) -> str:
    """What a signed request is used up by: a digest.

    A CMS or OpenPGP message can be packed otherwise around the same signature, so there it is the
    digest of what was signed. Raises NotVerified for one that is not text: with the fetch it is
    kept inside of a document (gateway/domain/fetched.py).
    """
    if signed_forms.form_of(data) is Envelope.JOSE:
        return digest(data)
    if not data.isascii():
        raise NotVerified("malformed", "a request is handed in as text: PEM or ASCII armour")
    return digest(payload)
