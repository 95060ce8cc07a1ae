"""Pinned keys: as they were pinned, and as they were kept outside (promise C).

Every signature that fsck checks is checked under these keys, so they are proven first: a key's id
is the thumbprint of its public half, and the ledger has its pinning.
"""

import base64
import hashlib
from dataclasses import replace
from typing import cast

from gateway.domain.canonical import JsonObject, decode, digest, encode
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.times import DAY, Micros, from_wire
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, Trust, key_from_json
from gateway.fsck.case import Case, exact, wire
from gateway.fsck.facts import Said
from gateway.fsck.plain import payload
from gateway.fsck.rows import KeyRow, listed
from gateway.fsck.windows import ended, is_announced, second

OFFICER_LIFE: Micros = 730 * DAY
"""How long an officer's key is valid from the moment it counts."""

NEEDED = 2
"""Officers whose signatures a trust change takes (promise I)."""

_THUMBPRINT = {
    "OKP": ("crv", "kty", "x"),
    "EC": ("crv", "kty", "x", "y"),
}  # RFC 7638 3.2, RFC 8037 2


def load(case: Case) -> bool:
    """Read the pinned keys into the case; whether there is one of the gateway's own.

    Raises InputError where the trust file that was given is another gateway's.
    """
    keys = []
    for row in listed(case.core, KeyRow, "keys ORDER BY not_before, kid"):
        try:
            keys.append(_pinned(row))
        except (ValueError, InputError) as error:
            case.found("key-differs", f"key {row.kid}", "a role and algorithm that exist", error)
    case.trust = Trust(case.gateway, keys)
    if case.kept.trust is not None:
        _refuse_other(case.gateway, case.kept.trust)
    return any(key.owner == case.own for key in keys)


def _pinned(row: KeyRow) -> PinnedKey:
    owner = Owner(OwnerKind(row.owner_kind), row.owner)
    window = (row.not_before, row.not_after, row.revoked)
    return PinnedKey(row.kid, owner, Role(row.role), Algorithm(row.alg), row.public, *window)


def _refuse_other(gateway: str, kept: Trust) -> None:
    if kept.gateway != gateway:
        raise InputError(
            f"the trust file is of gateway {kept.gateway}, the database of {gateway}",
            hint="name the trust file that this gateway made: palang key trust --out FILE",
        )


def _compare_kept(case: Case, kept: Trust) -> None:
    stored = {key.kid: key for key in case.trust.keys}
    for key in kept.keys:
        found = stored.pop(key.kid, None)
        about = f"key {key.kid}"
        if found is None:
            case.found("key-differs", about, f"a key of {key.owner.id}, as was kept", "none")
            continue
        if found.revoked is not None and key.revoked is None:
            found = key if _same(found, key) else found  # revoked since the file was made
        if _moved(case, key, found):
            found = replace(found, not_after=key.not_after)  # retired or approved since
        case.differs("key-differs", about, "as was kept:", _told(key), _told(found))
    if stored:
        case.report.notes.append(f"{len(stored)} keys were pinned after the trust file was made")


def _same(one: PinnedKey, other: PinnedKey) -> bool:
    return _told(one)[:-1] == _told(other)[:-1]


def _moved(case: Case, kept: PinnedKey, found: PinnedKey) -> bool:
    """Whether the window's end is another than it was kept, and the ledger says why: the key was
    retired, or announced to the one who kept it before the second signature."""
    whole = second(case, found.kid, Tag.KEY_ANNOUNCE) is not None
    empty = kept.not_after == kept.not_before and whole
    retired = exact(found.not_after) == ended(case, found.kid, "")
    return kept.not_after != found.not_after and (empty or retired)


def _told(key: PinnedKey) -> tuple[str, ...]:
    window = (exact(key.not_before), exact(key.not_after), wire(key.revoked))
    return (str(key.owner.kind), key.owner.id, key.role, key.alg, key.public, *window)


def check_keys(case: Case) -> None:
    """Each stored key against its id and its leaves."""
    if case.kept.trust is not None:
        _compare_kept(case, case.kept.trust)
    rows = listed(case.core, KeyRow, "keys ORDER BY kid")
    for row in case.counted("keys", rows):
        _thumbprint(case, row)
        _pinning(case, row)
        came = exact(row.not_after)
        case.differs("row-differs", f"key {row.kid}", "end", ended(case, row.kid, came), came)
        revocations = [s for s in case.facts.of(f"key:{row.kid}", Tag.KEY_REVOKE) if _second(s)]
        revoked = revocations[0].at if revocations else ""
        case.differs("row-differs", f"key {row.kid}", "revoked", revoked, wire(row.revoked))


