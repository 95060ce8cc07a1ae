"""What of a partner card becomes the partner as it stands: envelope, term, keys (design 1)."""

from collections.abc import Callable
from typing import Protocol

from gateway.domain.canonical import digest as digest_of
from gateway.domain.errors import Conflict, InputError
from gateway.domain.ids import Envelope, partner_id
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.records import InboundRecord, InboundState
from gateway.domain.statements import Card, Consent
from gateway.domain.times import Micros
from gateway.domain.trust import PinnedKey
from gateway.ports import UnitOfWork
from gateway.services.consents import give

ENVELOPES = tuple(Envelope)
"""The envelopes that this gateway seals in."""

_TERMS = {
    PartnerKind.OPERATOR: "operator_block",
    PartnerKind.OTT: "ott_answer",
    PartnerKind.SOURCE: "complaint_handling",
}


class OpenedCard(Protocol):
    """A card whose own signature holds; `digest` is that of its signed bytes, `fingerprint` the
    same for two people on the telephone, `consent` what an OTT's card carries."""

    @property
    def card(self) -> Card: ...
    @property
    def keys(self) -> tuple[PinnedKey, ...]: ...
    @property
    def digest(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def consent(self) -> Consent | None: ...


OpenCard = Callable[[bytes, str, Micros], OpenedCard]
"""Verify a card's own signature and keys for this gateway, at a moment. Raises NotVerified."""


def to_partner(uow: UnitOfWork, opened: OpenedCard, standing: Standing, at: Micros) -> Partner:
    """The partner that this card describes, with the term of `at`.

    Raises InputError, NotFound (no table of terms).
    """
    card = opened.card
    kind = PartnerKind(card.partner_kind)
    return Partner(
        id=partner_id(card.iss),
        kind=kind,
        name=card.name,
        channel=card.channel,
        reply=card.reply,
        peer=card.peer,
        envelope=_envelope(card),
        test=card.test,
        term=_term(uow, kind, at),
        card=opened.digest,
        standing=standing,
    )


def record_consent(uow: UnitOfWork, partner: Partner, opened: OpenedCard, at: Micros) -> None:
    """Record the consent that the card of an OTT carries, once: a later card may carry it still.

    Raises as consents.give.
    """
    if opened.consent is None:
        return
    jws = opened.card.consent.encode()
    digest = digest_of(jws)
    if any(record.digest == digest for record in uow.registry.consents(partner.id)):
        return
    kept = InboundRecord(0, partner.id, "statement", digest, jws, at, InboundState.ACCEPTED)
    facts = {"partner": partner.id, "kind": str(opened.consent.kind), "statement": digest}
    uow.inbox.keep(kept, LedgerEvent(Tag.INBOUND_KEEP, at, facts))
    give(uow, partner, opened.consent, digest, at)


def refuse_foreign_keys(uow: UnitOfWork, opened: OpenedCard) -> None:
    """Raise Conflict where a key of the card is pinned to somebody else (threats.md E11)."""
    owners = {key.kid: key.owner for key in uow.registry.trust().keys}
    for key in opened.keys:
        owner = owners.get(key.kid, key.owner)
        if owner != key.owner:
            raise Conflict(
                f"card of {opened.card.iss}: key {key.kid} is pinned to {owner.id} already",
                hint="every partner makes own keys; ask which of the two made this one",
            )


def _envelope(card: Card) -> Envelope:
    """The first of the card's own list that is known here: the partner's choice (design 3)."""
    for named in card.envelopes:
        if named in ENVELOPES:
            return Envelope(named)
    raise InputError(
        f"card of {card.iss}: expected one of the envelopes {', '.join(ENVELOPES)}, got "
        f"{', '.join(card.envelopes) or 'none'}",
        hint="the partner adds one of them to its card",
    )


def _term(uow: UnitOfWork, kind: PartnerKind, at: Micros) -> str:
    """The dated term of this kind of partner, from the table that rules."""
    table = uow.registry.reference("terms", at)
    rows = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    for row in rows:
        if row["term"] == _TERMS[kind]:
            return row["duration"]
    raise InputError(f"table terms {table.version} has no row {_TERMS[kind]}")
