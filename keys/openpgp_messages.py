"""A signed OpenPGP message and its one signature, read and written (the form:
gateway/domain/openpgp/content.py)."""

from dataclasses import dataclass

from gateway.domain.errors import NotVerified
from gateway.domain.openpgp import content
from gateway.domain.openpgp.content import WHAT
from gateway.domain.openpgp.packets import Packet, Reader, Tag, read, write
from keys import openpgp_signatures as signatures
from keys.openpgp_signatures import Signature

_ONE_PASS = 3  # version of the packet (RFC 9580 5.4)


@dataclass(frozen=True, slots=True)
class SignedLiteral:
    """One literal and the one signature over it; nothing is verified yet."""

    literal: memoryview
    signature: Signature


def signed(data: memoryview, most: int) -> SignedLiteral:
    """A message as `gpg --sign` makes it. Raises NotVerified: malformed, wrong-alg, too-large."""
    found = content.signed(data, most)
    signature = signatures.read(found.last.body)
    _check_one_pass(found.first, signature)
    return SignedLiteral(found.file, signature)


def message(literal: bytes, signature: bytes) -> bytes:
    """The packets that `gpg --sign` makes of one file, uncompressed, around a detached signature
    packet over it. Raises NotVerified."""
    made = signatures.read(read(signature, "the OpenPGP signature", 1)[0].body)
    key_id = bytes.fromhex(made.fingerprint)[-8:]
    head = bytes([_ONE_PASS, made.type, made.hash, made.kind]) + key_id + b"\x01"
    file = b"b\x00" + bytes(4) + literal  # without a name and a date: neither is signed
    return write(Tag.ONE_PASS, head) + write(Tag.LITERAL, file) + signature


def _check_one_pass(packet: Packet, signature: Signature) -> None:
    """What is said before the file must be what is said after it (RFC 9580 5.4)."""
    reader = Reader(packet.body, "the one-pass signature")
    version, type_, digest, kind = (reader.number(1) for _ in range(4))
    key_id, last = bytes(reader.take(8)), reader.number(1)
    reader.end()
    same = (type_, digest, kind) == (signature.type, signature.hash, signature.kind)
    if version != _ONE_PASS or last != 1 or not same or key_id.hex() != signature.fingerprint[-16:]:
        raise NotVerified("malformed", f"{WHAT} has a head and a signature that do not agree")