def _second(said: Said) -> bool:
    """Whether this leaf took effect: the second officer's."""
    return int(said.facts.get("signatures", NEEDED)) >= NEEDED


def _thumbprint(case: Case, row: KeyRow) -> None:
    about = f"key {row.kid}"
    if row.alg == Algorithm.OPENPGP:
        return  # its id is of a subkey inside a certificate; keys/ compares them at every use
    try:
        public = decode(row.public.encode(), what="a public key")
        case.differs("key-differs", about, "thumbprint", _kid_of(public), row.kid)
    except (NotVerified, KeyError, ValueError):
        case.found("key-differs", about, "a public key as a JWK", "what can't be read")


def _kid_of(public: JsonObject) -> str:
    members = {name: public[name] for name in _THUMBPRINT[public["kty"]]}
    return base64.urlsafe_b64encode(hashlib.sha256(encode(members)).digest()).decode().rstrip("=")


def _pinning(case: Case, row: KeyRow) -> None:
    about = f"key {row.kid}"
    if row.owner_kind == OwnerKind.OFFICER:
        return _officer_window(case, row)
    added = case.facts.of(f"key:{row.kid}", Tag.KEY_ADD)
    if not added and is_announced(case, row):
        return None
    if not added:
        return case.found("row-unlogged", about, "a leaf key.add", "none")
    facts = added[0].facts
    owners = (row.owner, f"{row.owner_kind}/{row.owner}")
    if "owner" in facts and facts["owner"] not in owners:
        case.differs("row-differs", about, "owner", facts["owner"], row.owner)
    case.differs("row-differs", about, "role", facts.get("role", row.role), row.role)
    public = digest(row.public.encode())
    case.differs("key-differs", about, "public half", facts.get("public", public), public)
    if row.owner_kind == OwnerKind.PARTNER:
        _card_window(case, row)
    return None


def _officer_window(case: Case, row: KeyRow) -> None:
    """An officer's key counts from the enrolment at bootstrap, else from the second approval."""
    about, subject = f"key {row.kid}", f"officer:{row.owner}"
    enrolled = [s for s in case.facts.of(subject, Tag.OFFICER_ENROL) if s.facts["kid"] == row.kid]
    if not enrolled:
        return case.found("row-unlogged", about, "a leaf officer.enrol that names it", "none")
    digest_of = enrolled[-1].facts.get("digest")
    approved = [
        s
        for s in case.facts.of(subject, Tag.OFFICER_APPROVE)
        if s.facts.get("digest") == digest_of and _second(s)
    ]
    bootstrap = bool(enrolled[-1].facts.get("bootstrap"))
    since = approved[0] if approved and not bootstrap else enrolled[-1]
    length = OFFICER_LIFE if approved or bootstrap else 0
    begin = from_wire(since.at)
    window = (exact(begin), exact(begin + length))
    came = (exact(row.not_before), exact(row.not_after))
    case.differs("row-differs", about, "window", window, came)
    return None


def _card_window(case: Case, row: KeyRow) -> None:
    """A partner's key has the window with which an approved card first named it."""
    cards = case.facts.of(f"partner:{row.owner}", Tag.PARTNER_APPROVE)
    owner = Owner(OwnerKind.PARTNER, row.owner)
    for said in cards:
        for named in _keys_of_card(case, str(said.facts.get("card", ""))):
            if named.get("kid") == row.kid:
                key = key_from_json(named, owner)
                ends = ended(case, row.kid, exact(key.not_after))
                window = (key.alg, exact(key.not_before), ends)
                came = (row.alg, exact(row.not_before), exact(row.not_after))
                return case.differs("row-differs", f"key {row.kid}", "window", window, came)
    return case.found("row-unlogged", f"key {row.kid}", "an approved card that names it", "none")


def _keys_of_card(case: Case, card: str) -> list[JsonObject]:
    for (body,) in case.core.rows("SELECT body FROM inbound WHERE digest = ?", card):
        keys = payload(body).get("keys")
        if isinstance(keys, list) and all(isinstance(key, dict) for key in keys):
            return cast(list[JsonObject], keys)
    return []
