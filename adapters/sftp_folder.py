"""Taking statements and lists from a partner's folder that may be hostile (threats.md C8).

No local file is ever made: bytes go from the server to keep(), names are only compared and sent
back to the same server.
"""

from collections import Counter
from typing import cast

import asyncssh
from asyncssh import constants

from adapters.inbound_names import is_list
from adapters.limits import Limits
from gateway.domain.signed_forms import is_statement_name
from gateway.ports import SendError

Left = Counter[str]
"""Why items were left where they lie, and how many for each reason; never their names."""


async def ready(
    sftp: asyncssh.SFTPClient, folder: bytes, limits: Limits, left: Left
) -> list[bytes]:
    """Names of statements and lists in the folder, in order, at most `limits.items`."""
    names: set[bytes] = set()
    seen = 0
    async for entry in sftp.scandir(folder or b"."):
        seen += 1
        if seen > limits.listed:
            left[f"the folder lists more than {limits.listed} names"] += 1
            break
        name = entry.filename if isinstance(entry.filename, bytes) else entry.filename.encode()
        if is_statement_name(name.decode("ascii", "replace")) or is_list(
            name.decode("ascii", "replace")
        ):
            names.add(name)
        elif name.endswith(b".jws"):
            left["a name outside A-Z a-z 0-9 . _ -"] += 1
    return sorted(names)[: limits.items]


async def fetch(sftp: asyncssh.SFTPClient, path: bytes, limits: Limits, left: Left) -> bytes | None:
    """The bytes of one statement; None where it is left: empty, growing, no regular file."""
    try:
        found = await sftp.lstat(path)
        if found.type != constants.FILEXFER_TYPE_REGULAR:
            left["not a regular file"] += 1
            return None
        if found.size is None or found.size > limits.reply:
            left[f"larger than {limits.reply} bytes"] += 1
            return None
        return await _whole(sftp, path, found.size)
    except asyncssh.SFTPNoSuchFile:
        return None  # taken away since the listing


async def _whole(sftp: asyncssh.SFTPClient, path: bytes, size: int) -> bytes | None:
    """Exactly `size` bytes; a file that is being written is left for the next collect."""
    if size == 0:
        return None
    async with sftp.open(path, "rb") as file:
        data = cast(bytes, await file.read(size + 1, 0))
        after = await file.stat()
    return data if len(data) == size == after.size else None


async def remove(sftp: asyncssh.SFTPClient, path: bytes) -> None:
    """Take a kept statement away; one that is gone already is as good."""
    try:
        await sftp.remove(path)
    except asyncssh.SFTPNoSuchFile:
        return


def report(where: str, left: Left) -> None:
    """Raise SendError with an alert where anything was left; a person must look at it."""
    if left:
        reasons = ", ".join(f"{count} x {reason}" for reason, count in sorted(left.items()))
        raise SendError(
            f"{where}: items were left unread: {reasons}",
            "no",
            alert=True,
            hint="ask the partner to take away what is no statement",
        )
