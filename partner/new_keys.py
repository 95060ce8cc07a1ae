"""The gateway's new keys, as a head tells of them: pinned where two officers signed for each.

The officers' keys came with the trust file that was compared by phone; the key that signed the head
counts for nothing here (threats.md D8). So a rotation of the gateway needs no phone call.
"""

from gateway.domain.canonical import JsonObject
from gateway.domain.errors import NotVerified
from gateway.domain.rotation import announcement_digest
from gateway.domain.statements import Approval, Head, Kind, read
from gateway.domain.times import Micros
from gateway.domain.trust import (
    Owner,
    OwnerKind,
    PinnedKey,
    Role,
    Trust,
    key_from_json,
    write_trust,
)
from keys import jwk
from keys import pins as pins_check
from keys.jws import JoseSignatures, unverified_payload
from partner import files
from partner.identity import TRUST
from partner.kit import Kit

NEEDED = 2
"""Officers whose signatures a key of the gateway takes (promise I)."""

ACT = "key.announce"
ROLES = frozenset({Role.MANIFEST, Role.CHECKPOINT, Role.STATEMENT, Role.SEAL})


def adopt(kit: Kit, head: Head, pins: Trust) -> dict[str, object]:
    """Pin what the head announces; what a person should know of it, by name."""
    at = kit.clock.now()
    known = {key.kid for key in pins.keys}
    fresh: list[PinnedKey] = []
    faults: list[str] = []
    for told in head.keys:
        try:
            key = announced(told, pins, kit.identity.gateway, at)
        except NotVerified as error:
            faults.append(error.reason)
            continue
        if key.kid not in known:
            known.add(key.kid)
            fresh.append(key)
    if fresh:
        whole = Trust(pins.gateway, (*pins.keys, *fresh))
        # a crash before leaves the older pins, and the next head tells of the keys again
        files.replace(kit.home / TRUST, write_trust(whole), "kit.trust")
    facts: dict[str, object] = {}
    if fresh:
        facts["pinned"] = [f"{key.role} {jwk.phone_text(key.kid)}" for key in fresh]
    if faults:
        facts["not_pinned"] = sorted(faults)
    return facts


def announced(told: JsonObject, pins: Trust, gateway: str, at: Micros) -> PinnedKey:
    """A key of the gateway, if two different pinned officers signed for exactly this key, role and
    window. Raises NotVerified."""
    key = key_from_json(told.get("key"), Owner(OwnerKind.GATEWAY, gateway))
    if key.role not in ROLES or key.revoked is not None:
        raise NotVerified("wrong-role", f"a {key.role} key is not announced so")
    pins_check.check(key)
    words = told.get("approvals")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise NotVerified("malformed", "an announcement has the words of its officers")
    signed = [_word(str(word).encode(), key, pins, gateway, at) for word in words[:NEEDED]]
    if len({officer for officer, _kid in signed}) < NEEDED or len({k for _o, k in signed}) < NEEDED:
        raise NotVerified("approval-missing", "two officers with two keys sign for a new key")
    return key


def _word(jws: bytes, key: PinnedKey, pins: Trust, gateway: str, at: Micros) -> tuple[str, str]:
    """Officer and key id of a word that is over exactly this key."""
    claimed = read(unverified_payload(jws, Kind.APPROVAL), Kind.APPROVAL).iss
    owner = Owner(OwnerKind.OFFICER, claimed)
    signed = JoseSignatures().open_statement(jws, owner, Role.APPROVAL, pins, at, gateway)
    word = signed.statement
    wanted = (ACT, f"key:{key.kid}", announcement_digest(key))
    if not isinstance(word, Approval) or (word.act, word.subject, word.digest) != wanted:
        raise NotVerified("wrong-subject", f"officer {claimed} signed for something else")
    return claimed, signed.key.kid
