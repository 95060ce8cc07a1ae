"""Keys that are the same on every run, for the bundles that are kept in tests/vectors/bundles.

Each private key is made from the words beside it and is in no file: these keys protect nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.domain.cms import der, names
from gateway.domain.cms.ber import SET
from gateway.domain.openpgp import armor
from gateway.domain.openpgp.packets import Tag, subpacket, write
from gateway.domain.times import DAY, MINUTE, SECOND, Micros
from gateway.domain.trust import Algorithm, Owner, PinnedKey, Role, Trust
from gateway.ports import Signer
from keys import jwk, openpgp_certify, openpgp_keys, openpgp_signatures
from keys.raw import PrivateSigner
from tests.vectors.keyring import GATEWAY, GATEWAY_OWNER, PARTNER_OWNER, START, Keys

SINCE, UNTIL = START - 300 * DAY, START + 300 * DAY


def seed(words: str) -> bytes:
    """32 bytes that follow from the words."""
    return hashlib.sha256(b"palang test vector: " + words.encode()).digest()


@dataclass(frozen=True)
class P256Signer:
    """ES256 with the deterministic nonce of RFC 6979. Implements ports.Signer."""

    key: ec.EllipticCurvePrivateKey

    @property
    def public(self) -> str:
        return jwk.public_text(self.key.public_key())

    @property
    def kid(self) -> str:
        return jwk.thumbprint(self.public)

    @property
    def alg(self) -> Algorithm:
        return Algorithm.ES256

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self.der(data))
        return r.to_bytes(32) + s.to_bytes(32)

    def der(self, data: bytes) -> bytes:
        """The signature as CMS has it."""
        return self.key.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True))


class FixedKeys(Keys):
    """The keys of the made-up parties, from words; with those that only these bundles have."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.signers["unpinned"] = PrivateSigner(ed25519("unpinned"))
        self.es256, self.es256_stranger = p256("partner ES256"), p256("nobody's ES256")
        self._pin(self.es256, Role.STATEMENT)
        self.pgp, self.pgp_public = self._openpgp()
        for role, owner in (
            (Role.MANIFEST, GATEWAY_OWNER),
            (Role.CHECKPOINT, GATEWAY_OWNER),
            (Role.STATEMENT, PARTNER_OWNER),
        ):
            # rotated: its time was over soon after the sealing, before the export
            self.add(f"first-{role}", owner, role, until=START + 4 * MINUTE)
            self.add(f"later-{role}", owner, role, revoked=START + DAY)

    def add(
        self,
        name: str,
        owner: Owner,
        role: Role,
        until: Micros = UNTIL,
        revoked: Micros | None = None,
    ) -> None:
        signer = PrivateSigner(ed25519(name))
        self.signers[name] = signer
        pin = PinnedKey(signer.kid, owner, role, signer.alg, signer.public, SINCE, until, revoked)
        self.pins.append(pin)

    def _made(self, name: str) -> PrivateSigner:
        return PrivateSigner(ed25519(name))

    def _add_seal(self, name: str, owner: Owner) -> None:
        public = X25519PrivateKey.from_private_bytes(seed(f"seal {name}")).public_key()
        pin = jwk.pinned_key(public, owner, Role.SEAL, START - DAY, UNTIL)
        self.pins.append(pin)
        self.seal[name] = pin.kid

    def _pin(self, signer: Signer, role: Role) -> None:
        alg, public = signer.alg, signer.public
        self.pins.append(PinnedKey(signer.kid, PARTNER_OWNER, role, alg, public, SINCE, UNTIL))

    def _openpgp(self) -> tuple[PrivateSigner, openpgp_keys.PublicPacket]:
        key = ed25519("partner OpenPGP")
        signer, public = PrivateSigner(key), key.public_key()
        made = openpgp_certify.certify_signing(signer, public, Role.STATEMENT, "opr-uji-a", SINCE)
        pin = (made.kid, PARTNER_OWNER, Role.STATEMENT, Algorithm.OPENPGP, made.public)
        self.pins.append(PinnedKey(*pin, SINCE, UNTIL))
        return signer, openpgp_keys.make(public, SINCE // SECOND, sealing=False)

    def shown(self, *names: str) -> Trust:
        """The keys that a bundle carries: without those that only lies are signed with."""
        hidden = ("old-", "gone-", "siti-2", "stranger", "first-", "later-")
        kids = {one.kid for name, one in self.signers.items() if name.startswith(hidden)}
        kids -= {one.kid for name, one in self.signers.items() if name.startswith(names or ("-",))}
        return Trust(GATEWAY, [pin for pin in self.pins if pin.kid not in kids])

    def stamped(self, authority: str) -> Trust:
        """The trust file, with a time-stamping authority."""
        return Trust(GATEWAY, self.pins, [authority])


def ed25519(words: str) -> Ed25519PrivateKey:
    """A signing key."""
    return Ed25519PrivateKey.from_private_bytes(seed(words))


def p256(words: str) -> P256Signer:
    """A signing key on P-256."""
    secret = int.from_bytes(seed(words)) % (2**255) + 1
    return P256Signer(ec.derive_private_key(secret, ec.SECP256R1()))


def cms(payload: bytes, signer: P256Signer, signed: bytes = b"") -> bytes:
    """A CMS message as `openssl cms -sign -nodetach -binary -keyid` makes it; `signed` instead of
    the payload is what the digest is of."""
    hashed = hashlib.sha256(signed or payload).digest()
    values = ((names.CONTENT_TYPE, names.DATA), (names.MESSAGE_DIGEST, der.octets(hashed)))
    attributes = sorted(der.sequence(name, der.tlv(SET, value)) for name, value in values)
    info = der.sequence(
        der.integer(3),
        der.tlv(0x80, jwk.subject_key_identifier(signer.key.public_key())),
        der.sequence(names.SHA256),
        der.tlv(0xA0, *attributes),
        der.sequence(names.ECDSA_SHA256),
        der.octets(signer.der(der.tlv(SET, *attributes))),
    )
    content = der.sequence(names.DATA, der.tlv(0xA0, der.octets(payload)))
    digests = der.tlv(SET, der.sequence(names.SHA256))
    body = der.sequence(der.integer(3), digests, content, der.tlv(SET, info))
    return der.sequence(names.SIGNED, der.tlv(0xA0, body))


def openpgp(payload: bytes, keys: FixedKeys, signed: bytes = b"", at: Micros = START) -> bytes:
    """A message as `gpg --sign --armor` makes it; `signed` instead of the payload is signed."""
    issuer = keys.pgp_public
    said = subpacket(openpgp_signatures.CREATED, (at // SECOND).to_bytes(4), critical=True)
    binary = openpgp_signatures.BINARY
    packet = openpgp_signatures.sign(keys.pgp, issuer, binary, said, signed or payload)
    first = bytes([3, binary, 8, issuer.kind]) + issuer.fingerprint[-8:] + b"\x01"
    literal = b"b\x00" + bytes(4) + payload
    whole = write(Tag.ONE_PASS, first) + write(Tag.LITERAL, literal) + packet
    return armor.write(whole, armor.MESSAGE)
