"""Pinned public keys and the trust file (design 8).

A key belongs to one owner, in one role, with one algorithm, for one validity window; nothing in a
message chooses a key that is not pinned here (RFC 8725 3.10). Newest signs, all valid ones verify.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain import fields
from gateway.domain.canonical import Json, JsonObject, decode, encode
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import Envelope, is_partner_id
from gateway.domain.times import Micros, to_wire


class Role(StrEnum):
    """What a key may be used for; one key, one role (threats.md E8, E11)."""

    MANIFEST = "manifest"
    CHECKPOINT = "checkpoint"
    REQUEST = "request"
    STATEMENT = "statement"
    SEAL = "seal"
    APPROVAL = "approval"


class Algorithm(StrEnum):
    """The closed list of algorithms: RFC 9864 Ed25519; RFC 7518 ES256, PS256, RSA-OAEP-256 and
    ECDH-ES+A256KW over X25519 or P-256; OpenPGP, whose certificate says the rest (RFC 9580).
    """

    ED25519 = "Ed25519"
    ES256 = "ES256"
    PS256 = "PS256"
    ECDH_X25519 = "ECDH-ES+A256KW/X25519"
    ECDH_P256 = "ECDH-ES+A256KW/P-256"
    RSA_OAEP = "RSA-OAEP-256"
    OPENPGP = "OpenPGP"


SEALS_WITH: dict[Envelope, frozenset[Algorithm]] = {
    Envelope.JOSE: frozenset({Algorithm.ECDH_X25519, Algorithm.ECDH_P256}),
    Envelope.CMS: frozenset({Algorithm.ECDH_X25519, Algorithm.ECDH_P256, Algorithm.RSA_OAEP}),
    Envelope.OPENPGP: frozenset({Algorithm.OPENPGP}),
}
"""Which keys each envelope can be sealed to: a partner's seal key must fit its envelope."""

SIGNS_WITH: dict[Envelope, frozenset[Algorithm]] = {
    Envelope.JOSE: frozenset({Algorithm.ED25519, Algorithm.ES256}),
    Envelope.CMS: frozenset({Algorithm.ED25519, Algorithm.ES256, Algorithm.PS256}),
    Envelope.OPENPGP: frozenset({Algorithm.OPENPGP}),
}
"""Which keys sign in the form of each envelope: JWS, CMS SignedData, OpenPGP signature."""

COUNTERSIGNS_WITH = SIGNS_WITH | {Envelope.CMS: frozenset({Algorithm.ES256, Algorithm.PS256})}
"""Which of the gateway's keys sign for a partner's own tool (a manifest once more, answers, heads):
openssl 3.0 knows no Ed25519 in CMS (docs/envelopes.md)."""

SIGNING = frozenset[Algorithm]().union(*SIGNS_WITH.values())
SEALING = frozenset[Algorithm]().union(*SEALS_WITH.values())

MAX_CERTIFICATE = 16 * 1024  # characters of an OpenPGP certificate as armour; most have 2 kB


class OwnerKind(StrEnum):
    """Whose key it is; the names of the members of trust.json."""

    GATEWAY = "gateway"
    PARTNER = "partners"
    OFFICER = "officers"


@dataclass(frozen=True, slots=True, order=True)
class Owner:
    """One key owner; the gateway's id is the gateway's name."""

    kind: OwnerKind
    id: str


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """One public key as pinned.

    `kid` is the RFC 7638 thumbprint of `public` (a JWK as canonical JSON text). For OpenPGP,
    `public` is the minimal certificate as armour and `kid` is `pgp-` and the fingerprint, in 40 hex
    digits, of the key or subkey that is used.
    """

    kid: str
    owner: Owner
    role: Role
    alg: Algorithm
    public: str
    not_before: Micros
    not_after: Micros
    revoked: Micros | None = None

    def __post_init__(self) -> None:
        allowed = SEALING if self.role is Role.SEAL else SIGNING
        if self.alg not in allowed:
            raise InputError(
                f"key {self.kid}: role {self.role} takes one of "
                f"{', '.join(sorted(allowed))}, got {self.alg}"
            )

    def valid_at(self, at: Micros) -> bool:
        """Whether a signature counted at `at` (our ledger's time, promise C) may use this key."""
        return self.not_before <= at < self.not_after and (
            self.revoked is None or at < self.revoked
        )

    def revoked_at(self, at: Micros) -> "PinnedKey":
        """The same key, revoked; an earlier revocation stays."""
        return self if self.revoked is not None else replace(self, revoked=at)


