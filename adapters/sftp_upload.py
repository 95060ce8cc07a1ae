"""Putting one file into a partner's folder so that it appears whole or not at all (threats.md C9).

Every step here comes before the rename: whatever fails, the partner has seen no parcel.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import cast

import asyncssh
from asyncssh import constants

from adapters.limits import Limits
from gateway.ports import SendError

_OWN_PART = re.compile(rb"\.palang-[A-Za-z0-9._-]{1,120}\.[0-9a-f]{16}\.part")
_CHUNK = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that lies under its temp name with the right content; `at` is the server's clock."""

    path: bytes
    size: int
    digest: str
    at: int


def temp_name(name: str) -> str:
    """Unique per call, in the target's folder: a rename across file systems would be a copy."""
    return f".{name}.{secrets.token_hex(8)}.part"


async def write(sftp: asyncssh.SFTPClient, folder: bytes, name: str, data: bytes) -> Uploaded:
    """Write a temp file, make it durable where the server can, and read back what it stored."""
    path = folder + temp_name(name).encode()
    try:
        await store(sftp, path, data)
        return await _read_back(sftp, path, data)
    except (asyncssh.SFTPError, SendError) as error:
        full = await _is_full(sftp, folder, len(data))
        await discard(sftp, path)
        if full:
            raise SendError(
                "the server's disk has no room for this file; it will be tried again",
                "no",
                busy=True,
                hint="the partner must make room there",
            ) from error
        raise


async def _is_full(sftp: asyncssh.SFTPClient, folder: bytes, size: int) -> bool:
    """Whether the folder's disk has no room: SFTP itself has no word for it, but OpenSSH's
    statvfs@openssh.com tells. False where the server does not offer it.
    """
    try:
        disk = await sftp.statvfs(folder or b".")
    except asyncssh.SFTPError:
        return False
    inodes_gone = disk.files > 0 and disk.favail == 0
    return inodes_gone or disk.bavail * disk.frsize < size


async def discard(sftp: asyncssh.SFTPClient, path: bytes) -> None:
    """Remove our own temp file; where that fails too, `sweep` finds it later."""
    try:
        await sftp.remove(path)
    except asyncssh.SFTPError:
        return


async def store(sftp: asyncssh.SFTPClient, path: bytes, data: bytes) -> None:
    """Write a new file and make it durable where the server offers that. Raises SFTPError."""
    async with sftp.open(path, "xb") as file:
        await file.write(data)
        try:
            await file.fsync()
        except asyncssh.SFTPOpUnsupported:
            return  # not offered: the server's word for the write is all there is


async def _read_back(sftp: asyncssh.SFTPClient, path: bytes, data: bytes) -> Uploaded:
    """Size and digest of what the server now has; a short or changed file is a failure."""
    found = await sftp.lstat(path)
    digest, size = hashlib.sha256(), 0
    async with sftp.open(path, "rb") as file:
        while size <= len(data) and (chunk := cast(bytes, await file.read(_CHUNK))):
            digest.update(chunk)
            size += len(chunk)
    if (found.size, size, digest.digest()) != (len(data), len(data), hashlib.sha256(data).digest()):
        raise SendError(
            f"the server stored {size} bytes, {len(data)} were sent, or their digest differs",
            "no",
            hint="its disk may be full, or something on the way changes files",
        )
    return Uploaded(path, size, f"sha256:{digest.hexdigest()}", found.mtime or 0)


async def sweep(sftp: asyncssh.SFTPClient, folder: bytes, now: int, limits: Limits) -> None:
    """Remove our own temp files that a killed attempt left; age by the server's clock.

    Housekeeping: a folder that we may not list stays as it is.
    """
    seen = 0
    try:
        async for entry in sftp.scandir(folder or b"."):
            seen += 1
            if seen > limits.listed:
                return
            if _is_stale(entry, now - limits.stale):
                await discard(sftp, folder + _bytes(entry.filename))
    except asyncssh.SFTPError:
        return  # many partners allow an inbox to be written only


def _is_stale(entry: asyncssh.SFTPName, before: int) -> bool:
    return (
        _OWN_PART.fullmatch(_bytes(entry.filename)) is not None
        and entry.attrs.type == constants.FILEXFER_TYPE_REGULAR
        and entry.attrs.mtime is not None
        and entry.attrs.mtime < before
    )


def _bytes(name: bytes | str) -> bytes:
    return name if isinstance(name, bytes) else name.encode()
