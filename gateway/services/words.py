"""Opening what a partner signed: with its statement key, or a request with its request key too."""

from gateway.domain.canonical import decode
from gateway.domain.errors import NotVerified
from gateway.domain.records import InboundRecord
from gateway.domain.statements import Kind
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, Role, Trust
from gateway.ports import Signatures, Signed
from gateway.services.jws import kind_of


def open_word(signatures: Signatures, jws: bytes, partner: str, trust: Trust, at: Micros) -> Signed:
    """Verify and read a partner's statement as of `at`. Raises NotVerified."""
    owner = Owner(OwnerKind.PARTNER, partner)
    try:
        return signatures.open_statement(jws, owner, Role.STATEMENT, trust, at, trust.gateway)
    except NotVerified as error:
        if error.reason != "wrong-role" or kind_of(jws) is not Kind.REQUEST:
            raise
    return signatures.open_statement(jws, owner, Role.REQUEST, trust, at, trust.gateway)


def is_authentic(signatures: Signatures, record: InboundRecord, trust: Trust) -> bool:
    """Whether a refused statement is the partner's own all the same: its signature holds and it
    names no other issuer. Only then it is answered (docs/adr/0004)."""
    owner = Owner(OwnerKind.PARTNER, record.partner)
    for role in (Role.STATEMENT, Role.REQUEST):
        try:
            kind = str(kind_of(record.body))
            payload, _key = signatures.verify(
                record.body, kind, owner, role, trust, record.received_at
            )
        except NotVerified:
            continue  # not by a key of this role
        return is_own(payload, record.partner)
    return False


def is_own(payload: bytes, partner: str) -> bool:
    """Whether signed bytes name this issuer, or can't be read at all."""
    try:
        return decode(payload, what="the statement").get("iss") in (partner, None)
    except NotVerified:
        return True