class Trust:
    """A set of pinned keys; the only place where a key id becomes a key. `timestamp` are the
    certificates (PEM) of the time-stamping authorities that count, or of their issuers.

    Raises InputError where one key id is pinned twice (threats.md E11: never two owners or roles).
    """

    def __init__(
        self, gateway: str, keys: Iterable[PinnedKey], timestamp: Iterable[str] = ()
    ) -> None:
        self.gateway = gateway
        self.timestamp = tuple(timestamp)
        self.keys = tuple(keys)
        self._by_kid = {key.kid: key for key in self.keys}
        if len(self._by_kid) != len(self.keys):
            raise InputError("a key id is pinned twice; one key has one owner and one role")

    def key(self, owner: Owner, role: Role, kid: str, at: Micros) -> PinnedKey:
        """The key `kid`, if it is pinned to this owner in this role and valid at `at`.

        Raises NotVerified: unknown-key, wrong-owner, wrong-role, key-revoked, key-not-valid.
        """
        key = self._by_kid.get(kid)
        if key is None:
            raise NotVerified("unknown-key", f"key {kid!r} is not pinned here")
        if key.owner != owner:
            raise NotVerified("wrong-owner", f"key {kid} is not pinned to {owner.id}")
        if key.role is not role:
            raise NotVerified("wrong-role", f"key {kid} is a {key.role} key, not a {role} key")
        if key.revoked is not None and at >= key.revoked:
            raise NotVerified("key-revoked", f"key {kid} was revoked at {to_wire(key.revoked)}")
        if not key.valid_at(at):
            raise NotVerified("key-not-valid", f"key {kid} is not valid at {to_wire(at)}")
        return key

    def newest(
        self,
        owner: Owner,
        role: Role,
        at: Micros,
        among: Collection[Algorithm] = frozenset(Algorithm),
    ) -> PinnedKey:
        """The key to sign with or encrypt to now, of one of these algorithms.

        Raises NotVerified("no-key") where none is valid.
        """
        keys = [k for k in self.of(owner) if k.role is role and k.valid_at(at)]
        valid = [key for key in keys if key.alg in among]
        if not valid:
            kinds = f" for {', '.join(sorted(among))}" if keys else ""
            raise NotVerified(
                "no-key", f"{owner.id} has no valid {role} key{kinds} at {to_wire(at)}"
            )
        return max(valid, key=lambda key: (key.not_before, key.kid))

    def of(self, owner: Owner) -> tuple[PinnedKey, ...]:
        """All keys of one owner, whatever their state."""
        return tuple(key for key in self.keys if key.owner == owner)


def key_to_json(key: PinnedKey) -> JsonObject:
    """One key as trust.json, cards and bundles write it."""
    document: JsonObject = {
        "kid": key.kid,
        "role": str(key.role),
        "alg": str(key.alg),
        "public": _shown(key),
        "not_before": to_wire(key.not_before),
        "not_after": to_wire(key.not_after),
    }
    if key.revoked is not None:
        document["revoked"] = to_wire(key.revoked)
    return document


def _shown(key: PinnedKey) -> Json:
    """The public key as a document holds it: an object, or a certificate's text."""
    if key.alg is Algorithm.OPENPGP:
        return key.public
    return decode(key.public.encode(), what="a public key")


def key_from_json(document: Json, owner: Owner) -> PinnedKey:
    """Read one key.

    Raises NotVerified("malformed"). The thumbprint is checked by keys/ when it is used.
    """
    if not isinstance(document, dict):
        raise NotVerified("malformed", "a key must be an object")
    try:
        return _key(document, owner)
    except InputError as error:
        raise NotVerified("malformed", str(error)) from None


def _key(document: JsonObject, owner: Owner) -> PinnedKey:
    algorithm = Algorithm(fields.one_of(document, "alg", tuple(Algorithm)))
    if algorithm is Algorithm.OPENPGP:
        public = fields.text(document, "public", most=MAX_CERTIFICATE)
    else:
        public = encode(fields.member(document, "public")).decode()
    return PinnedKey(
        kid=fields.text(document, "kid", most=64),
        owner=owner,
        role=Role(fields.one_of(document, "role", tuple(Role))),
        alg=algorithm,
        public=public,
        not_before=fields.moment(document, "not_before"),
        not_after=fields.moment(document, "not_after"),
        revoked=fields.moment(document, "revoked") if "revoked" in document else None,
    )


def write_trust(trust: Trust) -> bytes:
    """The trust file's bytes: what an auditor or partner keeps, made at onboarding."""
    gateway = [k for k in trust.keys if k.owner.kind is OwnerKind.GATEWAY]
    document: JsonObject = {
        "v": 1,
        "typ": "trust",
        "name": trust.gateway,
        "gateway": [key_to_json(key) for key in gateway],
        "partners": _by_owner(trust, OwnerKind.PARTNER),
        "officers": _by_owner(trust, OwnerKind.OFFICER),
    }
    if trust.timestamp:
        document["timestamp"] = list(trust.timestamp)
    return encode(document)


def _by_owner(trust: Trust, kind: OwnerKind) -> JsonObject:
    found: dict[str, list[JsonObject]] = {}
    for key in sorted(trust.keys, key=lambda k: (k.owner, k.not_before, k.kid)):
        if key.owner.kind is kind:
            found.setdefault(key.owner.id, []).append(key_to_json(key))
    return dict(found)


def read_trust(data: bytes) -> Trust:
    """Read a trust file. Raises NotVerified("malformed" | "version")."""
    document = decode(data, what="the trust file")
    fields.version(document)
    fields.one_of(document, "typ", ("trust",))
    name = fields.text(document, "name", most=64)
    owner = Owner(OwnerKind.GATEWAY, name)
    keys = list(fields.array(document, "gateway", lambda k: key_from_json(k, owner), most=256))
    for kind in (OwnerKind.PARTNER, OwnerKind.OFFICER):
        for owner_id in fields.member(document, str(kind)):
            keys += _keys_of(document, kind, owner_id)
    try:
        return Trust(name, keys, _timestamp(document))
    except InputError as error:
        raise NotVerified("malformed", str(error)) from None


def _timestamp(document: JsonObject) -> tuple[str, ...]:
    if "timestamp" not in document:
        return ()
    return fields.array(document, "timestamp", _certificate, most=16)


def _certificate(item: Json) -> str:
    if isinstance(item, str) and item.isascii() and len(item) <= MAX_CERTIFICATE:
        return item
    raise NotVerified("malformed", "member timestamp: expected certificates as PEM text")


def _keys_of(document: JsonObject, kind: OwnerKind, owner_id: str) -> tuple[PinnedKey, ...]:
    if not is_partner_id(owner_id):
        raise NotVerified("malformed", f"member {kind}: an owner id is not well formed")
    owner = Owner(kind, owner_id)
    listed = fields.member(document, str(kind))
    return fields.array(listed, owner_id, lambda key: key_from_json(key, owner), most=256)
