"""The `cms` envelope: round trips, and every attack on its form ends in one refusal."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.cms import ber, der, names, signed
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.parcel import MAX_PARCEL
from gateway.domain.trust import Algorithm, Role
from keys import cms_recipients, cms_sealed, envelopes, jwk
from keys.cms_sealed import open_cms, seal
from keys.envelopes import EnvelopeSealer, open_sealed
from keys.keyring import KeyOpeners
from tests.keys.cms_parts import OPENERS, PLAIN, SEALS, infos, rsa, sealed
from tests.keys.parties import OTHER_SEAL, SEAL, SEAL_P256, STATEMENT_ES256, Held, refused

EACH = pytest.mark.parametrize("to", SEALS.values(), ids=SEALS)


@EACH
@pytest.mark.parametrize("size", [0, 1, 127, 128, 65_536, 3 * cms_sealed.CHUNK + 7])
def test_what_was_sealed_comes_out(to: Held, size: int) -> None:
    plain = secrets.token_bytes(size)
    data = seal(plain, to.pin)
    assert open_cms(data, OPENERS) == plain
    assert ber.read(data, "it").encoded == data
    assert len(data) - size < 800


@EACH
def test_the_message_that_the_tests_change_opens_unchanged(to: Held) -> None:
    assert open_cms(sealed(to), OPENERS) == PLAIN


@EACH
def test_two_seals_share_no_key_and_no_nonce(to: Held) -> None:
    one, two = (open_parts(seal(PLAIN, to.pin)) for _ in range(2))
    assert one[0] != two[0] and one[1] != two[1]


def open_parts(data: bytes) -> tuple[bytes, bytes]:
    """Nonce and sealed bytes."""
    body = signed.content_of(ber.read(data, "it"))[1]
    nonce, pieces = cms_sealed._content(body.parts[2])
    return nonce, b"".join(pieces)


def test_a_message_to_a_key_that_is_not_here_is_refused_by_name() -> None:
    refused("unknown-key", lambda: open_cms(seal(PLAIN, OTHER_SEAL.pin), OPENERS))


CHANGED: list[tuple[str, dict[str, Any]]] = [
    ("malformed", {"version": der.integer(1)}),
    ("malformed", {"version": der.tlv(2, b"\xff")}),
    ("malformed", {"version": der.tlv(2, b"\0\0")}),
    ("malformed", {"version": der.tlv(2, b"")}),
    ("malformed", {"before": der.tlv(0xA0)}),  # originatorInfo
    ("malformed", {"after": der.tlv(0xA1)}),  # authAttrs
    ("malformed", {"last": der.tlv(0xA2)}),  # unauthAttrs
    ("malformed", {"type": names.SIGNED}),  # nested
    ("malformed", {"type": names.AUTH_ENVELOPED}),
    ("wrong-alg", {"outer": names.ENVELOPED}),
    ("wrong-alg", {"outer": names.SIGNED}),
    ("wrong-alg", {"outer": names.DATA}),
    ("malformed", {"recipients": infos()}),
    ("malformed", {"tag_size": 12}),
    ("malformed", {"tag_size": 4}),
    ("malformed", {"nonce": bytes(11)}),
    ("malformed", {"nonce": bytes(13)}),
    ("malformed", {"nonce": b""}),
    ("cant-open", {"nonce": bytes(11) + b"\1"}),
    ("cant-open", {"tag": bytes(16)}),
    ("cant-open", {"content": der.tlv(0x80, bytes(len(PLAIN)))}),
    ("cant-open", {"content": der.tlv(0x80, b"")}),
    ("malformed", {"content": b""}),
    ("malformed", {"content": der.octets(PLAIN)}),
    ("malformed", {"content": der.tlv(0xA0, der.sequence())}),
    ("wrong-alg", {"algorithm": der.sequence(next(iter(names.AES_CBC)), der.octets(bytes(16)))}),
    ("wrong-alg", {"algorithm": der.sequence(names.AES_256_WRAP, der.octets(bytes(16)))}),
    ("malformed", {"algorithm": der.sequence(names.AES_256_GCM)}),
    ("malformed", {"algorithm": der.sequence(names.AES_256_GCM, der.octets(bytes(12)))}),
]


@pytest.mark.parametrize(("reason", "changed"), CHANGED, ids=[str(one[1])[:50] for one in CHANGED])
def test_a_message_of_another_form_is_refused(reason: str, changed: dict[str, Any]) -> None:
    refused(reason, lambda: open_cms(sealed(**changed), OPENERS))


@pytest.mark.parametrize("size", range(16))
def test_e17_a_shorter_tag_is_refused(size: int) -> None:
    refused("malformed", lambda: open_cms(sealed(tag=bytes(size)), OPENERS))


def test_two_recipients_are_refused() -> None:
    one = cms_recipients.write(bytes(32), jwk.public_key(SEAL_P256.pin))
    twice = bytes(ber.read(one, "it").parts[0].encoded)
    refused("malformed", lambda: open_cms(sealed(recipients=infos(twice, twice)), OPENERS))


@EACH
def test_nothing_may_follow_or_be_missing(to: Held) -> None:
    data = seal(PLAIN, to.pin)
    refused("malformed", lambda: open_cms(data + b"\0", OPENERS))
    for cut in range(len(data)):
        refused("malformed", lambda cut=cut: open_cms(data[:cut], OPENERS))  # type: ignore[misc]  # bound now


@EACH
def test_any_flipped_bit_is_refused_and_nothing_else_leaves(to: Held) -> None:
    data = seal(PLAIN, to.pin)
    reasons = set()
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        with pytest.raises(NotVerified) as caught:
            open_cms(bytes(changed), OPENERS)
        reasons.add(caught.value.reason)
    assert reasons <= {"malformed", "wrong-alg", "unknown-key", "cant-open"}
    assert "cant-open" in reasons


# recipients


def _agreed(**changed: Any) -> bytes:
    """A KeyAgreeRecipientInfo to the P-256 key with parts changed."""
    public = jwk.public_key(SEAL_P256.pin)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    own = ec.generate_private_key(ec.SECP256R1())
    point = changed.get("point") or own.public_key().public_bytes(
        Encoding.X962, PublicFormat.UncompressedPoint
    )
    wrapped = changed.get("wrapped", bytes(40))
    rid = changed.get("rid") or der.tlv(0xA0, der.octets(jwk.subject_key_identifier(public)))
    entry = der.sequence(rid, der.octets(wrapped))
    kind = changed.get("kind", der.sequence(names.EC_KEY))
    scheme = changed.get("scheme") or der.sequence(
        names.ECDH_X963_SHA256, der.sequence(names.AES_256_WRAP)
    )
    return der.tlv(
        0xA1,
        der.integer(3),
        der.tlv(0xA0, der.tlv(0xA1, kind, der.tlv(3, changed.get("unused", b"\0"), point))),
        changed.get("ukm", b""),
        scheme,
        der.sequence(*[entry] * changed.get("entries", 1)),
    )


def _compressed() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


_SHA1_KDF = der.oid("1.3.133.16.840.63.0.2")
_WRAP = der.sequence(names.AES_256_WRAP)
_WRAP_NULL = der.sequence(names.AES_256_WRAP, der.NOTHING)
_ISSUER = der.sequence(der.sequence(), der.integer(7))
AGREED: list[tuple[str, dict[str, Any]]] = [
    ("cant-open", {}),
    ("cant-open", {"wrapped": bytes(24)}),
    ("cant-open", {"wrapped": b""}),
    ("cant-open", {"wrapped": bytes(39)}),
    ("malformed", {"wrapped": bytes(41)}),
    ("malformed", {"point": b"\x04" + bytes(64)}),  # not on the curve (E18)
    ("malformed", {"point": b"\0"}),  # at infinity
    ("malformed", {"point": b"\x04" + b"\xff" * 64}),
    ("malformed", {"point": bytes(32)}),
    ("malformed", {"unused": b"\1"}),
    ("malformed", {"ukm": der.tlv(0xA1, der.octets(b"x"))}),
    ("malformed", {"entries": 0}),
    ("malformed", {"entries": 2}),
    ("malformed", {"rid": _ISSUER}),
    ("malformed", {"rid": der.tlv(0xA0, der.octets(b""))}),
    ("malformed", {"rid": der.tlv(0xA0, der.octets(bytes(65)))}),
    ("unknown-key", {"rid": der.tlv(0xA0, der.octets(bytes(20)))}),
    ("wrong-alg", {"kind": der.sequence(names.EC_KEY, der.oid("1.3.132.0.34"))}),  # P-384
    ("wrong-alg", {"kind": der.sequence(names.X25519)}),
    ("malformed", {"kind": der.sequence()}),
    ("wrong-alg", {"scheme": der.sequence(_SHA1_KDF, der.sequence(names.AES_256_WRAP))}),
    ("wrong-alg", {"scheme": der.sequence(names.ECDH_X963_SHA256)}),
    (
        "wrong-alg",
        {"scheme": der.sequence(names.ECDH_HKDF_SHA256, der.sequence(names.AES_256_WRAP))},
    ),
    (
        "wrong-alg",
        {
            "scheme": der.sequence(
                names.ECDH_X963_SHA256, der.sequence(names.AES_256_WRAP, der.NOTHING)
            )
        },
    ),
]


@pytest.mark.parametrize(("reason", "changed"), AGREED, ids=[str(one[1])[:50] for one in AGREED])
def test_an_agreed_recipient_of_another_form_is_refused(
    reason: str, changed: dict[str, Any]
) -> None:
    data = sealed(recipients=infos(_agreed(**changed)))
    refused(reason, lambda: open_cms(data, OPENERS))


def test_a_point_in_its_compressed_form_is_read_as_the_same_point() -> None:
    data = sealed(recipients=infos(_agreed(point=_compressed())))
    refused("cant-open", lambda: open_cms(data, OPENERS))


@pytest.mark.parametrize("u", [0, 1])
def test_e18_an_x25519_point_of_small_order_is_refused(u: int) -> None:
    point = u.to_bytes(32, "little")
    rid = der.tlv(0xA0, der.octets(jwk.subject_key_identifier(jwk.public_key(SEAL.pin))))
    scheme = der.sequence(names.ECDH_HKDF_SHA256, der.sequence(names.AES_256_WRAP))
    found = _agreed(rid=rid, scheme=scheme, kind=der.sequence(names.X25519), point=point)
    refused("malformed", lambda: open_cms(sealed(recipients=infos(found)), OPENERS))


def test_x25519_with_x963_opens_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8418 has both; other writers take the older one."""
    monkeypatch.setattr(names, "ECDH_HKDF_SHA256", names.ECDH_X963_SHA256)
    data = seal(PLAIN, SEAL.pin)
    monkeypatch.undo()
    assert names.ECDH_X963_SHA256 in data
    assert open_cms(data, OPENERS) == PLAIN


