"""Partner cards: how a new partner's keys come in (design 1; issue 2 item 10).

A card is signed by a statement key that it holds itself. That proves only that whoever made the
card has that key; who it is, two officers decide after comparing the fingerprint by phone.
"""

from dataclasses import dataclass

from gateway.domain import signed_forms, statements
from gateway.domain.canonical import digest
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.fingerprints import phone_text
from gateway.domain.ids import Envelope, is_partner_id
from gateway.domain.statements import GATEWAY_KIND, Card, Consent, Kind
from gateway.domain.times import Micros
from gateway.domain.trust import SEALS_WITH, Owner, OwnerKind, PinnedKey, Role, Trust, key_from_json
from keys import pins
from keys.documents import Documents
from keys.exceptions import Exceptions
from keys.jws import MAX_STATEMENT

ROLES = frozenset({Role.STATEMENT, Role.REQUEST, Role.SEAL})
"""What a partner's key may be for; the gateway's own roles never come from outside (E11)."""

GATEWAY_ROLES = frozenset(Role) - {Role.APPROVAL}
"""What a key on the gateway's own card may be for."""


NO_EXCEPTIONS = Exceptions()


@dataclass(frozen=True, slots=True)
class OpenedCard:
    """A card that is of one piece: what it says, its keys as pins, and what names it.

    `digest` is that of the signed bytes (the officers sign over it); `fingerprint` is the same for
    two people on the phone. `consent` is what an OTT's card carries, by its own signature.
    """

    card: Card
    keys: tuple[PinnedKey, ...]
    digest: str
    fingerprint: str
    consent: Consent | None = None


def open_card(
    data: bytes, gateway: str, at: Micros, exceptions: Exceptions = NO_EXCEPTIONS
) -> OpenedCard:
    """Read a card, in any form of signature, and check that it is of one piece.

    Raises NotVerified: malformed, no-key (a role is missing, or none fits an envelope), and all of
    Documents and Exceptions.
    """
    claimed = _claimed(data)
    if claimed.partner_kind == GATEWAY_KIND or not is_partner_id(claimed.iss):
        raise NotVerified("malformed", "a card is issued by a partner id")
    owner = Owner(OwnerKind.PARTNER, claimed.iss)
    keys, trust = _keys(claimed, owner, ROLES, gateway)
    for key in keys:
        exceptions.check_pin(key, pins.key_of(key), at)
    Documents().open_statement(data, owner, Role.STATEMENT, trust, at, gateway)
    if claimed.partner_kind != "source":
        for envelope in (one for one in Envelope if one in claimed.envelopes):
            trust.newest(owner, Role.SEAL, at, SEALS_WITH[envelope])
    consent = _consent(claimed, owner, trust, at)
    name = digest(data)
    return OpenedCard(claimed, keys, name, phone_text(name), consent)


def open_gateway_card(data: bytes, gateway: str, at: Micros) -> OpenedCard:
    """Read the card that a gateway gives to its partners, and check that it is of one piece.

    It is addressed to the gateway itself, as it is for every partner. Raises NotVerified as
    open_card, wrong-owner where it is another gateway's.
    """
    claimed = _claimed(data)
    if claimed.partner_kind != GATEWAY_KIND:
        raise NotVerified("malformed", "expected a gateway's card, this one is a partner's")
    if claimed.iss != gateway:
        raise NotVerified("wrong-owner", f"expected the card of gateway {gateway}, it is another's")
    owner = Owner(OwnerKind.GATEWAY, gateway)
    keys, trust = _keys(claimed, owner, GATEWAY_ROLES, gateway)
    Documents().open_statement(data, owner, Role.STATEMENT, trust, at, gateway)
    for role in (Role.MANIFEST, Role.CHECKPOINT):
        trust.newest(owner, role, at)
    name = digest(data)
    return OpenedCard(claimed, keys, name, phone_text(name))


def _claimed(data: bytes) -> Card:
    if len(data) > MAX_STATEMENT:
        raise NotVerified("malformed", f"a card has at most {MAX_STATEMENT} bytes")
    claimed = statements.read(signed_forms.payload_of(data), Kind.CARD)
    if not isinstance(claimed, Card):
        raise NotVerified("malformed", "expected a card")
    return claimed


def _keys(
    card: Card, owner: Owner, roles: frozenset[Role], gateway: str
) -> tuple[tuple[PinnedKey, ...], Trust]:
    keys = tuple(key_from_json(key, owner) for key in card.keys)
    for key in keys:
        _check_key(key, roles)
    return keys, _trust(gateway, keys)


def _check_key(key: PinnedKey, roles: frozenset[Role]) -> None:
    if key.role not in roles:
        raise NotVerified("wrong-role", f"this card can't bring a {key.role} key")
    if key.revoked is not None:
        raise NotVerified("key-revoked", f"the card brings key {key.kid}, which is revoked")
    pins.check(key)


def _consent(card: Card, owner: Owner, trust: Trust, at: Micros) -> Consent | None:
    """An OTT's consent lies inside as signed; it must hold by the card's own keys."""
    if not card.consent:
        return None
    if card.partner_kind != "ott":
        raise NotVerified("malformed", "only the card of an OTT carries a consent")
    signed = Documents().open_statement(
        card.consent.encode(), owner, Role.STATEMENT, trust, at, trust.gateway
    )
    if not isinstance(signed.statement, Consent):
        raise NotVerified("wrong-typ", f"the card carries a {signed.kind}, expected a consent")
    return signed.statement


def _trust(gateway: str, keys: tuple[PinnedKey, ...]) -> Trust:
    try:
        return Trust(gateway, keys)
    except InputError as error:
        raise NotVerified("malformed", f"the card: {error}") from None
