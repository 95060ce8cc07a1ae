"""What a backup holds, as its first member says (ADR 0006).

A backup is one file sealed to an offline key; inside is a tar of `manifest.json` and then exactly
the members that it lists, in that order.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from gateway.domain import fields
from gateway.domain.canonical import Json, JsonObject, decode, encode
from gateway.domain.errors import NotVerified
from gateway.domain.times import Micros, to_wire

MANIFEST = "manifest.json"
SETTINGS = "palang.toml"
TRUST = "trust.json"
HIGH_WATER = "high-water.json"
NUMBERS = "numbers.sealed"
"""What has numbers, under period keys: without those keys it stays shut."""
UNLOCK = "secrets/unlock"
KEYS = "keys/"

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
DATABASES = {"database.sqlite": SQLITE, "database.pgdump": POSTGRESQL}
EXCHANGES = {"exchange.sqlite": SQLITE, "exchange.pgdump": POSTGRESQL}

MAX_MANIFEST = 16 << 20  # bytes
_KEY_FILE = re.compile(r"keys(?:/[A-Za-z0-9_][A-Za-z0-9._@+-]{0,127}){1,4}", re.ASCII)
_FIXED = {SETTINGS, TRUST, HIGH_WATER, NUMBERS, UNLOCK, *DATABASES, *EXCHANGES}


def is_member(name: str) -> bool:
    """Whether a backup may have a member of this name; nothing else is ever written."""
    return name in _FIXED or _KEY_FILE.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Member:
    """One file: its name in the backup, bytes and digest."""

    name: str
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Position:
    """Where a database stands: epoch, ledger and each partner's last sequence in that epoch.

    `root` is the ledger's root over `ledger` leaves, as `sha256:<hex>`; `checkpoint` the latest
    signed head ("" before the first one).
    """

    gateway: str
    epoch: int
    ledger: int
    root: str
    checkpoint: str
    streams: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What the backup says of itself: `program` made it, `schema` is the database's revision."""

    made: Micros
    program: str
    schema: str
    position: Position
    members: tuple[Member, ...]

    def to_bytes(self) -> bytes:
        """manifest.json."""
        at = self.position
        return encode(
            {
                "v": 1,
                "typ": "backup",
                "made": to_wire(self.made),
                "program": self.program,
                "schema": self.schema,
                "gateway": at.gateway,
                "epoch": at.epoch,
                "ledger": at.ledger,
                "root": at.root,
                "checkpoint": at.checkpoint,
                "streams": dict(at.streams),
                "members": [[m.name, m.bytes, m.digest] for m in self.members],
            }
        )

    def member(self, names: dict[str, str]) -> str:
        """Which of these members it has, "" where none."""
        return next((m.name for m in self.members if m.name in names), "")


def read_manifest(data: bytes) -> BackupManifest:
    """Read manifest.json. Raises NotVerified("malformed", "version")."""
    document = decode(data, what="the backup's manifest")
    fields.version(document)
    fields.one_of(document, "typ", ("backup",))
    members = fields.array(document, "members", _member, most=100_000)
    names = [member.name for member in members]
    if len(set(names)) != len(names) or sum(name in DATABASES for name in names) != 1:
        raise NotVerified("malformed", "a backup has each member once, and one database")
    return BackupManifest(
        made=fields.moment(document, "made"),
        program=fields.text(document, "program", most=64),
        schema=fields.text(document, "schema", most=64),
        position=_position(document),
        members=members,
    )


def _position(document: JsonObject) -> Position:
    listed = fields.member(document, "streams")
    checkpoint = document.get("checkpoint")
    if not isinstance(checkpoint, str):
        raise NotVerified("malformed", "member 'checkpoint': expected text")
    return Position(
        gateway=fields.text(document, "gateway", most=64),
        epoch=fields.whole(document, "epoch", least=1),
        ledger=fields.whole(document, "ledger"),
        root=fields.sha256(document, "root"),
        checkpoint=checkpoint,
        streams=tuple((name, fields.whole(listed, name)) for name in sorted(listed)),
    )


def _member(item: Json) -> Member:
    if not isinstance(item, list) or len(item) != 3 or not isinstance(item[0], str):
        raise NotVerified("malformed", "a member is a name, a size and a digest")
    name, size = item[0], item[1]
    if not is_member(name) or ".." in PurePosixPath(name).parts:
        raise NotVerified("malformed", "a backup names a member that none can have")
    if type(size) is not int or size < 0:
        raise NotVerified("malformed", f"member {name} has no size")
    return Member(name, size, fields.sha256({"digest": item[2]}, "digest"))
