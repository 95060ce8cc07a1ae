"""Taking statements and lists from the reply folder, where a partner may put anything (threats.md
C8, C11).

No name is made into a path and no link is followed: a name is compared, opened relative to the open
folder, and what was opened is what is judged.
"""

import errno
import os
import stat
from collections import Counter

from adapters import directory_pickup as pickup
from adapters.directory_folders import Account
from adapters.inbound_names import is_list
from adapters.limits import Limits
from gateway.domain.signed_forms import is_statement_name
from gateway.ports import SendError

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BECAME_ODD = (errno.ELOOP, errno.ENXIO, errno.EISDIR)  # a link, a socket, a folder by now

Left = Counter[str]
"""Why things were left where they lie, and how many for each reason; never their names."""


def ready(folder: int, limits: Limits, left: Left) -> list[str]:
    """Names of statements and lists in the folder, in order, at most `limits.items`."""
    names = []
    try:
        for one in pickup.listed(folder, limits.listed):
            raw = os.fsencode(one.name)
            if is_statement_name(one.name) or is_list(one.name):
                names.append(one.name)
            elif raw.endswith(b".jws"):
                left["a name outside A-Z a-z 0-9 . _ -"] += 1
    except pickup.TooMany as error:
        left[f"in the reply folder: {error}"] += 1
    return sorted(names)[: limits.items]


class Statement:
    """The bytes of one file, and which file it was."""

    def __init__(self, name: str, data: bytes, state: os.stat_result) -> None:
        self.name, self.data, self._state = name, data, state

    def remove(self, folder: int) -> None:
        """Take it away, unless another file has come under its name meanwhile. Raises OSError."""
        if pickup.inode(folder, self.name) == self._state.st_ino:
            pickup.discard(folder, self.name)


def fetch(
    folder: int, name: str, account: Account | None, limits: Limits, left: Left
) -> Statement | None:
    """One statement; None where it is left: empty, growing, or nothing that we take.

    Judged before it is opened, since to open a device acts on it, and again after. Raises OSError.
    """
    try:
        before = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if reason := _odd(before, account, limits):
            left[reason] += 1
            return None
        with open(os.open(name, _FLAGS, dir_fd=folder), "rb", buffering=0) as file:
            opened = os.fstat(file.fileno())
            data = _read(file.fileno(), opened.st_size)
            after = os.fstat(file.fileno())
    except FileNotFoundError:
        return None  # taken away since the listing
    except PermissionError:
        left["not readable by the gateway"] += 1
        return None
    except OSError as error:
        if error.errno not in _BECAME_ODD:
            raise
        left["not a regular file"] += 1
        return None
    if reason := _odd(after, account, limits):
        left[reason] += 1
        return None
    same = _looks(before) == _looks(opened) == _looks(after)
    return Statement(name, data, after) if same and data and len(data) == after.st_size else None


def _odd(state: os.stat_result, account: Account | None, limits: Limits) -> str:
    """Why this is nothing that we take, or "". Another name of a file elsewhere can't be told from
    a theft of that file, so a file has one name (hard links)."""
    if not stat.S_ISREG(state.st_mode):
        return "not a regular file"
    if state.st_nlink != 1:
        return "has more than one name"
    if account is not None and state.st_uid != account.uid:
        return "not the partner's own file"
    if state.st_size > limits.reply:
        return f"larger than {limits.reply} bytes"
    return ""


def _looks(state: os.stat_result) -> tuple[int, int, int]:
    return state.st_ino, state.st_size, state.st_mtime_ns


def _read(handle: int, size: int) -> bytes:
    """At most one byte more than `size`: then it is growing."""
    data = bytearray()
    while len(data) <= size and (chunk := os.read(handle, size + 1 - len(data))):
        data += chunk
    return bytes(data)


def report(where: str, left: Left) -> None:
    """Raise SendError with an alert where anything was left; a person must look at it."""
    if left:
        reasons = ", ".join(f"{count} x {reason}" for reason, count in sorted(left.items()))
        raise SendError(
            f"{where}: things were left unread: {reasons}",
            "no",
            alert=True,
            hint="ask the partner to take away what is no statement",
        )
