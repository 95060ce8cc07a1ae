"""The ZIP around a workbook, held to what a spreadsheet program writes (threats.md W10, W11).

Its members must tile the file without gap or overlap: then it can't be anything else at the same
time, and no byte is unpacked twice. Members are unpacked here before a library does it, up to the
end of their stream, so that a size that lies is found.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from gateway.domain.errors import InputError
from gateway.reading.limits import MIB, Limits

_LOCAL = struct.Struct("<4sHHHHHIIIHH")  # APPNOTE 4.3.7
_END = 22  # bytes of the record that ends a ZIP without a comment (APPNOTE 4.3.16)
_DESCRIPTOR = 24  # most bytes behind a member whose sizes were not known before (APPNOTE 4.3.9)
_DESCRIPTOR_FLAG = 0x08
_ENCRYPTED_FLAG = 0x01
_PIECE = 256 * 1024
_ARCHIVES = (".zip", ".xlsx", ".xlsm", ".xlsb", ".ods", ".docx", ".jar", ".7z", ".rar", ".gz")
_SAVE = "open it in a spreadsheet program, keep only the list, save it again"


class Package:
    """The members of a workbook, checked. Raises InputError with the figure and the cap."""

    def __init__(self, file: IO[bytes], name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._file = file
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile as bad:
            raise self.refused("a whole file", "one that is cut off or damaged") from bad
        self._members = {member.filename: member for member in self._zip.infolist()}
        self._check_names()
        self._check_sizes()
        self._starts = self._check_tiles()

    def __contains__(self, member: str) -> bool:
        return member in self._members

    def names(self) -> tuple[str, ...]:
        """The members, in the order of the directory."""
        return tuple(self._members)

    def read(self, member: str, most: int = 4 * MIB) -> bytes:
        """A small member as a whole. Raises InputError when it is missing or larger than `most`."""
        whole = bytearray()
        for piece in self.pieces(member):
            whole += piece
            if len(whole) > most:
                raise self.refused(f"at most {most} bytes of {member}", "more")
        return bytes(whole)

    def pieces(self, member: str) -> Iterator[bytes]:
        """A member's bytes as they are really unpacked, with its size and checksum verified."""
        found = self._members.get(member)
        if found is None:
            raise self.refused(f"a part {member}", "none")
        packed = self._packed(found)
        stream = packed if found.compress_type == zipfile.ZIP_STORED else _inflate(packed)
        unpacked, check = 0, 0
        try:
            for piece in stream:
                unpacked, check = unpacked + len(piece), zlib.crc32(piece, check)
                if unpacked > found.file_size:
                    raise self.refused(f"{found.file_size} bytes unpacked, as declared", "more")
                yield piece
        except zlib.error as bad:
            raise self.refused("whole parts", "a damaged one") from bad
        if (unpacked, check) != (found.file_size, found.CRC):
            raise self.refused("whole parts", "a damaged one")

    def _packed(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        left = member.compress_size
        at = self._starts[member.filename]
        while left:
            self._file.seek(at)
            piece = self._file.read(min(_PIECE, left))
            if not piece:
                return
            yield piece
            at, left = at + len(piece), left - len(piece)

    def _check_names(self) -> None:
        members = self._zip.infolist()
        if len(members) > self._limits.members:
            raise self.refused(f"at most {self._limits.members} parts", str(len(members)))
        if len({member.filename.casefold() for member in members}) != len(members):
            raise self.refused("each part once", "two parts of the same name")
        for member in members:
            if member.flag_bits & _ENCRYPTED_FLAG:
                raise self.refused("no password", "encrypted parts")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise self.refused("parts stored or deflated", "another compression")
            if member.filename.casefold().endswith(_ARCHIVES):
                raise self.refused("no files", "another archive inside")

    def _check_sizes(self) -> None:
        unpacked = sum(member.file_size for member in self._members.values())
        packed = self._file.seek(0, io.SEEK_END)
        if unpacked > self._limits.unpacked:
            raise self.refused(f"at most {self._limits.unpacked} bytes unpacked", str(unpacked))
        if unpacked > self._limits.ratio_from and unpacked > self._limits.ratio * packed:
            raise self.refused(
                f"at most {self._limits.ratio} times its own size unpacked",
                f"{unpacked // packed} times",
            )

    def _check_tiles(self) -> dict[str, int]:
        """Where the data of each member starts."""
        starts: dict[str, int] = {}
        end, slack = 0, 0
        for member in sorted(self._members.values(), key=lambda found: found.header_offset):
            if not 0 <= member.header_offset - end <= slack:
                raise self.refused("parts one behind the other", "bytes that belong to none")
            start = self._data_of(member)
            end, slack = start + member.compress_size, 0
            if member.flag_bits & _DESCRIPTOR_FLAG:
                slack = _DESCRIPTOR
            starts[member.filename] = start
        self._file.seek(-_END, io.SEEK_END)
        ends = self._file.read(4) == b"PK\x05\x06"
        if not ends or not 0 <= self._zip.start_dir - end <= slack:
            raise self.refused("parts one behind the other", "bytes that belong to none")
        return starts

    def _data_of(self, member: zipfile.ZipInfo) -> int:
        self._file.seek(member.header_offset)
        head = self._file.read(_LOCAL.size)
        if len(head) < _LOCAL.size:
            raise self.refused("a whole file", "one that is cut off")
        fields = _LOCAL.unpack(head)
        name, extra = int(fields[9]), int(fields[10])
        if fields[0] != b"PK\x03\x04" or self._file.read(name) != _stored_name(member):
            raise self.refused("the same names at its parts and in its directory", "others")
        return member.header_offset + _LOCAL.size + name + extra

    def refused(self, expected: str, came: str) -> InputError:
        """The error for a package that is not as expected."""
        return InputError(
            f"expected {expected} in workbook {self._name}, it has {came}", hint=_SAVE
        )


def _stored_name(member: zipfile.ZipInfo) -> bytes:
    return member.orig_filename.encode("utf-8" if member.flag_bits & 0x800 else "cp437")


def _inflate(packed: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack a raw DEFLATE stream to its end. Raises zlib.error when that is not where it stops."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    for data in packed:
        while data and not stream.eof:
            yield stream.decompress(data, _PIECE)
            data = stream.unconsumed_tail
        if stream.unused_data or data:
            raise zlib.error("bytes behind the stream")
    while not stream.eof:
        piece = stream.decompress(b"", _PIECE)
        if not piece:
            raise zlib.error("the stream is cut off")
        yield piece
