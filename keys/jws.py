"""Signatures over exact bytes: compact JWS (RFC 7515), of one narrow form.

The protected header has exactly the members alg, kid and typ. Nothing in it chooses a key that is
not pinned or an algorithm that is not the key's (threats.md E1-E8). What is verified is the bytes
as received: nothing is decoded and encoded again (E16).
"""

from dataclasses import dataclass

from gateway.domain import statements
from gateway.domain.canonical import JsonObject, decode, encode
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.statements import Kind, Statement, header_typ
from gateway.domain.times import Micros
from gateway.domain.trust import SIGNS_WITH, Owner, OwnerKind, PinnedKey, Role, Trust
from gateway.ports import Signed, Signer
from keys import base64url, raw

MAX_HEADER = 512  # characters; ours has about 150
MAX_DETACHED = 1024  # bytes of a JWS without payload
MAX_STATEMENT = 1024 * 1024  # bytes of a JWS; a card with all its keys has about 15 kB
MAX_CONFIRMATION = 32 * 1024 * 1024  # bytes of a JWS; 100,000 rows have about 8 MB

_MEMBERS = {"alg", "kid", "typ"}
_SIGNATURE_CHARS = 86  # 64 bytes in base64url
_KINDS = {header_typ(kind): kind for kind in Kind}
# a list: what came may be unhashable
_ALGORITHMS = [str(algorithm) for algorithm in SIGNS_WITH[Envelope.JOSE]]

