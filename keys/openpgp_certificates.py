"""OpenPGP certificates: one key taken out of what a partner exports (RFC 9580 10.1).

What a certificate says of its own end or revocation counts once, when a person brings it in. From
then on the pin's window and revocation alone decide (promise C). `Usable.public` keeps the primary
key, one user id and the one key that is used, with the self-signatures that bind them, and no more;
a pin may also hold what `gpg --export` wrote, as its fingerprint leads to one key only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.domain.errors import NotVerified
from gateway.domain.fingerprints import PGP
from gateway.domain.openpgp import armor
from gateway.domain.openpgp.packets import Packet, Tag, read, write
from gateway.domain.trust import MAX_CERTIFICATE, Algorithm, PinnedKey, Role
from keys import openpgp_keys as keys
from keys import openpgp_signatures as signatures
from keys.openpgp_keys import PublicPacket
from keys.openpgp_signatures import Signature

MAX_EXPORT = 256 * 1024  # bytes of a certificate as handed in, with other people's signatures
_MAX_PACKETS = 512
_WHAT = "the OpenPGP certificate"


@dataclass(frozen=True, slots=True)
class Part:
    """A user id or key with the signatures after it."""

    packet: Packet
    signatures: list[Packet] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Usable:
    """One key of a certificate that can serve a role.

    `public` is the minimal certificate as armour; `ends` (seconds since 1970) is what the
    certificate says of it, None for never; `revoked` likewise.
    """

    key: PublicPacket
    public: str
    ends: int | None
    revoked: bool

    @property
    def kid(self) -> str:
        """The key id as pinned."""
        return PGP + self.key.fingerprint.hex()


def usable(data: bytes, role: Role) -> tuple[Usable, ...]:
    """The keys of one certificate, as gpg exports it, that can serve this role; newest first.

    Raises NotVerified: malformed (no single certificate, no valid self-signature), wrong-alg.
    """
    if len(data) > MAX_EXPORT:
        raise NotVerified("malformed", f"a certificate has at most {MAX_EXPORT} bytes")
    if b"PRIVATE KEY" in data[:64]:
        raise NotVerified("malformed", "this is a private key; it must never leave its owner")
    raw = armor.read(data, armor.PUBLIC_KEY) if armor.is_armored(data) else data
    found = sorted(_usable(_parts(raw), role), key=lambda one: one.key.created, reverse=True)
    return tuple(found)


def _parts(raw: bytes) -> list[Part]:
    parts: list[Part] = []
    for packet in read(raw, _WHAT, _MAX_PACKETS):
        if packet.tag is Tag.SIGNATURE and parts:
            parts[-1].signatures.append(packet)
        elif (packet.tag is Tag.PUBLIC_KEY) == (not parts):
            parts.append(Part(packet))
        else:
            raise NotVerified("malformed", "expected one OpenPGP certificate and nothing more")
    if not parts:
        raise NotVerified("malformed", f"{_WHAT} is empty")
    return parts


def _usable(parts: list[Part], role: Role) -> Iterator[Usable]:
    primary = keys.read(parts[0].packet.body)
    revoked = any(s.type in signatures.REVOKED for s in _own(parts[0], primary, b""))
    name, claim = _name(parts, primary)
    head = _write(parts[0].packet) + _write(name) + write(Tag.SIGNATURE, claim.body)
    ends = claim.ends(signatures.KEY_ENDS, primary.created)
    if _serves(primary, claim.flags, role):
        yield Usable(primary, armor.write(head, armor.PUBLIC_KEY).decode(), ends, revoked)
    for part in parts[1:]:
        if part.packet.tag is Tag.PUBLIC_SUBKEY:
            yield from _subkey(part, primary, role, Usable(primary, "", ends, revoked), head)


def _subkey(
    part: Part, primary: PublicPacket, role: Role, whole: Usable, head: bytes
) -> Iterator[Usable]:
    try:
        key = keys.read(part.packet.body)
    except NotVerified:
        return  # of a kind that we don't use; other keys of the certificate may serve
    own = list(_own(part, primary, key.hashed))
    bindings = [s for s in own if s.type == signatures.SUBKEY]
    if not bindings:
        return
    binding = max(bindings, key=lambda s: s.created)
    if not _serves(key, binding.flags, role) or not _agrees(key, binding, primary, role):
        return
    public = head + _write(part.packet) + write(Tag.SIGNATURE, binding.body)
    ends = [whole.ends, binding.ends(signatures.KEY_ENDS, key.created)]
    yield Usable(
        key,
        armor.write(public, armor.PUBLIC_KEY).decode(),
        min((end for end in ends if end is not None), default=None),
        whole.revoked or any(s.type in signatures.REVOKED for s in own),
    )


def _serves(key: PublicPacket, flags: int, role: Role) -> bool:
    if role is Role.SEAL:
        return key.kind in keys.SEALS and bool(flags & signatures.FLAG_SEAL)
    return key.kind in keys.SIGNS and bool(flags & signatures.FLAG_SIGN)


def _agrees(key: PublicPacket, binding: Signature, primary: PublicPacket, role: Role) -> bool:
    """Whether a signing subkey says itself that it belongs here (RFC 9580 5.2.3.34)."""
    if role is Role.SEAL:
        return True
    try:
        back = signatures.read(memoryview(binding.embedded), "a back signature")
        signatures.verify(back, key, primary.hashed, key.hashed)
    except NotVerified:
        return False
    return back.type == signatures.PRIMARY


def _name(parts: list[Part], primary: PublicPacket) -> tuple[Packet, Signature]:
    """The user id whose certification by the key itself is the newest."""
    found = [
        (claim, part.packet)
        for part in parts
        if part.packet.tag is Tag.USER_ID
        for claim in _own(part, primary, _user_id(part.packet))
        if claim.type in signatures.CERTIFICATIONS
    ]
    if not found:
        raise NotVerified("malformed", f"{_WHAT} has no user id that its own key certified")
    claim, packet = max(found, key=lambda one: one[0].created)
    return packet, claim


def _user_id(packet: Packet) -> bytes:
    return b"\xb4" + len(packet.body).to_bytes(4) + packet.body


def _own(part: Part, primary: PublicPacket, subject: bytes) -> Iterator[Signature]:
    """The signatures of a part that the primary key made; those of others prove nothing here."""
    for packet in part.signatures:
        try:
            signature = signatures.read(packet.body)
            signatures.verify(signature, primary, primary.hashed, subject)
        except NotVerified:
            continue  # another's, or in an old algorithm; at least one that holds is needed
        yield signature


def _write(packet: Packet) -> bytes:
    return write(packet.tag, packet.body)


@lru_cache(maxsize=1024)
def _pinned(kid: str, public: str, role: Role) -> PublicPacket:
    if len(public) > MAX_CERTIFICATE:
        raise NotVerified("malformed", f"key {kid}: the certificate is too long")
    for one in usable(public.encode(), role):
        if one.kid == kid:  # the fingerprint is over the whole key: no other fits it
            return one.key
    raise NotVerified("malformed", f"key {kid}: its certificate holds no such {role} key")


def pinned(pin: PinnedKey) -> PublicPacket:
    """The key behind a pin, if id, role and certificate belong together.

    Whether the pin counts now is not asked here. Raises NotVerified: wrong-alg, malformed.
    """
    if pin.alg is not Algorithm.OPENPGP:
        raise NotVerified("wrong-alg", f"key {pin.kid} is no OpenPGP key")
    return _pinned(pin.kid, pin.public, pin.role)
