"""Files that appear whole or not at all, and locks between processes."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.domain.errors import Conflict, InputError
from gateway.domain.failpoints import reach


def replace(path: Path, data: bytes, where: str, *, mode: int = 0o600) -> None:
    """Write a file durably under a temporary name and rename it into place.

    `where` names the fail-points. Raises InputError where the folder can't be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        _write(temporary, data, mode)
        reach(f"before:{where}.rename")
        # A crash before the rename leaves the old file and a hidden .part that nobody reads; the
        # next call writes anew.
        temporary.replace(path)
        reach(f"after:{where}.rename")
        sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"{path} can't be written: {error.strerror}") from None


def create(path: Path, data: bytes) -> None:
    """Write a new file for the owner only. Raises Conflict where it is there already."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, data, 0o600)
        sync_folder(path.parent)
    except FileExistsError:
        raise Conflict(f"{path} is there already; nothing is overwritten") from None
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}") from None


def _write(path: Path, data: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: Path, most: int) -> bytes:
    """The bytes of a regular file, no link, of at most `most` bytes. Raises InputError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from None
    if len(data) > most:
        raise InputError(f"{path} is larger than {most} bytes")
    return data


@contextmanager
def locked(path: Path, busy: str) -> Iterator[int]:
    """Hold a lock file; yields its descriptor, which a child process may inherit and keep.

    Raises Conflict(busy) where another process, or an orphaned child of one, holds it.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(busy) from None
        yield handle
    finally:
        os.close(handle)
