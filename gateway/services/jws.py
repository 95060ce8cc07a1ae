"""A look into a signed document without verifying it: to know whose key to ask for, for listings.

Nothing that is read here counts until `Signatures` has verified the same bytes.
"""

from gateway.domain import signed_forms
from gateway.domain.errors import NotVerified
from gateway.domain.statements import Kind, Statement


def statement_of(data: bytes) -> Statement | None:
    """The statement inside, None where these bytes hold none that can be read."""
    try:
        return signed_forms.statement_of(data)
    except NotVerified:
        return None  # bytes as a partner sent them: refused, and kept as evidence all the same


def kind_of(data: bytes) -> Kind | None:
    """The kind that it claims to be, None where it names none."""
    try:
        return signed_forms.kind_of(data)
    except NotVerified:
        return None


def payload_of(data: bytes) -> bytes:
    """What was signed, b"" where that can't be read."""
    try:
        return signed_forms.payload_of(data)
    except NotVerified:
        return b""
