"""The parcel's inside: a ZIP of exactly these members (design 3). Pure: bytes in, bytes out.

    manifest.json, manifest.json.jws (detached), entries.csv, slice.salt

and after the JWS, for `cms` and `openpgp`, the detached signature that the partner's own tool
reads: manifest.json.p7s or manifest.json.asc.

The reader is strict: other members, sizes beyond the limits or a ZIP that lies about itself are
refused before anything is inflated beyond its cap (threats.md E12).
"""

import io
import zipfile
import zlib
from dataclasses import dataclass

from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.jws"
ENTRIES = "entries.csv"
SALT = "slice.salt"
NATIVE = {Envelope.CMS: "manifest.json.p7s", Envelope.OPENPGP: "manifest.json.asc"}

SALT_BYTES = 32

LIMITS = {  # bytes after inflating
    MANIFEST: 8 * 1024 * 1024,
    SIGNATURE: 8 * 1024,
    **dict.fromkeys(NATIVE.values(), 16 * 1024),
    ENTRIES: 128 * 1024 * 1024,
    SALT: SALT_BYTES,
}

MAX_PARCEL = 192 * 1024 * 1024  # bytes of a sealed parcel; a larger one is refused unread

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # of zipfile, for a way of packing that it does not know
    RuntimeError,
    ValueError,
    OSError,
)
"""What zipfile raises for bytes that are no ZIP as we write it."""

_LEVEL = 5  # of zlib: as small as 6 for such tables, in two thirds of the time
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date ZIP can say: equal content gives equal bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """The members as bytes; nothing of them is verified yet. `native` is empty for `jose`."""

    manifest: bytes
    signature: bytes
    entries: bytes
    salt: bytes
    native: bytes = b""


def members(envelope: Envelope) -> tuple[str, ...]:
    """The names in a parcel of this envelope, in their order."""
    native = (NATIVE[envelope],) if envelope in NATIVE else ()
    return (MANIFEST, SIGNATURE, *native, ENTRIES, SALT)


def pack(contents: Contents, envelope: Envelope = Envelope.JOSE) -> bytes:
    """The ZIP. entries.csv is deflated (a sixth of its size), the rest stored."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in zip(members(envelope), _members(contents, envelope), strict=True):
            info = zipfile.ZipInfo(name, _EPOCH)
            kind = zipfile.ZIP_DEFLATED if name == ENTRIES else zipfile.ZIP_STORED
            archive.writestr(info, data, kind, compresslevel=_LEVEL)
    return buffer.getvalue()


def _members(contents: Contents, envelope: Envelope) -> tuple[bytes, ...]:
    native = (contents.native,) if envelope in NATIVE else ()
    return contents.manifest, contents.signature, *native, contents.entries, contents.salt


def unpack(data: bytes, envelope: Envelope = Envelope.JOSE) -> Contents:
    """Read the ZIP that lay in this envelope, strictly. Raises NotVerified("parcel")."""
    wanted = members(envelope)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [info.filename for info in archive.infolist()]
            if names != list(wanted) or archive.comment:
                raise NotVerified(
                    "parcel", f"a parcel holds exactly {', '.join(wanted)}, in this order"
                )
            found = {info.filename: _member(archive, info) for info in archive.infolist()}
    except BROKEN as error:
        raise NotVerified(
            "parcel", f"the parcel is no readable ZIP ({type(error).__name__})"
        ) from None
    return Contents(
        found[MANIFEST],
        found[SIGNATURE],
        found[ENTRIES],
        found[SALT],
        found.get(NATIVE.get(envelope, ""), b""),
    )


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