def _transported(sealed_key: bytes, algorithm: bytes, name: bytes | None = None) -> bytes:
    public = jwk.public_key(rsa(Role.SEAL).pin)
    named = name or der.tlv(0x80, jwk.subject_key_identifier(public))
    return infos(der.sequence(der.integer(2), named, algorithm, der.octets(sealed_key)))


def test_an_rsa_recipient_without_oaep_and_sha256_is_refused() -> None:
    public: Any = jwk.public_key(rsa(Role.SEAL).pin)
    old = public.encrypt(bytes(32), padding.PKCS1v15())
    weak = public.encrypt(bytes(32), padding.OAEP(padding.MGF1(SHA1()), SHA1(), None))  # noqa: S303  weak on purpose
    for key, algorithm in (
        (old, der.sequence(names.RSA_PKCS1, der.NOTHING)),
        (old, der.sequence(names.RSA_PKCS1)),
        (weak, der.sequence(names.RSA_OAEP, der.sequence())),
        (weak, der.sequence(names.RSA_OAEP)),
    ):
        data = sealed(recipients=_transported(key, algorithm))
        refused("wrong-alg", lambda data=data: open_cms(data, OPENERS))  # type: ignore[misc]  # bound now


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_an_rsa_recipient_with_a_content_key_of_another_length_is_refused(size: int) -> None:
    public: Any = jwk.public_key(rsa(Role.SEAL).pin)
    key = public.encrypt(bytes(size), cms_recipients._oaep())
    data = sealed(recipients=_transported(key, cms_recipients._OAEP))
    refused("cant-open", lambda: open_cms(data, OPENERS))


