"""Keys that officers brought in or took away after a trust file was made, as a bundle carries them.

Each stands with the very words that two officers signed. Nothing here is verified; check 35 does
that (gateway/services/checks_keys.py), against keys that were pinned before.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gateway.domain import fields
from gateway.domain.canonical import Json, JsonObject, digest, encode
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.statements import Approval
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Trust, key_from_json, key_to_json
from gateway.services.approvals import NEEDED, Act
from gateway.services.dossier import Leaf
from gateway.services.jws import statement_of

ACTS: Mapping[Act, tuple[Act, Act]] = {
    Act.KEY_ANNOUNCE: (Act.KEY_ANNOUNCE, Act.KEY_ANNOUNCE),
    Act.PARTNER_APPROVE: (Act.PARTNER_PROPOSE, Act.PARTNER_APPROVE),
    Act.OFFICER_APPROVE: (Act.OFFICER_APPROVE, Act.OFFICER_APPROVE),
    Act.KEY_REVOKE: (Act.KEY_REVOKE, Act.KEY_REVOKE),
}
"""What the two officers sign, one after the other, for each change of a key."""


@dataclass(frozen=True, slots=True)
class Announced:
    """One change: a key that counts from the second officer's leaf on, or no more (KEY_REVOKE).

    `card` is the partner's card that brought it, as received; `name` an officer's own.
    """

    act: Act
    key: PinnedKey
    approvals: tuple[bytes, ...]
    card: bytes = b""
    name: str = ""

    @property
    def grants(self) -> bool:
        """Whether it brings a key in."""
        return self.act is not Act.KEY_REVOKE

    @property
    def officers(self) -> str:
        """Who the words say signed."""
        said = (statement_of(jws) for jws in self.approvals)
        return ", ".join(word.iss for word in said if isinstance(word, Approval))

    def to_json(self) -> JsonObject:
        """As an item of keys/announcements.json."""
        document: JsonObject = {
            "act": str(self.act),
            "owner": f"{self.key.owner.kind}/{self.key.owner.id}",
            "key": key_to_json(replace(self.key, revoked=None)),
            "approvals": [jws.decode() for jws in self.approvals],
        }
        document |= {"card": base64.b64encode(self.card).decode()} if self.card else {}
        return document | ({"name": self.name} if self.name else {})

    def leaf(self, leaves: Iterable[Leaf], place: int) -> Leaf | None:
        """The event of the officer's word at this place."""
        tag, named = Tag(ACTS[self.act][place]), digest(self.approvals[place])
        return next((one for one in leaves if one.says(tag, statement=named)), None)


def to_bytes(items: Iterable[Announced]) -> bytes:
    """The member's bytes."""
    return encode({"v": 1, "typ": "announcements", "items": [item.to_json() for item in items]})


def from_json(item: Json) -> Announced:
    """Read one item. Raises NotVerified("malformed")."""
    if not isinstance(item, dict):
        raise NotVerified("malformed", "an announcement must be an object")
    kind, _, name = fields.text(item, "owner", most=128).partition("/")
    if kind not in tuple(OwnerKind):
        raise NotVerified("malformed", "an announced key is a gateway's, partner's or officer's")
    approvals = fields.array(item, "approvals", _word, most=NEEDED)
    if len(approvals) != NEEDED:
        raise NotVerified("malformed", "an announcement has the words of two officers")
    return Announced(
        act=Act(fields.one_of(item, "act", tuple(ACTS))),
        key=key_from_json(item.get("key"), Owner(OwnerKind(kind), name)),
        approvals=approvals,
        card=_card(item["card"]) if "card" in item else b"",
        name=fields.text(item, "name", most=256) if "name" in item else "",
    )


def _word(item: Json) -> bytes:
    if isinstance(item, str) and item.isascii() and 0 < len(item) <= 16_384:
        return item.encode()
    raise NotVerified("malformed", "an officer's word is a compact JWS")


def _card(item: Json) -> bytes:
    try:
        return base64.b64decode(item if isinstance(item, str) else "-", validate=True)
    except (binascii.Error, ValueError):
        raise NotVerified("malformed", "a card is base64") from None


def unpinned(items: Iterable[Announced], pins: Trust) -> list[Announced]:
    """What changes something for whoever holds these pins: a key that they lack, or the end of one
    that they think is good."""
    known = {key.kid: key for key in pins.keys}
    return [
        item
        for item in items
        if (item.key.kid not in known if item.grants else _counts(known.get(item.key.kid)))
    ]


def _counts(key: PinnedKey | None) -> bool:
    return key is None or key.revoked is None


def with_announced(pins: Trust, items: Iterable[Announced], leaves: Iterable[Leaf]) -> Trust:
    """The pins with all that is announced, each from its leaf on: what counts if check 35 holds."""
    kept, keys = tuple(leaves), {key.kid: key for key in pins.keys}
    for item in unpinned(items, pins):
        leaf, kid = item.leaf(kept, 1), item.key.kid
        if item.grants:
            begins = max(item.key.not_before, leaf.at if leaf is not None else 0)
            keys.setdefault(kid, replace(item.key, not_before=begins, revoked=None))
    for item in unpinned(items, pins):
        leaf, kid = item.leaf(kept, 1), item.key.kid
        if not item.grants and leaf is not None and kid in keys:
            keys[kid] = keys[kid].revoked_at(leaf.at)
    return Trust(pins.gateway, keys.values(), pins.timestamp)
