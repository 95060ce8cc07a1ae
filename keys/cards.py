"""Partner cards: how a new partner's keys come in (design 1; issue 2 item 10).

A card is signed by a statement key that it holds itself. That proves only that whoever made the
card has that key; who it is, two officers decide after comparing the fingerprint by phone.
"""

from dataclasses import dataclass

from gateway.domain import statements
from gateway.domain.canonical import digest
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import Envelope, is_partner_id
from gateway.domain.statements import Card, Kind
from gateway.domain.times import Micros
from gateway.domain.trust import SEALS_WITH, Owner, OwnerKind, PinnedKey, Role, Trust, key_from_json
from keys import jwk, jws

ROLES = frozenset({Role.STATEMENT, Role.REQUEST, Role.SEAL})
"""What a partner's key may be for; the gateway's own roles never come from outside (E11)."""


@dataclass(frozen=True, slots=True)
class OpenedCard:
    """A card that is of one piece: what it says, its keys as pins, and what names it.

    `digest` is that of the signed bytes (the officers sign over it); `fingerprint` is the same for
    two people on the phone.
    """

    card: Card
    keys: tuple[PinnedKey, ...]
    digest: str
    fingerprint: str


def open_card(data: bytes, gateway: str, at: Micros) -> OpenedCard:
    """Read a card and check that it is of one piece.

    Raises NotVerified: malformed, no-key (a role is missing), and all of JoseSignatures.
    """
    claimed = statements.read(jws.unverified_payload(data, Kind.CARD), Kind.CARD)
    if not isinstance(claimed, Card) or not is_partner_id(claimed.iss):
        raise NotVerified("malformed", "a card is issued by a partner id")
    owner = Owner(OwnerKind.PARTNER, claimed.iss)
    keys = tuple(key_from_json(key, owner) for key in claimed.keys)
    for key in keys:
        _check_key(key)
    trust = _trust(gateway, keys)
    jws.JoseSignatures().open_statement(data, owner, Role.STATEMENT, trust, at, gateway)
    if claimed.partner_kind != "source":
        for envelope in (one for one in Envelope if one in claimed.envelopes):
            trust.newest(owner, Role.SEAL, at, SEALS_WITH[envelope])
    name = digest(data)
    return OpenedCard(claimed, keys, name, jwk.phone_text(name))


def _check_key(key: PinnedKey) -> None:
    if key.role not in ROLES:
        raise NotVerified("wrong-role", f"a partner card can't bring a {key.role} key")
    if key.revoked is not None:
        raise NotVerified("key-revoked", f"the card brings key {key.kid}, which is revoked")
    jwk.public_key(key)


def _trust(gateway: str, keys: tuple[PinnedKey, ...]) -> Trust:
    try:
        return Trust(gateway, keys)
    except InputError as error:
        raise NotVerified("malformed", f"the card: {error}") from None