def test_an_rsa_recipient_with_rubbish_gives_the_same_refusal_whatever_is_wrong() -> None:
    said = set()
    for key in (b"", bytes(384), secrets.token_bytes(384), b"\xff" * 384, bytes(512)):
        data = sealed(recipients=_transported(key, cms_recipients._OAEP))
        said.add(str(refused("cant-open", lambda data=data: open_cms(data, OPENERS))))  # type: ignore[misc]  # bound now
    assert len(said) == 1


def test_a_key_of_one_kind_does_not_open_a_recipient_of_another() -> None:
    public = jwk.public_key(SEAL_P256.pin)
    name = der.tlv(0x80, jwk.subject_key_identifier(public))
    data = sealed(recipients=_transported(bytes(384), cms_recipients._OAEP, name))
    refused("wrong-alg", lambda: open_cms(data, OPENERS))


def test_a_recipient_of_an_unknown_choice_is_refused() -> None:
    for tag in (0xA2, 0xA3, 0xA4):  # kekri, pwri, ori
        data = sealed(recipients=infos(der.tlv(tag, der.integer(4))))
        refused("wrong-alg", lambda data=data: open_cms(data, OPENERS))  # type: ignore[misc]  # bound now


# BER


def indefinite(tag: int, *parts: bytes) -> bytes:
    """A constructed element without a length."""
    return bytes((tag, 0x80)) + b"".join(parts) + b"\0\0"


