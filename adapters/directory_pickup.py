"""The pick-up folder: files that appear there whole or not at all (threats.md C9).

A file is written under a temp name in the same folder, synced, read back, and only then renamed.
"""

import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.limits import Limits
from gateway.ports import SendError

TAKEN = "taken"
"""Where a partner may move what it has fetched, inside the pick-up folder."""

_PART = re.compile(r"\.palang-[A-Za-z0-9._-]{1,160}\.[0-9a-f]{16}\.part", re.ASCII)
_MODE = 0o640  # the partner's group reads; only the folder lets it delete
_CHUNK = 1024 * 1024  # bytes


class TooMany(Exception):
    """A folder has more names than are looked at: nothing can be said of what is not there."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file under its temp name, with the content that was written and read back."""

    name: str
    inode: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Lying:
    """One name in a folder: what it is, by its own inode, never by where a link leads."""

    name: str
    state: os.stat_result


def listed(folder: int, most: int) -> Iterator[Lying]:
    """What lies in a folder. Raises TooMany after `most` names."""
    with os.scandir(folder) as found:
        for number, entry in enumerate(found):
            if number >= most:
                raise TooMany(f"a folder has more than {most} names")
            try:
                yield Lying(entry.name, entry.stat(follow_symlinks=False))
            except FileNotFoundError:
                continue  # taken away since the listing


def write(folder: int, name: str, data: bytes) -> Part:
    """A durable temp file that holds `data`, of the folder's group. Raises OSError, SendError."""
    part = f".{name}.{secrets.token_hex(8)}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(part, flags, 0o600, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            own = os.fstat(file.fileno()).st_ino
            _store(file.fileno(), os.fstat(folder).st_gid, data)
        _compare(folder, part, data)
    except BaseException:
        discard(folder, part)
        raise
    digest = hashlib.sha256(data).hexdigest()
    return Part(part, own, len(data), f"sha256:{digest}")


def _store(handle: int, group: int, data: bytes) -> None:
    """Group and rights come before the content, and the partner sees the name after both."""
    if os.fstat(handle).st_gid != group:
        os.fchown(handle, -1, group)
    os.fchmod(handle, _MODE)
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left[:_CHUNK]) :]
    os.fsync(handle)


def _compare(folder: int, part: str, data: bytes) -> None:
    """Raise SendError where the disk gives back something else than was written."""
    size, digest = measure(folder, part, len(data))
    if (size, digest) != (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}"):
        raise SendError(
            f"the disk holds {size} bytes, {len(data)} were written, or their digest differs",
            "no",
            alert=True,
            hint="check the disk below the pick-up folders",
        )


def measure(folder: int, name: str, most: int) -> tuple[int, str]:
    """Size and digest of a file; reading ends soon after `most` bytes. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(name, flags, dir_fd=folder), "rb", buffering=0) as file:
        while size <= most and (chunk := file.read(_CHUNK)):
            digest.update(chunk)
            size += len(chunk)
    return size, f"sha256:{digest.hexdigest()}"


def discard(folder: int, name: str) -> None:
    """Take a file of ours away; one that is gone already is as good. Raises OSError."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return


def inode(folder: int, name: str) -> int:
    """The inode of a name, 0 where there is none. Raises OSError."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_ino
    except FileNotFoundError:
        return 0


def is_part(name: str) -> bool:
    """Whether this is a temp name of ours."""
    return _PART.fullmatch(name) is not None


def lying(folders: tuple[int, ...], limits: Limits) -> tuple[int, int]:
    """How many bytes and files lie in these folders, and in a pick-up folder's `taken`."""
    found = [one for folder in folders for one in _with_taken(folder, limits)]
    return sum(one.state.st_size for one in found), len(found)


def _with_taken(folder: int, limits: Limits) -> Iterator[Lying]:
    for one in listed(folder, limits.listed):
        if not stat.S_ISDIR(one.state.st_mode):
            yield one
        elif one.name == TAKEN:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            handle = os.open(one.name, flags, dir_fd=folder)
            try:
                yield from listed(handle, limits.listed)
            finally:
                os.close(handle)
