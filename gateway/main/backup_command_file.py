"""A backup's file: written beside its place, read back from the disk, moved there whole."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from gateway.domain import failpoints
from gateway.domain.backup import BackupManifest, Member
from gateway.domain.errors import Conflict, InputError
from gateway.store import backup as copies
from gateway.store import backup_archive
from gateway.store.backup_archive import Source
from keys import offline
from keys.policy import PublicKey

_STAGING = "backup-"


def write(
    target: Path, made: BackupManifest, sources: Mapping[str, Source], public: PublicKey
) -> tuple[int, str]:
    """Write beside the target, verify what the disk gives back, and move it there; size, digest."""
    part = target.with_name(f".{target.name}.part")
    with _clear_if_failed(part):
        key = _seal(part, made, sources, public)
        size, digest = verify(part, made, key)
        # a crash before leaves a .part that the next backup of this name replaces; no backup of the
        # name exists until it is whole, durable and read back
        failpoints.reach("before:backup.rename")
        part.replace(target)
        sync_folder(target.parent)
        failpoints.reach("after:backup.rename")
    return size, digest


def _seal(
    part: Path, made: BackupManifest, sources: Mapping[str, Source], public: PublicKey
) -> bytes:
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        sealed = offline.SealedWriter(file, public)
        try:
            backup_archive.write(sealed, made, sources)  # type: ignore[arg-type]  # only written to
        except BaseException:
            sealed.abandon()
            raise
        sealed.close()
        file.flush()
        os.fsync(file.fileno())
    return sealed.content_key


def verify(path: Path, made: BackupManifest, content_key: bytes) -> tuple[int, str]:
    """Read the file back from its first to its last byte; its size and digest.

    Raises NotVerified where it is not what was written.
    """
    with path.open("rb") as file:
        reader = io.BufferedReader(offline.SealedReader(file, lambda _line: content_key))
        found = backup_archive.read(reader, nowhere)
        if found != made:
            raise Conflict(
                "the backup does not read back as it was written: check the disk",
                hint="nothing was left there; give another disk: palang backup --to FOLDER",
            )
        file.seek(0)
        return path.stat().st_size, "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def nowhere(_member: Member) -> Iterator[BinaryIO]:
    """A place that keeps nothing: only digests are wanted."""
    with Path(os.devnull).open("wb") as file:
        yield file


@contextmanager
def _clear_if_failed(part: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise copies.no_room(part.parent) from None
        raise InputError(
            f"{part.parent} can't be written: {error.strerror}",
            hint="name a folder that exists and that this user may write to",
        ) from None
    except Exception:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def staging(state: Path) -> Iterator[Path]:
    """A private folder for copies in clear, on the database's own disk and never on the backup's.

    A killed run leaves one: whoever comes next removes it, under a lock that says nobody uses it.
    """
    with _alone(state / "backup.lock"):
        for left in state.glob(f"{_STAGING}*/"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=state))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InputError(
            f"{lock} can't be made: {error.strerror}",
            hint="run as the gateway's own user; palang doctor looks at the folders",
        ) from None
    try:
        _take(handle)
        yield
    finally:
        os.close(handle)


def _take(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Conflict("another backup is running", hint="wait until it has ended") from None


def replace(path: Path, data: bytes) -> None:
    """Write a small file of the state folder whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.touch(mode=0o600)
    part.write_bytes(data)
    # a crash here leaves the older file and a .part that the next write replaces; only a note of
    # when a backup was made is lost
    failpoints.reach("before:note.rename")
    part.replace(path)
    failpoints.reach("after:note.rename")


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