def _as_stream(data: bytes, size: int) -> bytes:
    """The same message as `openssl cms -stream` writes it."""
    kind, content = signed.content_of(ber.read(data, "it"))
    version, recipients, inner, tag = content.parts
    octets = inner.parts[2].value
    pieces = [der.octets(bytes(octets[i : i + size])) for i in range(0, len(octets), size)]
    body = indefinite(
        0x30,
        bytes(inner.parts[0].encoded),
        bytes(inner.parts[1].encoded),
        indefinite(0xA0, *pieces),
    )
    whole = (bytes(version.encoded), bytes(recipients.encoded), body, bytes(tag.encoded))
    return indefinite(0x30, kind, indefinite(0xA0, indefinite(0x30, *whole)))


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_message_in_pieces_without_lengths_opens(size: int) -> None:
    assert open_cms(_as_stream(seal(PLAIN, SEAL_P256.pin), size), OPENERS) == PLAIN


def test_a_message_in_pieces_that_is_cut_off_or_changed_is_refused() -> None:
    data = _as_stream(seal(PLAIN, SEAL_P256.pin), 7)
    for at in range(len(data)):
        refused("malformed", lambda at=at: open_cms(data[:at], OPENERS))  # type: ignore[misc]  # bound now
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        with pytest.raises(NotVerified):
            open_cms(bytes(changed), OPENERS)


BOMBS: list[Callable[[], bytes]] = [
    lambda: b"\x30\x80" * 1_000_000,
    lambda: b"\x30\x80" * 17 + b"\0\0" * 17,
    lambda: indefinite(0x30, b"\x05\0" * 70_000),
    lambda: der.sequence(*[der.integer(1)] * 70_000),
    lambda: b"\x30\x84\xff\xff\xff\xff",
    lambda: b"\x30\x88" + b"\xff" * 8,
    lambda: b"\x30\xff" + b"\xff" * 200,
    lambda: b"\x04\x80\0\0",
    lambda: b"\x3f\x81\x01\0",
    lambda: indefinite(0x30, indefinite(0x24, *[indefinite(0x24)] * 40_000)),
    lambda: b"\x30",
]


