"""The folder into which an SFTP server puts parcels, answers and heads: taken, stored, removed.

Whoever may log in to that server can write there, so names and links are not trusted: only regular
files with a name of ours are read, dotfiles and `.part` files are somebody's unfinished upload.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from gateway.domain.errors import InputError
from gateway.domain.failpoints import reach
from gateway.domain.ids import ParcelName
from gateway.domain.parcel import MAX_PARCEL
from partner import files
from partner.kit import Kit
from partner.messages import MAX_MESSAGE, MessageRefused, is_message
from partner.taken import Taken, take_parcel, take_word


def waiting(kit: Kit) -> list[Path]:
    """Files of ours: parcels in the order of their sequence, then words, since a head names what
    came before it."""
    found = sorted(kit.settings.path("inbox").iterdir())
    parcels = [path for path in found if ParcelName.parse(path.name) is not None]
    return parcels + [path for path in found if is_message(path.name)]


def take_all(kit: Kit) -> Iterator[Taken]:
    """Take everything that lies there. Own trouble (a key, the state) is raised."""
    for path in waiting(kit):
        yield _word(kit, path) if is_message(path.name) else _parcel(kit, path)


def _parcel(kit: Kit, path: Path) -> Taken:
    try:
        data = files.read(path, MAX_PARCEL + 1)  # one more: check 1 names the size itself
        _check_sum(path, data)
    except InputError as left:
        return Taken(path.name, left=left)
    taken = take_parcel(kit, path.name, data)
    if taken.refused is not None:
        _move(path, kit.settings.path("refused"))
        return taken
    # A crash before the removal leaves a file that is stored already: it is acknowledged again.
    path.unlink(missing_ok=True)
    _sum_of(path).unlink(missing_ok=True)
    return taken


def _word(kit: Kit, path: Path) -> Taken:
    try:
        data = files.read(path, MAX_MESSAGE + 1)
    except InputError as left:
        return Taken(path.name, left=left)
    taken = take_word(kit, path.name, data)
    refused = taken.refused
    if isinstance(refused, MessageRefused) and not (refused.stale or refused.alarm):
        _move(path, kit.settings.path("refused"))
    # A crash before the removal leaves a word that is kept already: it is read once more. A head
    # that replaced this one meanwhile goes with it; the next one comes on the gateway's rhythm.
    path.unlink(missing_ok=True)
    return taken


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
