"""The parcel's inside: a ZIP of exactly four members (design 3). Pure: bytes in, bytes out.

    manifest.json, manifest.json.jws (detached), entries.csv, slice.salt

The reader is strict: other members, sizes beyond the limits or a ZIP that lies about itself are
refused before anything is inflated beyond its cap (threats.md E12).
"""

import io
import zipfile
import zlib
from dataclasses import dataclass

from gateway.domain.errors import NotVerified

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.jws"
ENTRIES = "entries.csv"
SALT = "slice.salt"
MEMBERS = (MANIFEST, SIGNATURE, ENTRIES, SALT)

SALT_BYTES = 32

LIMITS = {  # bytes after inflating
    MANIFEST: 8 * 1024 * 1024,
    SIGNATURE: 8 * 1024,
    ENTRIES: 128 * 1024 * 1024,
    SALT: SALT_BYTES,
}

MAX_PARCEL = 192 * 1024 * 1024  # bytes of a sealed parcel; a larger one is refused unread

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date ZIP can say: equal content gives equal bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """The four members as bytes; nothing of them is verified yet."""

    manifest: bytes
    signature: bytes
    entries: bytes
    salt: bytes


def pack(contents: Contents) -> bytes:
    """The ZIP. entries.csv is deflated (a sixth of its size), the rest stored."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in zip(MEMBERS, _members(contents), strict=True):
            info = zipfile.ZipInfo(name, _EPOCH)
            kind = zipfile.ZIP_DEFLATED if name == ENTRIES else zipfile.ZIP_STORED
            archive.writestr(info, data, kind, compresslevel=6)
    return buffer.getvalue()


def _members(contents: Contents) -> tuple[bytes, bytes, bytes, bytes]:
    return contents.manifest, contents.signature, contents.entries, contents.salt


def unpack(data: bytes) -> Contents:
    """Read the ZIP strictly. Raises NotVerified("parcel")."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [info.filename for info in archive.infolist()]
            if names != list(MEMBERS) or archive.comment:
                raise NotVerified(
                    "parcel", f"a parcel holds exactly {', '.join(MEMBERS)}, in this order"
                )
            members = [_member(archive, info) for info in archive.infolist()]
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ) as error:
        raise NotVerified(
            "parcel", f"the parcel is no readable ZIP ({type(error).__name__})"
        ) from None
    return Contents(*members)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    limit = LIMITS[info.filename]
    if info.file_size > limit:
        raise NotVerified("parcel", f"{info.filename} is larger than {limit} bytes")
    with archive.open(info) as member:
        data = member.read(limit + 1)
    # the header's size is the sender's claim; what counts is what came out
    if len(data) > limit or len(data) != info.file_size:
        raise NotVerified("parcel", f"{info.filename} is not of the size that the ZIP says")
    if info.filename == SALT and len(data) != SALT_BYTES:
        raise NotVerified("parcel", f"slice.salt has {SALT_BYTES} bytes")
    return data
