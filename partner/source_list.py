"""A source's list on its way to the gateway: signed, sealed, stored as what will be said."""

from dataclasses import dataclass
from pathlib import Path

from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, InputError, NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.source_list import (
    KIND,
    MAX_FILE,
    MAX_SEALED,
    ListName,
    SourceList,
    is_file_name,
    pack,
    read_list,
)
from gateway.domain.times import Micros
from gateway.domain.trust import SEALS_WITH, Owner, OwnerKind, PinnedKey, Role
from keys.envelopes import EnvelopeSealer
from keys.jws import JoseSignatures
from partner import files, outgoing
from partner.kit import Kit
from partner.outgoing import Outgoing
from partner.state import Tx


@dataclass(frozen=True, slots=True)
class Given:
    """What the person says of a file; `name` is "" for the file's own, `serial` 0 for the next."""

    path: Path
    name: str = ""
    category: str = ""
    channel: str = ""
    evidence_date: str = ""
    serial: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A list that could be sent: what is signed, the file, and the key that it is sealed to."""

    listed: SourceList
    file: bytes
    key: PinnedKey


def draft(kit: Kit, given: Given) -> Draft:
    """Read the file and say what would be signed; nothing is stored.

    Raises InputError (file, name, option), Conflict (not a source), NotVerified("no-key") where no
    seal key of the gateway is pinned.
    """
    if kit.identity.card.partner_kind != "source":
        raise Conflict(
            f"partner {kit.identity.id} is no source: it hands in no lists",
            hint="a source has a kit of its own: palang-partner init --kind source",
        )
    at, name = kit.clock.now(), given.name or given.path.name
    if not is_file_name(name):
        raise InputError(
            "the file's name would be shown: letters, digits, blank and . _ ( ) - only, and no "
            "number in it",
            hint="name it otherwise with --name, for example --name laporan.xlsx",
        )
    file = files.read(given.path, MAX_FILE)
    if not file:
        raise InputError(f"{given.path} is empty")
    with kit.state.read() as tx:
        serial = given.serial or last_serial(tx) + 1
    me = kit.identity
    listed = SourceList(me.id, me.gateway, at, serial, name, len(file), digest(file))
    listed = _with_defaults(listed, given)
    return Draft(listed, file, _seal_key(kit, at))


def _with_defaults(listed: SourceList, given: Given) -> SourceList:
    head = (listed.iss, listed.aud, listed.at, listed.serial, listed.name, listed.size)
    made = SourceList(*head, listed.digest, given.category, given.channel, given.evidence_date)
    try:
        return read_list(made.to_bytes())  # as the gateway will read it
    except NotVerified as error:
        raise InputError(f"the list can't be made so: {error}") from None


def _seal_key(kit: Kit, at: Micros) -> PinnedKey:
    pins, envelope = kit.pins(), Envelope.JOSE
    owner = Owner(OwnerKind.GATEWAY, pins.gateway)
    try:
        return pins.newest(owner, Role.SEAL, at, SEALS_WITH[envelope])
    except NotVerified as error:
        raise NotVerified(
            error.reason,
            f"no seal key of {pins.gateway} is pinned here",
            hint="ask its officers for their trust file (palang key rotate seal makes the key),"
            " then palang-partner trust FILE --replace",
        ) from None


def send(kit: Kit, made: Draft) -> Outgoing:
    """Sign, seal and store it; it leaves as every statement does.

    Raises InputError (too large once sealed), Conflict where this serial was used.
    """
    head, at = made.listed.to_bytes(), made.listed.at
    signature = JoseSignatures().sign_detached(head, KIND, kit.signer(at))
    plain = pack(head, signature, made.listed.name, made.file)
    sealed = EnvelopeSealer().seal(plain, Envelope.JOSE, made.key)
    if len(sealed) > MAX_SEALED:
        raise InputError(
            f"sealed it has {len(sealed)} bytes, a channel takes {MAX_SEALED}",
            hint="send it in several files",
        )
    name = str(ListName(made.listed.iss, made.listed.serial, Envelope.JOSE))
    one = Outgoing(digest(sealed), KIND, name, sealed)
    with kit.state.write() as tx:
        if made.listed.serial <= last_serial(tx):
            raise Conflict(
                f"serial {made.listed.serial} was used already", hint="leave --serial out"
            )
        outgoing.add(tx, one, at)
        # a crash before leaves nothing said: the person repeats the command
        tx.commit("kit.list")
    return one


def last_serial(tx: Tx) -> int:
    """The highest serial that this kit used, 0 before the first."""
    rows = tx.rows("SELECT subject FROM outgoing WHERE kind = ?", (KIND,))
    names = (ListName.parse(subject) for (subject,) in rows)
    return max((name.serial for name in names if name), default=0)