@pytest.mark.parametrize("make", BOMBS)
def test_bombs_of_nesting_lengths_and_pieces_are_refused(make: Callable[[], bytes]) -> None:
    refused("malformed", lambda: open_cms(make(), OPENERS))


# the door to all kinds


def test_the_door_takes_what_the_caller_allows_and_decides_by_the_bytes() -> None:
    data = seal(PLAIN, SEAL_P256.pin)
    assert open_sealed(data, OPENERS, set(Envelope)) == (Envelope.CMS, PLAIN)
    refused("envelope", lambda: open_sealed(data, OPENERS, {Envelope.JOSE}))
    other = EnvelopeSealer().seal(PLAIN, Envelope.JOSE, SEAL.pin)
    assert open_sealed(other, OPENERS, set(Envelope)) == (Envelope.JOSE, PLAIN)
    refused("envelope", lambda: open_sealed(other, OPENERS, {Envelope.CMS, Envelope.OPENPGP}))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"{}", b"\0", b"0", b"\x7f", b"-----BEGIN X"])
def test_what_begins_as_none_of_the_kinds_is_refused(data: bytes) -> None:
    refused("malformed", lambda: open_sealed(data, OPENERS, set(Envelope)))


def test_a_large_message_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelopes, "MAX_PARCEL", 1000)
    refused("malformed", lambda: open_sealed(b"0" * 1001, OPENERS, set(Envelope)))
    assert MAX_PARCEL > 128 * 1024 * 1024


@pytest.mark.parametrize("envelope", list(Envelope))
def test_an_envelope_is_sealed_to_a_key_of_its_own_kinds_only(envelope: Envelope) -> None:
    for to in (*SEALS.values(), STATEMENT_ES256):
        reason = "wrong-role" if to.pin.role is not Role.SEAL else "wrong-alg"
        rsa_or_pgp = to.pin.alg is Algorithm.RSA_OAEP or envelope is Envelope.OPENPGP
        if envelope is Envelope.CMS and reason == "wrong-alg":
            continue
        if reason == "wrong-role" or rsa_or_pgp:
            act = lambda to=to: EnvelopeSealer().seal(PLAIN, envelope, to.pin)  # noqa: E731
            refused(reason, act)


# what each check keeps out (threats.md E22)


def test_without_the_recipient_count_a_second_recipient_would_read_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = secrets.token_bytes(32)
    whole = (cms_recipients.write(key, jwk.public_key(to.pin)) for to in (SEAL_P256, SEAL))
    both = infos(*(bytes(ber.read(one, "it").parts[0].encoded) for one in whole))
    refused("malformed", lambda: cms_recipients.read(ber.read(both, "it")))
    found = cms_recipients._read_agreed(ber.read(both, "it").parts[0])
    assert cms_recipients.content_key(found, OPENERS) == key


def test_without_the_check_of_the_tag_forged_content_would_leave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = sealed(tag=bytes(16))
    refused("cant-open", lambda: open_cms(data, OPENERS))
    monkeypatch.setattr(cms_sealed, "InvalidTag", _Never)
    with pytest.raises(Exception) as caught:
        open_cms(data, OPENERS)
    assert type(caught.value).__name__ == "InvalidTag"


class _Never(Exception):
    """Nothing raises this."""


def test_a_key_wrapped_for_another_key_does_not_open() -> None:
    wrapped = aes_key_wrap(secrets.token_bytes(32), secrets.token_bytes(32))
    data = sealed(recipients=infos(_agreed(wrapped=wrapped)))
    refused("cant-open", lambda: open_cms(data, KeyOpeners(SEAL_P256.opener)))
