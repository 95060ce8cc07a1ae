"""A newer card of the same partner: other contacts, another channel, further keys, a consent.

The gateway's two officers compare and sign it as they did the first one. Until then the old card
rules there, so new keys begin some days later: nothing is signed with a key that nobody knows.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from gateway.domain import statements
from gateway.domain.canonical import digest
from gateway.domain.errors import InputError
from gateway.domain.ids import Envelope
from gateway.domain.statements import Card, Kind
from gateway.domain.times import DAY, SECOND, Micros
from gateway.domain.trust import PinnedKey, key_to_json
from keys.cards import OpenedCard, open_card
from keys.jws import JoseSignatures
from partner import files
from partner.addressing import check_addresses
from partner.identity import CARD, KEYS
from partner.kit import Kit
from partner.setup import make_keys

OLD = "old-cards"


@dataclass(frozen=True, slots=True)
class Renewal:
    """What changes; None leaves it. `begin` is in how many days further keys count, None for no
    further keys; `days` is how long they are valid."""

    name: str | None = None
    contacts: tuple[str, ...] | None = None
    channel: str | None = None
    reply: str | None = None
    peer: str | None = None
    envelope: str | None = None
    consent: str | None = None
    begin: int | None = None
    days: int = 730


def renew(kit: Kit, wanted: Renewal, secret: bytes) -> OpenedCard:
    """Write the new card in place of the old one, which is kept in old-cards/.

    Raises InputError (an address, a consent that is not one), NotVerified.
    """
    at, me = kit.clock.now(), kit.identity
    card = _changed(me.card, wanted, max(at // SECOND * SECOND, me.card.at + SECOND))
    check_addresses(card.iss, card.channel, card.reply, card.peer)
    kept = [key for key in me.trust.keys if key.not_after > at]
    made: list[PinnedKey] = []
    if wanted.begin is not None:
        begin = (at + wanted.begin * DAY) // SECOND * SECOND
        envelope = Envelope(card.envelopes[0])
        made = make_keys(kit.home / KEYS, card.iss, secret, begin, wanted.days, envelope)
    card = replace(card, keys=tuple(key_to_json(key) for key in (*kept, *made)))
    signed = JoseSignatures().sign(statements.to_bytes(card), Kind.CARD, kit.signer(at))
    opened = open_card(signed, card.aud, at)
    old = files.read(kit.home / CARD, len(signed) + 65536)
    files.replace(_folder(kit.home) / f"{digest(old)[7:23]}.jws", old, "kit.old_card")
    # A crash here leaves the old card in both places, and further key files that no card names.
    files.replace(kit.home / CARD, signed, "kit.card")
    return opened


def _folder(home: Path) -> Path:
    folder = home / OLD
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _changed(card: Card, wanted: Renewal, at: Micros) -> Card:
    if wanted.consent is not None and card.partner_kind != "ott":
        raise InputError("only an OTT's card carries a consent")
    return replace(
        card,
        at=at,
        name=card.name if wanted.name is None else wanted.name,
        contacts=card.contacts if wanted.contacts is None else wanted.contacts,
        channel=card.channel if wanted.channel is None else wanted.channel,
        reply=card.reply if wanted.reply is None else wanted.reply,
        peer=card.peer if wanted.peer is None else wanted.peer,
        envelopes=card.envelopes if wanted.envelope is None else (wanted.envelope,),
        consent=card.consent if wanted.consent is None else wanted.consent,
    )
