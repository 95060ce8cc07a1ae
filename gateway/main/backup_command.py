"""`palang backup`: everything that a restore needs, in one file sealed to an offline key (K4).

The exchange store is copied before the core database: what a partner posted is removed there only
after the core has it, so that in this order it is in one of the two copies at least. The high-water
file comes last: it may only lie ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.backup import Backed
from gateway.domain import backup
from gateway.domain.backup import BackupManifest, Position
from gateway.domain.canonical import encode
from gateway.domain.errors import Conflict, InputError
from gateway.domain.times import SECOND, Micros, to_wire
from gateway.domain.trust import write_trust
from gateway.main.backup_command_file import replace, staging, write
from gateway.ports import UnitOfWork
from gateway.services.epoch_position import position
from gateway.store import backup as copies
from gateway.store import backup_archive, schema
from gateway.store.backup_archive import Source
from keys import offline

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway

LAST = "last-backup.json"
"""In the state folder: when the last backup was made, for status and doctor."""

MAX_SMALL = 1 << 20  # bytes of a settings or key file


@dataclass(frozen=True, slots=True)
class Seen:
    """What is read in the very copy that is kept."""

    position: Position
    trust: bytes


def back_up(gateway: Gateway, to: Path, offline_key: Path) -> Backed:
    """Make, write, verify and name a backup.

    Raises InputError (key or folder), Conflict (there is a file, no room, another backup runs),
    and what the database raises. Then there is no new file.
    """
    public = offline.offline_key(_small(offline_key))
    now = gateway.clock.now() // SECOND * SECOND  # as the manifest says it
    target = place(to, gateway.name, now)
    with staging(gateway.settings.state_folder) as folder:
        sources, seen = collect(gateway, folder)
        members = tuple(backup_archive.measure(name, src) for name, src in sources.items())
        revision = schema.state(gateway.settings.database_url).revision
        made = BackupManifest(now, version("palang"), revision, seen.position, members)
        size, digest = write(target, made, sources, public)
    _remember(gateway.settings.state_folder / LAST, target, digest, now)
    return Backed(target, digest, size, made)


def place(to: Path, name: str, now: Micros) -> Path:
    """The file to make: `to` itself, or a new name in the folder `to`. Raises Conflict."""
    if to.is_dir():
        to = to / f"palang-{name}-{to_wire(now).replace(':', '').replace('-', '')}.backup"
    if to.exists():
        raise Conflict(f"{to} is there already", hint="name a new file, or a folder, with --to")
    return to.absolute()


def collect(gateway: Gateway, folder: Path) -> tuple[dict[str, Source], Seen]:
    """Every member's content, in the order in which it is read; databases as copies in `folder`."""
    settings = gateway.settings
    sources: dict[str, Source] = {}
    if settings.exchange_url != settings.database_url and copies.exists(settings.exchange_url):
        name = _name(backup.EXCHANGES, settings.exchange_url)
        copies.copy_plain(settings.exchange_url, folder / name, copies.EXCHANGE)
        sources[name] = folder / name
    name = _name(backup.DATABASES, settings.database_url)
    numbers = folder / backup.NUMBERS
    sealed = (numbers, gateway.periods)
    seen = copies.copy(settings.database_url, folder / name, gateway.clock, look, sealed)
    if copies.kind(settings.database_url) == backup.SQLITE:
        copies.check_sqlite(folder / name)
    sources |= {name: folder / name, backup.NUMBERS: numbers}
    if settings.high_water_file.is_file():
        sources[backup.HIGH_WATER] = _small(settings.high_water_file)
    sources[backup.SETTINGS] = _small(settings.home / backup.SETTINGS)
    sources[backup.TRUST] = seen.trust
    sources[backup.UNLOCK] = gateway.secret
    return sources | _keys(settings.keys_folder, settings.period_folder), seen


def look(uow: UnitOfWork) -> Seen:
    """Position and pinned keys."""
    return Seen(position(uow), write_trust(uow.registry.trust()))


def _name(names: Mapping[str, str], url: str) -> str:
    kind = copies.kind(url)
    return next(name for name, of in names.items() if of == kind)


def _keys(folder: Path, apart: Path) -> dict[str, Source]:
    """The private key files, encrypted as they lie there; never a period key, wherever that is."""
    found: dict[str, Source] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.is_relative_to(apart):
            continue
        name = backup.KEYS + path.relative_to(folder).as_posix()
        if not backup.is_member(name):
            raise InputError(
                f"{path} has a name that no key file has",
                hint="move it out of the keys folder, then repeat the backup",
            )
        found[name] = _small(path)
    return found


def _small(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SMALL + 1)
    except OSError as error:
        raise InputError(
            f"{path} can't be read: {error.strerror}",
            hint="run as the gateway's own user; palang doctor looks at the folders",
        ) from None
    if len(data) > MAX_SMALL:
        raise InputError(
            f"{path} is larger than {MAX_SMALL} bytes",
            hint="it is not the file that a gateway writes there: look at it",
        )
    return data


def _remember(path: Path, target: Path, digest: str, now: Micros) -> None:
    document = {"v": 1, "file": str(target), "digest": digest, "at": to_wire(now)}
    replace(path, encode(document))
