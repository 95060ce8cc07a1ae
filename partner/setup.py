"""`init`: a kit's directory with new keys and a card for the gateway's officers."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from gateway.domain import statements
from gateway.domain.errors import Conflict, InputError
from gateway.domain.ids import Envelope, partner_id
from gateway.domain.statements import CAPABILITIES, Card, Kind
from gateway.domain.times import DAY, MINUTE, Micros
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, key_to_json
from keys import certificates, openpgp_certify
from keys.cards import OpenedCard, open_card
from keys.files import key_path, load_signer, write_private
from keys.generate import generate
from keys.jwk import pinned_key
from keys.jws import JoseSignatures
from keys.policy import PrivateKey
from keys.secrets import read_secret
from partner import files, settings
from partner.addressing import check_addresses
from partner.identity import CARD, KEYS
from partner.settings import FILE_NAME, TEMPLATE

_KEYS = {
    Envelope.JOSE: (Algorithm.ED25519, Algorithm.ECDH_X25519),
    Envelope.CMS: (Algorithm.ES256, Algorithm.ECDH_P256),
    Envelope.OPENPGP: (Algorithm.ED25519, Algorithm.OPENPGP),
}
"""What signs statements, and what opens parcels: for `cms` what openssl 3.0 can use too. This kit
says everything as JWS, whatever it opens."""

_NEVER_BLOCK = """\
# Numbers that are never blocked here, whatever a list says: one a line, international digits.
# A prefix ends in *. Everything after # is a remark.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the card is to say. `peer` is the SSH host key line or the CA's PEM of the own server,
    "" where there is none; `days` is how long the keys are valid. This kit needs no person for any
    of the capabilities."""

    id: str
    name: str
    kind: str
    gateway: str
    channel: str
    reply: str
    peer: str
    contacts: tuple[str, ...]
    test: bool
    days: int
    envelope: str = "jose"
    capabilities: tuple[str, ...] = CAPABILITIES


def init(home: Path, wanted: Wanted, given: dict[str, str], at: Micros) -> OpenedCard:
    """Make the directory. `given` are settings as TOML values, in place of the template's.

    Raises Conflict where a kit is there already, InputError for what can't be used.
    """
    partner_id(wanted.id)
    partner_id(wanted.gateway)
    if (home / FILE_NAME).exists() or (home / CARD).exists():
        raise Conflict(f"{home} holds a kit already; its keys and its card are never overwritten")
    check_addresses(wanted.id, wanted.channel, wanted.reply, wanted.peer)
    text = _settings_text(given)
    local = settings.parse(text, home, FILE_NAME)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = _passphrase(local.unlock_file)
    # backdated by a minute: the gateway's clock may be a little behind
    envelope = Envelope(wanted.envelope)
    keys = make_keys(home / KEYS, wanted.id, secret, at - MINUTE, wanted.days, envelope)
    card = _card(home, wanted, keys, secret, at)
    opened = open_card(card, wanted.gateway, at)
    if not local.path("never_block").exists():
        files.create(local.path("never_block"), _NEVER_BLOCK.encode())
    files.create(home / CARD, card)
    # The settings come last: a crash before leaves a folder that `init` refuses only once the card
    # is there; a person removes the folder and repeats the command.
    files.create(home / FILE_NAME, text.encode())
    return opened


def _settings_text(given: dict[str, str]) -> str:
    lines = TEMPLATE.splitlines()
    for name, value in given.items():
        line = f"{name} = {value}"
        places = [i for i, old in enumerate(lines) if old.startswith(f"{name} = ")]
        if places:
            lines[places[0]] = line
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def _passphrase(path: Path | None) -> bytes:
    """The secret in the file named, or a new random one in it."""
    if path is None:
        raise InputError(
            "init needs a file for the passphrase",
            hint='set unlock to a file now, and to "" once the systemd credential holds it',
        )
    if not path.exists():
        files.create(path, secrets.token_urlsafe(32).encode() + b"\n")
    return read_secret(path)


def make_keys(
    folder: Path,
    partner: str,
    secret: bytes,
    begin: Micros,
    days: int,
    envelope: Envelope = Envelope.JOSE,
) -> list[PinnedKey]:
    """New key files, one for each role of a kit, valid for `days` from `begin` on; for `cms` with
    certificates beside them, for those who use the keys with openssl."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner, end, made = Owner(OwnerKind.PARTNER, partner), begin + days * DAY, []
    for role, algorithm in zip((Role.STATEMENT, Role.SEAL), _KEYS[envelope], strict=True):
        private, pin = _new_key(owner, role, algorithm, begin, end)
        path = key_path(folder, role, pin.kid)
        write_private(path, private, secret)
        if envelope is Envelope.CMS:
            carrier = certificates.carrying(private.public_key(), partner, begin, end)
            files.create(path.with_suffix(".crt"), carrier)
        made.append(pin)
    return made


def _new_key(
    owner: Owner, role: Role, algorithm: Algorithm, begin: Micros, end: Micros
) -> tuple[PrivateKey, PinnedKey]:
    if algorithm is Algorithm.OPENPGP:
        new = openpgp_certify.generate(role, owner.id, begin)
        return new.key, PinnedKey(new.kid, owner, role, algorithm, new.public, begin, end)
    private = generate(algorithm)
    return private, pinned_key(private.public_key(), owner, role, begin, end)


def _card(home: Path, wanted: Wanted, keys: list[PinnedKey], secret: bytes, at: Micros) -> bytes:
    card = Card(
        iss=wanted.id,
        aud=wanted.gateway,
        at=at,
        name=wanted.name,
        partner_kind=wanted.kind,
        contacts=wanted.contacts,
        envelopes=(wanted.envelope,),
        channel=wanted.channel,
        reply=wanted.reply,
        peer=wanted.peer,
        test=wanted.test,
        keys=tuple(key_to_json(key) for key in keys),
        capabilities=wanted.capabilities,
    )
    statement_key = key_path(home / KEYS, Role.STATEMENT, keys[0].kid)
    signer = load_signer(statement_key, secret)
    return JoseSignatures().sign(statements.to_bytes(card), Kind.CARD, signer)
