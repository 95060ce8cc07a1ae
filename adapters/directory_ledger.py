"""What was published and is not yet known to be fetched: hard links beside the partner's reach.

An entry is a second name of the parcel's own file, made before the parcel gets its first visible
one. As long as a name in the pick-up folder leads to the same inode, the parcel lies there; when
none does, the partner took it. So a crash at any point is told apart from a fetch, and what never
appeared is never said to be fetched.
"""

import os
import re
import secrets
import stat
import sys
from dataclasses import dataclass

from adapters import directory_pickup as pickup
from adapters.directory_folders import Folders
from adapters.limits import Limits
from gateway.domain.failpoints import reach
from gateway.domain.ids import ParcelName
from gateway.domain.times import SECOND, Micros
from gateway.ports import SendError

_ENTRY = re.compile(r"(palang-[A-Za-z0-9._-]{1,100})\.([0-9a-f]{64})\.[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One publication: the parcel's file name, its digest, and the file itself by inode."""

    file: str
    name: str
    digest: str
    inode: int


def entries(open_: Folders) -> list[Entry]:
    """All publications, in order of names; the folder is ours, so their number is."""
    found = []
    for one in pickup.listed(open_.published, sys.maxsize):
        match = _ENTRY.fullmatch(one.name)
        if match is not None:
            found.append(Entry(one.name, match[1], f"sha256:{match[2]}", one.state.st_ino))
    return sorted(found, key=lambda entry: entry.file)


def add(open_: Folders, part: str, name: str, digest: str) -> None:
    """Note, durably, that this temp file is about to appear as `name`. Raises OSError, SendError
    where the file system does not say that both names are one file."""
    entry = f"{name}.{digest.removeprefix('sha256:')}.{secrets.token_hex(4)}"
    reach("before:directory.link")
    os.link(
        part,
        entry,
        src_dir_fd=open_.pickup,
        dst_dir_fd=open_.published,
        follow_symlinks=False,
    )
    try:
        demand_one_file(open_, part, entry)
    except BaseException:
        pickup.discard(open_.published, entry)  # by its name: nothing else leads to it
        raise
    os.fsync(open_.published)
    # A crash here leaves the note and the temp file, one inode: it counts as lying, not as fetched,
    # and `sweep` removes both.
    reach("after:directory.link")


def demand_one_file(open_: Folders, part: str, entry: str) -> None:
    """Raise SendError("no") unless both names lead to one inode that counts both.

    Some file systems (sshfs, some network shares) copy, or make inode numbers up: each parcel would
    seem fetched at once, or never.
    """
    one = os.stat(part, dir_fd=open_.pickup, follow_symlinks=False)
    other = os.stat(entry, dir_fd=open_.published, follow_symlinks=False)
    same = (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
    if not same or min(one.st_nlink, other.st_nlink) < 2:
        raise SendError(
            "two names of one file show as different files here: this file system has no hard "
            "links with stable inode numbers",
            "no",
            alert=True,
            hint="put the folders on a local disk (ext4, xfs), not on sshfs or a network share; "
            "docs/channel-directory.md",
        )


def forget(open_: Folders, entry: Entry) -> None:
    """Take a note away, durably. Raises OSError."""
    pickup.discard(open_.published, entry.file)
    os.fsync(open_.published)


def withdraw(open_: Folders, name: str) -> None:
    """Forget publications of this name that still lie there: another sealing replaces them."""
    for entry in entries(open_):
        if entry.name == name and pickup.inode(open_.pickup, name) == entry.inode:
            forget(open_, entry)


def lies(open_: Folders, name: str, digest: str, size: int) -> bool:
    """Whether this very parcel lies ready, whole, and noted. Raises OSError."""
    here = pickup.inode(open_.pickup, name)
    noted = any(
        (entry.name, entry.digest, entry.inode) == (name, digest, here) for entry in entries(open_)
    )
    return noted and pickup.measure(open_.pickup, name, size) == (size, digest)


def gone(open_: Folders, limits: Limits) -> list[Entry]:
    """Publications that no name in the pick-up folder leads to. Raises OSError, TooMany.

    A rename in mid-listing can hide a file from the listing: ask `is_gone` before you believe it.
    """
    noted = entries(open_)
    if not noted:
        return []
    seen = {one.state.st_ino for one in pickup.listed(open_.pickup, limits.listed)}
    return [entry for entry in noted if entry.inode not in seen]


def is_gone(open_: Folders, entry: Entry) -> bool:
    """Whether the parcel's own name leads elsewhere, and the note was not withdrawn meanwhile."""
    lies_there = pickup.inode(open_.pickup, entry.name) == entry.inode
    return not lies_there and pickup.inode(open_.published, entry.file) == entry.inode


def drop(open_: Folders, part: str, inode: int) -> None:
    """Remove a temp file that will not appear, its note first: a note alone would count as a fetch.

    Raises OSError.
    """
    for entry in entries(open_):
        if entry.inode == inode:
            forget(open_, entry)
    pickup.discard(open_.pickup, part)


def sweep(open_: Folders, now: Micros, limits: Limits) -> None:
    """Remove what killed attempts left long ago: temp files with their notes, and companions whose
    parcel is not there (the partner may take one without the other). Raises OSError, TooMany.
    """
    before = now // SECOND - limits.stale
    for one in list(pickup.listed(open_.pickup, limits.listed)):
        if one.state.st_mtime >= before or not stat.S_ISREG(one.state.st_mode):
            continue
        if pickup.is_part(one.name):
            drop(open_, one.name, one.state.st_ino)
        elif (parcel := _companion_of(one.name)) and not pickup.inode(open_.pickup, parcel):
            pickup.discard(open_.pickup, one.name)


def _companion_of(name: str) -> str:
    parcel = name.removesuffix(".sha256")
    return parcel if parcel != name and ParcelName.parse(parcel) else ""
