"""`palang restore`: a new home from a backup, that starts only in a new epoch (ADR 0006)."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from config import settings
from gateway.cli.backup import Restored, RestoreOrder
from gateway.domain import backup, failpoints
from gateway.domain.backup import BackupManifest, Member, Position
from gateway.domain.canonical import encode
from gateway.domain.errors import Conflict, InputError
from gateway.domain.times import to_wire
from gateway.main.backup_command_file import sync_folder
from gateway.main.restore_settings import relocated
from gateway.main.wiring import SystemClock
from gateway.services.epoch_position import position
from gateway.store import backup as copies
from gateway.store import backup_archive, schema
from gateway.store.engine import refuse_password
from gateway.store.exchange import schema as exchange_schema
from gateway.store.store import open_store
from keys import files, offline
from keys.period_keys import PeriodFolder

MARK = "restored.json"
"""In the state folder: which backup this home came from, and that its epoch is over."""

SAVED_HIGH_WATER = "high-water.backup.json"
"""In the state folder: the high-water file as it was at the backup."""

_PLACES = {
    backup.SETTINGS: backup.SETTINGS,
    backup.TRUST: backup.TRUST,
    backup.HIGH_WATER: f"state/{SAVED_HIGH_WATER}",
    backup.UNLOCK: backup.UNLOCK,
    backup.NUMBERS: f"state/{backup.NUMBERS}",
    "database.sqlite": "state/palang.sqlite",
    "database.pgdump": "database.pgdump",
    "exchange.sqlite": "state/exchange.sqlite",
    "exchange.pgdump": "exchange.pgdump",
}


def restore(order: RestoreOrder) -> Restored:
    """Make the home beside its place and move it there whole.

    Raises Conflict (the folder is not empty, the database is not), InputError (a file that can't be
    read, no URL for a PostgreSQL dump), NotVerified (not this backup's key, a changed backup).
    """
    home = order.home.resolve()
    if home.exists() and any(home.iterdir()):
        raise Conflict(f"{home} is not empty", hint="name a new folder with --home")
    for url in filter(None, (order.database, order.exchange)):
        refuse_password(url)
    opener = files.load_opener(order.key, order.passphrase)
    draft = _draft(home)
    try:
        made, digest = _unpack(order.file, offline.opened_by(opener), draft)
        lacking = _settle(order, made, digest, draft)
        purged = _fill(order, draft) if order.period_keys is not None else ()
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    # a crash before leaves HOME.part, which the next restore removes; nobody has used it. After it
    # the home is whole, and nothing starts in it before its epoch is opened
    failpoints.reach("before:restore.rename")
    draft.replace(home)
    sync_folder(home.parent)
    failpoints.reach("after:restore.rename")
    shut = (home / "state" / backup.NUMBERS).exists()
    return Restored(home, digest, made, lacking, purged, shut)


def _fill(order: RestoreOrder, draft: Path) -> tuple[str, ...]:
    """Bring the period keys into the new home, and with them the numbers into its database."""
    chosen = settings.load(draft)
    if order.period_keys is None or order.period_secret is None:
        return ()
    if chosen.period_folder.exists():  # a shared folder, outside the home
        return fill_numbers(chosen)
    try:
        shutil.copytree(order.period_keys, chosen.period_folder)
        shutil.copy(order.period_secret, chosen.period_secret_file)
    except OSError as error:
        raise InputError(
            f"the period keys can't be copied: {error.strerror}",
            hint="name the folder and the secret of one copy (docs/retention.md)",
        ) from None
    chosen.period_folder.chmod(0o700)
    for path in (chosen.period_secret_file, *chosen.period_folder.iterdir()):
        path.chmod(0o600)
    return fill_numbers(chosen)


def fill_numbers(chosen: settings.Settings) -> tuple[str, ...]:
    """Put the numbers of the backup into the restored database; the subjects whose key was
    destroyed. Raises NotFound where a key is lost: then nothing was put there."""
    source = chosen.state_folder / backup.NUMBERS
    if not source.is_file():
        return ()
    periods = PeriodFolder(chosen.period_folder, chosen.period_secret_file)
    gone = copies.fill_numbers(chosen.database_url, source, periods, SystemClock())
    source.unlink()  # a crash before leaves it there: filled again, every row is there already
    return tuple(gone)


def _draft(home: Path) -> Path:
    draft = home.with_name(home.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        for folder in (draft, draft / "state", draft / "secrets", draft / "keys"):
            folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise InputError(
            f"{draft} can't be made: {error.strerror}",
            hint="name a folder whose parent this user may write in: --home DIR",
        ) from None
    return draft


def _unpack(file: Path, content_key: offline.ContentKey, draft: Path) -> tuple[BackupManifest, str]:
    """Everything into the draft; manifest, and the digest of the file as it was read."""

    @contextmanager
    def put(member: Member) -> Iterator[BinaryIO]:
        path = draft / _PLACES.get(member.name, member.name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as place:
            yield place
            place.flush()
            os.fsync(place.fileno())

    try:
        with file.open("rb") as source:
            reader = io.BufferedReader(offline.SealedReader(source, content_key))
            made = backup_archive.read(reader, put)
            source.seek(0)
            return made, "sha256:" + hashlib.file_digest(source, "sha256").hexdigest()
    except OSError as error:
        raise InputError(
            f"{file} can't be restored: {error.strerror}",
            hint="check the name, the medium and the room on the new disk; nothing was left there",
        ) from None


def _settle(order: RestoreOrder, made: BackupManifest, digest: str, draft: Path) -> tuple[str, ...]:
    """Settings for the new place, databases, the marks that keep it closed."""
    text, lacking = relocated((draft / backup.SETTINGS).read_text("utf-8"), order, made)
    (draft / backup.SETTINGS).write_text(text, "utf-8")
    chosen = settings.load(draft)
    _load(draft / "exchange.pgdump", order.exchange, copies.EXCHANGE)
    _load(draft / "database.pgdump", order.database, copies.CORE)
    if made.member(backup.DATABASES) == "database.sqlite":
        copies.check_sqlite(draft / _PLACES["database.sqlite"])
    schema.upgrade(chosen.database_url)
    if made.member(backup.EXCHANGES):
        exchange_schema.upgrade(chosen.exchange_url)
    _compare(_look(chosen.database_url), made.position)
    mark = {
        "v": 1,
        "backup": digest,
        "made": to_wire(made.made),
        "epoch": made.position.epoch,
        "at": to_wire(SystemClock().now()),
    }
    _note(draft / "state" / MARK, encode(mark))
    # a high-water file ahead of the database: whatever looks at it refuses to start, this program
    # or an older one
    ahead = {"v": 1, "epoch": made.position.epoch + 1, "ledger": 0, "streams": {}}
    _note(chosen.high_water_file, encode(ahead))
    return tuple(name for name in lacking if not (draft / name).exists())


def _load(dump: Path, url: str, part: str) -> None:
    if dump.is_file():
        if not url:
            raise InputError(
                f"the backup holds a PostgreSQL database ({dump.name})",
                hint="make an empty one and name it: --database postgresql+psycopg://... "
                "(--exchange-database for the exchange store)",
            )
        copies.restore_postgresql(url, dump, part)
        dump.unlink()


def _look(url: str) -> Position:
    store = open_store(url, SystemClock())
    try:
        with store.read() as uow:
            return position(uow)
    finally:
        store.close()


def _compare(found: Position, expected: Position) -> None:
    if found != expected:
        raise Conflict(
            "the restored database is not where the backup's manifest says",
            hint="take another copy of this backup, or an older one",
        )


def _note(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)