_GATEWAYS = frozenset({Kind.ANSWER, Kind.HEAD})
_ROLES = {
    (OwnerKind.GATEWAY, Role.STATEMENT): _GATEWAYS | {Kind.CARD},
    (OwnerKind.PARTNER, Role.STATEMENT): frozenset(Kind) - _GATEWAYS - {Kind.APPROVAL},
    (OwnerKind.PARTNER, Role.REQUEST): frozenset({Kind.REQUEST}),
    (OwnerKind.OFFICER, Role.APPROVAL): frozenset({Kind.APPROVAL}),
}
"""Which statements a key of an owner and role may make at all (threats.md E8)."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """A JWS taken apart and checked for form; nothing of it is verified."""

    alg: str
    kid: str
    typ: str
    signed: bytes  # header and payload parts, as received
    payload: bytes  # still in base64url
    signature: bytes


class JoseSignatures:
    """Implements ports.Signatures. Everything wrong is NotVerified with a stable reason:

    malformed, wrong-typ, wrong-alg, unknown-key, wrong-owner, wrong-role, key-revoked,
    key-not-valid, signature, audience, issuer; and those of statements.read.
    """

    def sign(self, payload: bytes, kind: str, signer: Signer) -> bytes:
        """Compact JWS with header typ, alg and kid."""
        return _sign(payload, kind, signer, detached=False)

    def sign_detached(self, payload: bytes, kind: str, signer: Signer) -> bytes:
        """Compact JWS with an empty payload part (RFC 7515 appendix F)."""
        return _sign(payload, kind, signer, detached=True)

    def verify(
        self, jws: bytes, kind: str, owner: Owner, role: Role, trust: Trust, at: Micros
    ) -> tuple[bytes, PinnedKey]:
        """Payload and key, if this owner signed it in this role with a key valid at `at`."""
        parts = _split(jws, limit(kind))
        key = _check(parts, kind, owner, role, trust, at)
        raw.verify(key, parts.signature, parts.signed)
        return base64url.decode(parts.payload, "the payload"), key

    def verify_detached(
        self,
        jws: bytes,
        payload: bytes,
        kind: str,
        owner: Owner,
        role: Role,
        trust: Trust,
        at: Micros,
    ) -> PinnedKey:
        """The key, if the detached signature holds over `payload`."""
        parts = _split(jws, MAX_DETACHED)
        if parts.payload:
            raise NotVerified("malformed", "a detached signature has an empty middle part")
        key = _check(parts, kind, owner, role, trust, at)
        raw.verify(key, parts.signature, parts.signed + base64url.encode(payload))
        return key

    def open_statement(
        self, jws: bytes, owner: Owner, role: Role, trust: Trust, at: Micros, audience: str
    ) -> Signed:
        """Verify and read a statement of any kind that a key of this role may make.

        `iss` must be the owner and `aud` the audience, both as text (threats.md E9).
        """
        kind = statement_kind(jws)
        check_maker(kind, owner, role)
        payload, key = self.verify(jws, kind, owner, role, trust, at)
        statement = statements.read(payload, kind)
        check_addresses(statement, owner, audience)
        return Signed(key, kind, statement)


def statement_kind(jws: bytes) -> Kind:
    """The kind that a statement claims to be; not verified.

    Raises NotVerified: malformed, wrong-alg, wrong-typ (no statement, for example a manifest's).
    """
    kind = _KINDS.get(_split(jws, MAX_CONFIRMATION).typ)
    if kind is None:
        raise NotVerified("wrong-typ", "the header names no kind of statement")
    return kind


def unverified_payload(jws: bytes, kind: Kind) -> bytes:
    """The payload before any signature was checked: for a card, whose keys are inside (keys/cards).

    Raises NotVerified("malformed").
    """
    return base64url.decode(_split(jws, limit(kind)).payload, "the payload")


def check_maker(kind: Kind, owner: Owner, role: Role) -> None:
    """Raise NotVerified("wrong-typ") where a key of this owner and role makes no such statement."""
    if kind not in _ROLES.get((owner.kind, role), frozenset()):
        raise NotVerified("wrong-typ", f"this owner's {role} key makes no {kind} statement")


def limit(kind: str) -> int:
    """How many bytes a signed document of this kind may have."""
    return MAX_CONFIRMATION if kind == Kind.CONFIRM else MAX_STATEMENT


def _sign(payload: bytes, kind: str, signer: Signer, *, detached: bool) -> bytes:
    header = encode({"alg": str(signer.alg), "kid": signer.kid, "typ": header_typ(kind)})
    head = base64url.encode(header) + b"."
    body = base64url.encode(payload)
    signature = base64url.encode(signer.sign(head + body))
    return b"".join((head, b"" if detached else body, b".", signature))


def _split(jws: bytes, limit: int) -> _Parts:
    """Take a compact JWS apart. The size is checked before anything is parsed (threats.md E14)."""
    if len(jws) > limit:
        raise NotVerified("malformed", f"a signed document of this kind has at most {limit} bytes")
    parts = jws.split(b".", 3)
    if len(parts) != 3:
        raise NotVerified("malformed", "a compact JWS has three parts")
    head, body, tail = parts
    if not 0 < len(head) <= MAX_HEADER:
        raise NotVerified("malformed", "the header part is not of its length")
    if len(tail) != _SIGNATURE_CHARS:
        raise NotVerified("malformed", "a signature has 64 bytes: alg must be Ed25519 or ES256")
    header = _header(head)
    signature = base64url.decode(tail, "the signature part")
    return _Parts(
        header["alg"], header["kid"], header["typ"], jws[: -len(tail) - 1], body, signature
    )


def _header(head: bytes) -> JsonObject:
    header = decode(base64url.decode(head, "the header part"), what="the JWS header")
    if header.get("alg") not in _ALGORITHMS:
        raise NotVerified("wrong-alg", "alg must be Ed25519 or ES256")
    if set(header) != _MEMBERS:
        # also refuses crit, b64, zip, jwk, jku, x5u, x5c (threats.md E6, E7)
        raise NotVerified("malformed", "the JWS header must have exactly alg, kid and typ")
    if not base64url.is_kid(header["kid"]) or not isinstance(header["typ"], str):
        raise NotVerified("malformed", "kid must be a thumbprint, and typ a text")
    return header


def _check(
    parts: _Parts, kind: str, owner: Owner, role: Role, trust: Trust, at: Micros
) -> PinnedKey:
    """The pinned key that must have signed: everything but the signature itself."""
    if parts.typ != header_typ(kind):
        raise NotVerified("wrong-typ", f"the header does not name the kind {kind}")
    key = trust.key(owner, role, parts.kid, at)
    if parts.alg != key.alg:
        raise NotVerified("wrong-alg", f"key {key.kid} is an {key.alg} key; the header differs")
    return key


def check_addresses(statement: Statement, owner: Owner, audience: str) -> None:
    """Who says it, to whom: inside the signed bytes, so that nobody can redirect it (E9, E10)."""
    if statement.iss != owner.id:
        raise NotVerified("issuer", f"the statement does not name {owner.id} as its issuer")
    if statement.aud != audience:
        raise NotVerified("audience", f"the statement is not addressed to {audience}")
