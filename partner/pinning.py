"""From what a partner pins its gateway: a trust file, the gateway's card, or the key sheet on
paper."""

from dataclasses import dataclass

from gateway.domain.canonical import digest
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.fingerprints import phone_text
from gateway.domain.key_sheet import KeySheet, read_sheet
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, Trust, write_trust
from keys import pins
from keys.cards import open_gateway_card
from partner.identity import Identity

_JSON = b"{"


@dataclass(frozen=True, slots=True)
class Offered:
    """The trust file to store, and what its giver calls the fingerprint of what was given."""

    trust: bytes
    what: str
    fingerprint: str


def offered(data: bytes, gateway: str, at: Micros) -> Offered:
    """A trust file as it is, or the keys of the gateway's card. Raises NotVerified."""
    data = data.strip()
    if data.startswith(_JSON):
        return Offered(data, "trust.json", phone_text(digest(data)))
    opened = open_gateway_card(data, gateway, at)
    return Offered(write_trust(Trust(gateway, opened.keys)), "card", opened.fingerprint)


def sheet_trust(data: bytes) -> KeySheet:
    """The sheet, once every key on it is what its id says. Raises NotVerified."""
    sheet = read_sheet(data)
    for key in sheet.trust.keys:
        pins.check(key)
    return sheet


def offered_sheet(data: bytes, me: Identity) -> Offered:
    """The gateway's keys from the sheet that both parties signed.

    Raises NotVerified (wrong-owner: a key on it is said to be mine and is not), InputError.
    """
    sheet = sheet_trust(data)
    if sheet.partner != me.id:
        raise InputError(f"expected the sheet of {me.id}, this one is of {sheet.partner}")
    own = {key.kid for key in me.trust.keys}
    for key in sheet.trust.of(Owner(OwnerKind.PARTNER, me.id)):
        if key.kid not in own and key.revoked is None and key.not_after > me.card.at:
            raise NotVerified(
                "wrong-owner",
                f"the sheet names key {key.kid} as one of {me.id}; this kit's card does not",
                hint="sign nothing: ask the gateway's officers by phone where that key came from",
            )
    return Offered(write_trust(sheet.trust), "key sheet", sheet.fingerprint)
