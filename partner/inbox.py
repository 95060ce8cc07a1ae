"""The folder into which an SFTP server puts parcels: taken, verified, stored, removed.

Whoever may log in to that server can write there, so names and links are not trusted: only regular
files with a parcel's name are read, dotfiles and `.part` files are somebody's unfinished upload.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.errors import InputError, PalangError
from gateway.domain.failpoints import reach
from gateway.domain.ids import ParcelName
from gateway.domain.parcel import MAX_PARCEL
from partner import files
from partner.kit import Kit
from partner.receive import Received, receive, refuse
from partner.refusal import ParcelRefused


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file: taken, refused by a check, or left where it lies."""

    name: str
    received: Received | None = None
    refused: ParcelRefused | None = None
    left: PalangError | None = None


def waiting(kit: Kit) -> list[Path]:
    """Parcel files in the order of their names, which is that of their sequence."""
    folder = kit.settings.path("inbox")
    return sorted(path for path in folder.iterdir() if ParcelName.parse(path.name) is not None)


def take_all(kit: Kit) -> list[Taken]:
    """Take every parcel that lies there. Own trouble (a key, the state) is raised."""
    return [_take(kit, path) for path in waiting(kit)]


def _take(kit: Kit, path: Path) -> Taken:
    try:
        data = files.read(path, MAX_PARCEL + 1)  # one more: check 1 names the size itself
        _check_sum(path, data)
    except InputError as left:
        return Taken(path.name, left=left)
    try:
        received = receive(kit, data)
    except ParcelRefused as refused:
        refuse(kit, refused)
        _move(path, kit.settings.path("refused"))
        return Taken(path.name, refused=refused)
    # A crash before the removal leaves a file that is stored already: it is acknowledged again.
    path.unlink(missing_ok=True)
    _sum_of(path).unlink(missing_ok=True)
    return Taken(path.name, received=received)


def _sum_of(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _check_sum(path: Path, data: bytes) -> None:
    """The digest beside the file, where there is one; it is written before the file, so that the
    two differ while a parcel is being replaced."""
    beside = _sum_of(path)
    if not beside.exists():
        return
    named = files.read(beside, 1024).split()
    found = hashlib.sha256(data).hexdigest().encode()
    if not named or named[0].lower() != found:
        raise InputError(
            f"{path.name} differs from its .sha256; it is left where it lies",
            hint="it may still be on its way; the gateway sends it again if no receipt comes",
        )


def _move(path: Path, folder: Path) -> None:
    """Out of the way, kept for a person to look at."""
    reach("before:kit.refused.rename")
    # A crash here leaves it in the inbox: it is refused once more, with the same words.
    path.replace(folder / path.name)
    reach("after:kit.refused.rename")
    _sum_of(path).unlink(missing_ok=True)
