"""The evidence bundle's form: a STORED ZIP that anybody can build again, byte for byte (design 8).

Members sorted by name, dates 1980-01-01, no compression, no extra fields, and `index.json` with
every other member's SHA-256. Equal content gives equal bytes, so a verifier rebuilds the file and
demands equality: nothing can hide between, before or behind the members. Pure: bytes in, bytes out.
"""

import io
import struct
import zipfile
from collections.abc import Mapping

from gateway.domain.canonical import decode, digest, encode
from gateway.domain.errors import NotVerified

INDEX = "index.json"
MAX_BUNDLE = 512 * 1024 * 1024  # bytes; the largest slice is 128 MiB, statements a few dozen
MAX_MEMBERS = 20_000

Members = dict[str, bytes]

_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that ZIP can say
_UNIX = 3  # "made on", fixed so that the bytes do not tell the machine
_LOCAL = struct.Struct("<4s5H3I2H")  # APPNOTE.TXT 4.3.7, local file header
_SIGNATURE = b"PK\x03\x04"


def index_of(members: Mapping[str, bytes]) -> bytes:
    """index.json of these members; it does not list itself."""
    digests = {name: digest(data) for name, data in members.items() if name != INDEX}
    return encode({"v": 1, "typ": "index", "members": digests})


def damaged(members: Mapping[str, bytes]) -> list[str]:
    """The members that index.json leaves out, lists without need, or lists with another digest;
    index.json itself where it is not in the one form that there is."""
    if members[INDEX] == index_of(members):
        return []
    try:
        listed = decode(members[INDEX], what=INDEX).get("members")
    except NotVerified:
        return [INDEX]
    claimed = listed if isinstance(listed, dict) else {}
    found = {name: digest(data) for name, data in members.items() if name != INDEX}
    names = {*claimed, *found}
    return sorted(n for n in names if claimed.get(n) != found.get(n)) or [INDEX]


def pack(members: Mapping[str, bytes]) -> bytes:
    """The bundle of these members, with its index."""
    return build({**members, INDEX: index_of(members)})


def build(members: Mapping[str, bytes]) -> bytes:
    """The ZIP of exactly these members; a verifier compares this with what it got."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = _UNIX
            archive.writestr(info, members[name])
    return buffer.getvalue()


def unpack(data: bytes) -> Members:
    """The members, read from the local headers one behind the other.

    Checksums and the central directory are not looked at here: `build(unpack(data)) == data` proves
    them, and a damaged member is then named by the index. Raises NotVerified("bundle") for what is
    no bundle at all.
    """
    if len(data) > MAX_BUNDLE:
        raise NotVerified("bundle", f"a bundle has at most {MAX_BUNDLE} bytes")
    members: Members = {}
    offset = 0
    while data[offset : offset + 4] == _SIGNATURE:
        name, begin, end = _local_header(data, offset)
        if name in members or len(members) >= MAX_MEMBERS:
            raise NotVerified("bundle", "a member stands twice, or there are too many")
        members[name] = data[begin:end]
        offset = end
    if INDEX not in members:
        raise NotVerified("bundle", f"expected an evidence bundle: a stored ZIP with {INDEX}")
    return members


def _local_header(data: bytes, offset: int) -> tuple[str, int, int]:
    try:
        head = _LOCAL.unpack_from(data, offset)
    except struct.error:
        raise NotVerified("bundle", "the bundle ends within a member's header") from None
    flags, method, stored, size = head[2], head[3], head[7], head[8]
    name_size, extra_size = head[9], head[10]
    begin = offset + _LOCAL.size + name_size
    end = begin + stored
    if flags or method or extra_size or size != stored or end > len(data):
        raise NotVerified("bundle", "a member is compressed, encrypted or cut short")
    name = data[begin - name_size : begin]
    if not name.isascii():
        raise NotVerified("bundle", "a member's name is not ASCII")
    return name.decode("ascii"), begin, end
