"""The inside of a backup: a tar of manifest.json and the members that it lists, in that order.

Written and read as a stream, so that memory stays flat. Nothing is extracted by tar itself: names
and sizes come from the manifest, bytes are compared with its digests.
"""

import hashlib
import io
import tarfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, BinaryIO

from gateway.domain.backup import (
    MANIFEST,
    MAX_MANIFEST,
    BackupManifest,
    Member,
    read_manifest,
)
from gateway.domain.errors import NotVerified

BLOCK = 1 << 20  # bytes read at a time

Source = bytes | Path
"""A member's content: small ones in memory, a database as a file."""

Put = Callable[[Member], AbstractContextManager[BinaryIO]]
"""Opens the place where a member goes, when its turn has come."""


def measure(name: str, source: Source) -> Member:
    """The member as the manifest lists it."""
    if isinstance(source, bytes):
        return Member(name, len(source), "sha256:" + hashlib.sha256(source).hexdigest())
    with source.open("rb") as file:
        found = hashlib.file_digest(file, "sha256")
        return Member(name, file.tell(), "sha256:" + found.hexdigest())


def write(target: BinaryIO, manifest: BackupManifest, sources: Mapping[str, Source]) -> None:
    """Write manifest and members. Raises NotVerified where a file changed since it was measured."""
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, MANIFEST, manifest.to_bytes())
        for member in manifest.members:
            _add(tar, member.name, sources[member.name])


def _add(tar: tarfile.TarFile, name: str, source: Source) -> None:
    info = tarfile.TarInfo(name)
    info.mode = 0o600
    if isinstance(source, bytes):
        info.size = len(source)
        tar.addfile(info, io.BytesIO(source))
        return
    with source.open("rb") as file:
        info.size = source.stat().st_size
        tar.addfile(info, file)


def read(source: BinaryIO, put: Put) -> BackupManifest:
    """Read everything to the verified end, each member into the place that `put` opens.

    Raises NotVerified: malformed (not this form), bad-digest (a member is not the listed one).
    """
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            manifest = _manifest(tar)
            for member in manifest.members:
                _copy(_next(tar, member), member, put)
            if tar.next() is not None:
                raise NotVerified("malformed", "the backup holds more than its manifest lists")
    except tarfile.TarError:
        raise NotVerified("malformed", "the backup is not a tar of its members") from None
    while block := source.read(BLOCK):  # padding; the end of the seal is checked with it
        if block.strip(b"\0"):
            raise NotVerified("malformed", "something stands behind the backup's members")
    return manifest


def _manifest(tar: tarfile.TarFile) -> BackupManifest:
    info = tar.next()
    if info is None or info.name != MANIFEST or info.size > MAX_MANIFEST:
        raise NotVerified("malformed", f"a backup begins with {MANIFEST}")
    return read_manifest(_file(tar, info).read())


def _next(tar: tarfile.TarFile, member: Member) -> IO[bytes]:
    info = tar.next()
    if info is None or not info.isreg() or (info.name, info.size) != (member.name, member.bytes):
        raise NotVerified("malformed", f"member {member.name} of the backup is not in its place")
    return _file(tar, info)


def _copy(file: IO[bytes], member: Member, put: Put) -> None:
    found = hashlib.sha256()
    with put(member) as place:
        while block := file.read(BLOCK):
            found.update(block)
            place.write(block)
    if "sha256:" + found.hexdigest() != member.digest:
        raise NotVerified("bad-digest", f"member {member.name} of the backup is not the listed one")


def _file(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(info)
    if file is None:
        raise NotVerified("malformed", f"member {info.name} of the backup is no file")
    return file
