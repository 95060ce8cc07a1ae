"""Who this partner is: its own card with its own keys, and the gateway that it pinned."""

from dataclasses import dataclass
from pathlib import Path

from gateway.domain import signed_forms, statements
from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, InputError, NotFound, NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.statements import Card, Kind
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role, Trust, read_trust
from keys import jwk, pins
from keys.cards import OpenedCard, open_card
from keys.jws import MAX_STATEMENT
from partner import files

CARD = "card.jws"
TRUST = "trust.json"
KEYS = "keys"
MAX_TRUST = 1024 * 1024  # bytes of a trust file


@dataclass(frozen=True, slots=True)
class Identity:
    """What the own card says, once it is verified; `trust` pins the own keys."""

    card: Card
    trust: Trust
    fingerprint: str

    @property
    def id(self) -> str:
        """The partner id."""
        return self.card.iss

    @property
    def gateway(self) -> str:
        """The gateway that the card is addressed to."""
        return self.card.aud

    @property
    def envelopes(self) -> frozenset[Envelope]:
        """The envelopes that the card names: a parcel in another one is not opened."""
        return frozenset(one for one in Envelope if one in self.card.envelopes)

    @property
    def owner(self) -> Owner:
        """This partner as an owner of keys."""
        return Owner(OwnerKind.PARTNER, self.card.iss)

    @property
    def basis(self) -> str:
        """The basis of what may be sent here: an OTT takes part by consent (design 1)."""
        return "voluntary" if self.card.partner_kind == "ott" else "mandatory"


def load_identity(home: Path, at: Micros) -> Identity:
    """Read and verify the own card. Raises NotFound, NotVerified."""
    opened = load_card(home, at)
    return Identity(opened.card, Trust(opened.card.aud, opened.keys), opened.fingerprint)


def load_card(home: Path, at: Micros) -> OpenedCard:
    """The own card, verified. Raises NotFound, NotVerified."""
    path = home / CARD
    if not path.exists():
        raise NotFound(f"there is no {CARD} in {home}", hint="palang-partner init makes it")
    data = files.read(path, MAX_STATEMENT)
    return open_card(data, audience(data), at)


def audience(data: bytes) -> str:
    """To whom a card says that it is addressed; open_card then verifies the whole."""
    return statements.read(signed_forms.payload_of(data), Kind.CARD).aud


def load_pins(home: Path) -> Trust:
    """The gateway's pinned keys. Raises NotVerified("no-pin") where nothing is pinned."""
    path = home / TRUST
    if not path.exists():
        raise NotVerified(
            "no-pin",
            f"there is no {TRUST} in {home}: no key of the gateway is pinned",
            hint="palang-partner trust FILE, after comparing its fingerprints by phone",
        )
    return read_trust(files.read(path, MAX_TRUST))


@dataclass(frozen=True, slots=True)
class Pin:
    """A trust file as two people compare it by phone."""

    fingerprint: str
    keys: tuple[tuple[Role, str], ...]


def show_pin(data: bytes, gateway: str, at: Micros) -> Pin:
    """Check a trust file and show what it would pin; nothing is stored.

    Raises NotVerified (malformed, no-key), InputError (another gateway).
    """
    trust = read_trust(data)
    if trust.gateway != gateway:
        raise InputError(
            f"expected the trust file of gateway {gateway}, got that of {trust.gateway}",
            hint="your card is addressed to the former; ask the gateway for its own file",
        )
    owner = Owner(OwnerKind.GATEWAY, gateway)
    for role in (Role.MANIFEST, Role.CHECKPOINT):
        trust.newest(owner, role, at)
    return Pin(jwk.phone_text(digest(data)), tuple(_shown(key) for key in trust.of(owner)))


def _shown(key: PinnedKey) -> tuple[Role, str]:
    pins.check(key)  # a key that can't be used is refused here, before it is pinned
    return key.role, jwk.phone_text(key.kid)


def pin(home: Path, data: bytes, gateway: str, at: Micros, *, replace: bool) -> Pin:
    """Verify first, then store (threats.md D10). Raises Conflict where other keys are pinned."""
    shown = show_pin(data, gateway, at)
    path = home / TRUST
    if path.exists() and files.read(path, MAX_TRUST) != data and not replace:
        raise Conflict(
            f"{TRUST} pins other keys of {gateway}",
            hint="compare the new fingerprints by phone, then add --replace",
        )
    files.replace(path, data, "kit.trust")
    return shown


class PinnedGateway:
    """The pinned trust file, parsed again only once the file is another one.

    `pin` replaces it by a rename, so identity, size and time of change tell.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._read: tuple[tuple[int, int, int], Trust] | None = None

    def __call__(self) -> Trust:
        """The gateway's keys as pinned now. Raises as load_pins."""
        try:
            found = (self._home / TRUST).stat()
        except FileNotFoundError:
            return load_pins(self._home)
        mark = (found.st_ino, found.st_size, found.st_mtime_ns)
        known = self._read
        if known is None or known[0] != mark:
            # the mark is older than what is read, so a change meanwhile is seen the next time
            known = self._read = (mark, load_pins(self._home))
        return known[1]
