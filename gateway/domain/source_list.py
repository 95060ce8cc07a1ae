"""The list that a source hands in: a parcel the other way round (design 1, Source; issue 4).

    list.json        what the file is, for whom, its serial and what its rows lack
    list.json.jws    the source's detached signature, by its statement key: the provenance of every
                     row that is made of the file
    <name>           the file itself, of any kind that an intake reads

sealed to the gateway as a delivery's parcel is to a partner. The serial only rises for one source,
so that no list counts twice. The reader is strict, and inflates nothing beyond its cap.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from gateway.domain import fields
from gateway.domain.canonical import JsonObject, decode, encode
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import SUFFIX, Envelope
from gateway.domain.parcel import BROKEN
from gateway.domain.times import Micros, to_wire

KIND = "list"
"""`typ` of the document, and the middle of its JWS header's `typ`."""

HEAD = "list.json"
SIGNATURE = "list.json.jws"

MAX_SEALED = 32 * 1024 * 1024  # bytes; what every reply channel carries (adapters/limits.py)
MAX_FILE = 256 * 1024 * 1024  # bytes of the file; 1,000,000 rows of CSV have about 70 MB
MAX_RATIO = 200  # of the file to its compressed bytes, once it is larger than RATIO_FROM
RATIO_FROM = 8 * 1024 * 1024  # bytes
_MAX_HEAD = 16 * 1024  # bytes
_MAX_SIGNATURE = 8 * 1024  # bytes
_CHUNK = 1024 * 1024  # bytes
_DATED = (1980, 1, 1, 0, 0, 0)  # equal content gives equal bytes

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()-]{0,98}[A-Za-z0-9)]", re.ASCII)
_LONG_RUN = re.compile(r"\d(?:[ ._()-]?\d){8}")  # a date has 8
_PARCEL = re.compile(r"palang-([a-z][a-z0-9-]{1,30})-list-(\d{8,15})\.zip\.(jwe|p7m|pgp)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_END = 22  # bytes of a ZIP's end record without a comment (APPNOTE 4.3.16)
_MAX_DIRECTORY = 4096  # bytes of the ZIP's directory; three members have about 200


@dataclass(frozen=True, slots=True)
class SourceList:
    """What a source signs of its file. `category`, `channel` and `evidence_date` (YYYY-MM-DD) stand
    for what rows lack, "" for none; `size` in bytes and `digest` are the file's."""

    iss: str
    aud: str
    at: Micros
    serial: int
    name: str
    size: int
    digest: str
    category: str = ""
    channel: str = ""
    evidence_date: str = ""

    def to_bytes(self) -> bytes:
        """The exact bytes that are signed."""
        document: JsonObject = {
            "v": 1,
            "typ": KIND,
            "iss": self.iss,
            "aud": self.aud,
            "at": to_wire(self.at),
            "serial": self.serial,
            "file": {"name": self.name, "bytes": self.size, "digest": self.digest},
        }
        return encode(document | {name: text for name, text in self._defaults() if text})

    def _defaults(self) -> tuple[tuple[str, str], ...]:
        return (
            ("category", self.category),
            ("channel", self.channel),
            ("evidence_date", self.evidence_date),
        )


@dataclass(frozen=True, slots=True)
class ReceivedList:
    """A list whose signature and file were verified.

    `id` is our own rising number; `parcel` the digest of the sealed bytes as received, `provenance`
    that of the signature; `head` and `jws` are what was signed and by whom, the key `kid`. `file`
    is the digest of the file, by which an intake of it is known.
    """

    id: int
    partner: str
    serial: int
    parcel: str
    provenance: str
    head: bytes
    jws: bytes
    kid: str
    file: str
    received_at: Micros


def read_list(data: bytes) -> SourceList:
    """Read what was signed, strictly. Raises NotVerified("malformed" | "version")."""
    document = decode(data, what=HEAD)
    fields.version(document)
    fields.one_of(document, "typ", (KIND,))
    file = fields.member(document, "file")
    found = SourceList(
        iss=fields.text(document, "iss", most=64),
        aud=fields.text(document, "aud", most=64),
        at=fields.moment(document, "at"),
        serial=fields.whole(document, "serial", least=1),
        name=fields.text(file, "name", most=100),
        size=fields.whole(file, "bytes", least=1),
        digest=fields.sha256(file, "digest"),
        category=_optional(document, "category"),
        channel=_optional(document, "channel"),
        evidence_date=_optional(document, "evidence_date"),
    )
    if not is_file_name(found.name):
        raise NotVerified("malformed", "member 'name': expected a plain file name without numbers")
    if found.evidence_date and not _DATE.fullmatch(found.evidence_date):
        raise NotVerified("malformed", "member 'evidence_date': expected YYYY-MM-DD")
    return found


def _optional(document: JsonObject, name: str) -> str:
    return fields.text(document, name, most=64) if name in document else ""


def is_file_name(name: str) -> bool:
    """Whether a name may stand in a list: plain characters, no path, and nothing as long as a phone
    number (promise H)."""
    plain = _NAME.fullmatch(name) is not None and name not in (HEAD, SIGNATURE)
    return plain and _LONG_RUN.search(name) is None


@dataclass(frozen=True, slots=True)
class ListName:
    """The file name of a sealed list; it tells channels what it is, and proves nothing."""

    partner: str
    serial: int
    envelope: Envelope

    def __str__(self) -> str:
        return f"palang-{self.partner}-list-{self.serial:08d}.zip.{SUFFIX[self.envelope]}"

    @classmethod
    def parse(cls, name: str) -> "ListName | None":
        """Read a file name; None where it is not a list's."""
        match = _PARCEL.fullmatch(name)
        if match is None:
            return None
        kind = next(one for one, suffix in SUFFIX.items() if suffix == match[3])
        return cls(match[1], int(match[2]), kind)


def pack(head: bytes, signature: bytes, name: str, file: bytes) -> bytes:
    """The ZIP. Raises InputError where the file is larger than its cap."""
    if len(file) > MAX_FILE:
        raise InputError(f"a list has at most {MAX_FILE} bytes", hint="send it in several files")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member, data in ((HEAD, head), (SIGNATURE, signature)):
            archive.writestr(zipfile.ZipInfo(member, _DATED), data, zipfile.ZIP_STORED)
        info = zipfile.ZipInfo(name, _DATED)
        archive.writestr(info, file, zipfile.ZIP_DEFLATED, compresslevel=6)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class ListContents:
    """The members of the ZIP; nothing of them is verified yet. `name` and `size` are what the ZIP
    says of the file, whose bytes are read in pieces."""

    head: bytes
    signature: bytes
    name: str
    size: int
    _zip: bytes

    def copy(self, into: IO[bytes] | None = None) -> str:
        """The digest of the file, which is written to `into` piece by piece.

        Raises NotVerified("parcel") where it is not of the size that the ZIP says, or damaged.
        """
        hashed, seen = hashlib.sha256(), 0
        with _readable(), self._file() as member:
            while piece := member.read(_CHUNK):
                seen += len(piece)
                if seen > self.size:
                    break
                hashed.update(piece)
                if into is not None:
                    into.write(piece)
        if seen != self.size:
            raise NotVerified("parcel", "the file is not of the size that the ZIP says")
        return f"sha256:{hashed.hexdigest()}"

    @contextmanager
    def _file(self) -> Iterator[IO[bytes]]:
        archive = zipfile.ZipFile(io.BytesIO(self._zip))
        with archive, archive.open(archive.infolist()[2]) as member:
            yield member


def unpack(data: bytes) -> ListContents:
    """Read the ZIP's two signed members, and what it says of the third.

    Raises NotVerified("parcel").
    """
    _check_end(data)
    with _readable(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        if [info.filename for info in infos[:2]] != [HEAD, SIGNATURE] or len(infos) != 3:
            raise NotVerified("parcel", f"a list's parcel holds {HEAD}, {SIGNATURE} and one file")
        file = infos[2]
        if not is_file_name(file.filename):
            raise NotVerified("parcel", "the file's name is not plain")
        if file.file_size > MAX_FILE or _is_bomb(file):
            raise NotVerified("parcel", f"the file has more than {MAX_FILE} bytes, or is a bomb")
        head = _small(archive, infos[0], _MAX_HEAD)
        signature = _small(archive, infos[1], _MAX_SIGNATURE)
    return ListContents(head, signature, file.filename, file.file_size, data)


def _check_end(data: bytes) -> None:
    """A small directory and no comment: zipfile would build an object for each of a million
    members before anybody can count them."""
    end = data[-_END:]
    small = int.from_bytes(end[12:16], "little") <= _MAX_DIRECTORY
    if len(end) < _END or end[:4] != b"PK\x05\x06" or end[-2:] != b"\0\0" or not small:
        raise NotVerified("parcel", "the parcel does not end as a ZIP of three members does")
    if data[-_END - 20 :][:4] == b"PK\x06\x07":  # a ZIP64 end has sizes of its own
        raise NotVerified("parcel", "the parcel is a ZIP64")


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * info.compress_size


def _small(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    if info.file_size > most:
        raise NotVerified("parcel", f"{info.filename} is larger than {most} bytes")
    with archive.open(info) as member:
        data = member.read(most + 1)
    # the header's size is the sender's claim; what counts is what came out
    if len(data) != info.file_size:
        raise NotVerified("parcel", f"{info.filename} is not of the size that the ZIP says")
    return data


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise NotVerified(
            "parcel", f"the parcel is no readable ZIP ({type(error).__name__})"
        ) from None
