"""Who asks: the partner in the path, shown by a signature of a key that is pinned to it now.

Only that is decided here. What a statement counts for is judged by the worker (design 2).
"""

import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache

from flask import g, request

from gateway.domain import fields
from gateway.domain.canonical import JsonObject, decode
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.statements import Kind, Request, is_table, read
from gateway.domain.times import SECOND, Micros
from gateway.domain.trust import Owner, OwnerKind, Role, Trust, read_trust
from gateway.ports import ExchangePartner, Replayed, RequestUse, TransportRules
from gateway.ports.exchange import Resource
from gateway.web.documents import FORMS, claimed_kind, request_name
from gateway.web.listener import Listener
from gateway.web.problems import NotFresh, Unauthenticated

FRESH: Micros = 300 * SECOND
"""How far a request's `at` may lie from our clock."""

PEER = "palang.peer"
"""Name in the WSGI environment: `SHA256:<hex>` of the client's certificate, "" without one."""

POSTABLE = frozenset(Kind) - {Kind.APPROVAL, Kind.ANSWER, Kind.HEAD}
"""The kinds that are a partner's to make."""

_ROLES = {Kind.REQUEST: (Role.STATEMENT, Role.REQUEST)}
_NO_TRUST = b'{"gateway":[],"name":"-","officers":{},"partners":{},"typ":"trust","v":1}'


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom the path names, as published; nothing is shown yet. `refused` says why the transport's
    credential is not the agreed one, "" where it is or none was agreed."""

    partner: ExchangePartner
    trust: Trust
    at: Micros
    refused: str = ""

    @property
    def owner(self) -> Owner:
        """The partner as an owner of keys."""
        return Owner(OwnerKind.PARTNER, self.partner.id)


def admit(listener: Listener, partner: str) -> Caller:
    """Look up the partner, and compare what shows before the body is read.

    A partner that is not published is one without keys: it fails later, as any wrong key does. A
    wrong credential waits for that moment too: an answer before the body would tell a stranger,
    who sends only a header, that there is such a partner. Nobody can make us read more by it than
    by naming a partner that does not exist.
    """
    found = listener.exchange.partner(partner)
    if found is None or not found.live:
        found = _nobody(partner)
    else:
        g.partner = partner  # may stand in the log; any other name is a stranger's text
    refused = _wrong_certificate(found.rules) or _wrong_bearer(found.rules)
    return Caller(found, _trust(found.trust), listener.clock.now(), refused)


def check_statement(listener: Listener, caller: Caller, data: bytes) -> None:
    """Raises Unauthenticated unless the partner signed it, to this gateway; NotVerified where what
    it signed is no JSON as we read it."""
    _open(listener, caller, data, POSTABLE)


def open_request(listener: Listener, caller: Caller, data: bytes, resource: Resource) -> RequestUse:
    """The signed request behind a fetch or a listing.

    Raises Unauthenticated, NotFresh; NotVerified where it is well signed and no request.
    """
    payload = _open(listener, caller, data, frozenset({Kind.REQUEST}))
    wanted = read(payload, Kind.REQUEST)
    if not isinstance(wanted, Request):
        raise NotVerified("wrong-typ", "a request is expected")
    if abs(wanted.at - caller.at) > FRESH:
        raise NotFresh("not-fresh")
    return RequestUse(
        caller.partner.id,
        resource,
        request_name(data, payload),
        data,
        wanted.epoch,
        wanted.since,
        caller.at,
        caller.partner.rules.quotas,
    )


def open_list_request(listener: Listener, caller: Caller, jws: bytes) -> str:
    """The digest of the body that a source's signed request announces.

    Raises Unauthenticated, NotFresh; NotVerified where it is well signed and no request.
    """
    payload = _signed(listener, caller, jws, frozenset({Kind.REQUEST}), Envelope.JOSE)
    wanted = read(payload, Kind.REQUEST)
    if abs(wanted.at - caller.at) > FRESH:
        raise NotFresh("not-fresh")
    return fields.sha256(decode(payload, what="the request"), "parcel")


def check_body(listener: Listener, caller: Caller, body: bytes, digest: str, named: str) -> None:
    """Raises Unauthenticated unless the body is the one that the signed request announced."""
    if digest != named:
        raise Unauthenticated("body")
    _check_http_signature(listener, caller, body)


def _open(listener: Listener, caller: Caller, data: bytes, kinds: frozenset[Kind]) -> bytes:
    """What the partner signed, where the statement is the whole body."""
    payload = _signed(listener, caller, data, kinds, FORMS[request.mimetype])
    _check_http_signature(listener, caller, data)
    return payload


def _signed(
    listener: Listener, caller: Caller, data: bytes, kinds: frozenset[Kind], form: Envelope
) -> bytes:
    if caller.refused:  # before any signature: comparing is cheap, verifying is not
        raise Unauthenticated(caller.refused)
    kind = claimed_kind(data, form)
    if kind not in kinds:
        raise Unauthenticated("wrong-typ")
    payload = _verify(listener, caller, data, kind)
    if form is Envelope.JOSE or not is_table(payload):  # a table names a manifest of the partner's
        # signed by the partner, so that what is wrong with its form may be said
        statement = decode(payload, what=f"the {kind} statement")
        _check_addresses(statement, caller.partner)
    return payload


def _verify(listener: Listener, caller: Caller, data: bytes, kind: Kind) -> bytes:
    """The payload, by a key in one of the roles that may make this kind."""
    reason = "wrong-role"
    for role in _ROLES.get(kind, (Role.STATEMENT,)):
        try:
            payload, _key = listener.signatures.verify(
                data, kind, caller.owner, role, caller.trust, caller.at
            )
        except NotVerified as error:
            reason = error.reason
            if reason != "wrong-role":
                break
        else:
            return payload
    raise Unauthenticated(reason)


def _check_addresses(statement: JsonObject, partner: ExchangePartner) -> None:
    """Who says it, to whom: inside the signed bytes, so that nobody can redirect it (E9, E10)."""
    if statement.get("iss") != partner.id:
        raise Unauthenticated("issuer")
    if statement.get("aud") != partner.gateway:
        raise Unauthenticated("audience")


def _wrong_certificate(rules: TransportRules) -> str:
    shown = str(request.environ.get(PEER, ""))
    wrong = rules.certificate and not hmac.compare_digest(rules.certificate, shown)
    return "certificate" if wrong else ""


def _wrong_bearer(rules: TransportRules) -> str:
    """The secret has 256 random bits, so that a plain digest of it is no help to a guesser."""
    if not rules.bearer:
        return ""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    shown = "sha256:" + hashlib.sha256(secret.strip().encode("latin-1", "replace")).hexdigest()
    right = scheme.lower() == "bearer" and hmac.compare_digest(rules.bearer, shown)
    return "" if right else "bearer"


def _check_http_signature(listener: Listener, caller: Caller, body: bytes) -> None:
    """RFC 9421, last: only what the partner signed uses up a nonce."""
    if not caller.partner.rules.http_signature:
        return
    if listener.verify_http is None or not listener.origin:
        raise Unauthenticated("no-http-verifier")
    keys = {key.kid: key for key in caller.trust.of(caller.owner)}  # a sealing one signs nothing

    def use_nonce(nonce: str) -> bool:
        try:
            listener.exchange.use_nonce(caller.partner.id, nonce, caller.at)
        except Replayed:
            return False
        return True

    try:
        listener.verify_http(
            request.method,
            listener.origin + request.full_path.removesuffix("?"),
            list(request.headers.items()),
            body,
            keys.get,
            caller.at,
            use_nonce,
        )
    except NotVerified as error:
        if error.reason == "replayed":
            raise Replayed("the nonce of this request was used before") from None
        raise Unauthenticated(error.reason) from None


def _nobody(partner: str) -> ExchangePartner:
    return ExchangePartner(partner, "-", False, "", _NO_TRUST, TransportRules())


@lru_cache(maxsize=256)
def _trust(data: bytes) -> Trust:
    """The pinned keys as published; the bytes are the key, so that a revocation counts at once."""
    return read_trust(data)
