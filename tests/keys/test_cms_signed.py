"""CMS signatures: one signer, signed attributes, the pinned key; attacks of threats.md 1.1."""

import base64
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.domain.cms import ber, der, names
from gateway.domain.errors import NotVerified
from gateway.domain.trust import Role, Trust
from keys import cms_signed, cms_signers, jwk, raw
from keys.cms_signed import sign_detached, verify_detached, verify_message
from tests.keys.cms_parts import OF_OTHER, PINS, SIGNERS, STRANGER, infos
from tests.keys.parties import NOW, OPERATOR, OTHER, UNTIL, Held, refused

PAYLOAD = b'{"v":1}'
EACH = pytest.mark.parametrize("by", SIGNERS.values(), ids=SIGNERS)
ES256 = SIGNERS["ES256"]
ARGS = (OPERATOR, Role.STATEMENT, PINS, NOW)
_SHA256 = der.sequence(names.SHA256)
_CONTENT = der.sequence(names.DATA, der.tlv(0xA0, der.octets(PAYLOAD)))


def attribute(name: bytes, *values: bytes) -> bytes:
    """One attribute."""
    return der.sequence(name, der.tlv(0x31, *values))


TYPE = attribute(names.CONTENT_TYPE, names.DATA)
DIGEST = attribute(names.MESSAGE_DIGEST, der.octets(hashlib.sha256(PAYLOAD).digest()))


def signer(by: Held = ES256, **changed: Any) -> bytes:
    """A SignerInfo with parts changed; what is signed is signed well by this key."""
    form = cms_signers.form_of(by.pin.alg)
    attributes = changed.get("attributes", [TYPE, DIGEST])
    signature = by.signer.sign(changed.get("over") or der.tlv(0x31, *attributes))
    key = jwk.subject_key_identifier(jwk.public_key(by.pin))
    held = [der.tlv(0xA0, *attributes)] if changed.get("signed", True) else []
    return der.sequence(
        changed.get("version", der.integer(3)),
        changed.get("name") or der.tlv(0x80, key),
        changed.get("digest", _SHA256),
        *held,
        changed.get("algorithm", form.algorithm),
        changed.get("signature") or der.octets(form.to_cms(signature)),
        changed.get("unsigned", b""),
    )


def message(*signers: bytes, **changed: Any) -> bytes:
    """A SignedData of these."""
    body = der.sequence(
        changed.get("version", der.integer(3)),
        changed.get("digests", infos(_SHA256)),
        changed.get("content", _CONTENT),
        changed.get("certificates", b""),
        changed.get("crls", b""),
        infos(*signers),
        changed.get("last", b""),
    )
    return der.sequence(changed.get("outer", names.SIGNED), der.tlv(0xA0, body))


@EACH
def test_what_was_signed_holds_and_names_the_key(by: Held) -> None:
    mark = sign_detached(PAYLOAD, by.signer)
    assert verify_detached(mark, PAYLOAD, *ARGS) == by.pin
    refused("signature", lambda: verify_detached(mark, PAYLOAD + b" ", *ARGS))
    refused("signature", lambda: verify_detached(mark, b"", *ARGS))
    refused("malformed", lambda: verify_message(mark, *ARGS))


def test_the_message_that_the_tests_change_holds_unchanged() -> None:
    assert verify_message(message(signer()), *ARGS) == (PAYLOAD, ES256.pin)


def test_e2_no_signer_and_two_signers_are_refused() -> None:
    refused("malformed", lambda: verify_message(message(), *ARGS))
    refused("malformed", lambda: verify_message(message(signer(), signer()), *ARGS))


MANY = [attribute(der.oid(f"1.2.{n}"), der.NOTHING) for n in range(20)]
_ISSUER = der.sequence(der.sequence(), der.integer(7))
SIGNER: list[tuple[str, dict[str, Any]]] = [
    ("malformed", {"signed": False}),
    ("malformed", {"signed": False, "over": PAYLOAD}),
    ("malformed", {"attributes": []}),
    ("malformed", {"attributes": [TYPE]}),
    ("malformed", {"attributes": [DIGEST]}),
    ("malformed", {"attributes": [TYPE, TYPE, DIGEST]}),
    ("malformed", {"attributes": [TYPE, DIGEST, DIGEST]}),
    ("malformed", {"attributes": [attribute(names.CONTENT_TYPE, names.SIGNED), DIGEST]}),
    ("malformed", {"attributes": [attribute(names.CONTENT_TYPE), DIGEST]}),
    ("malformed", {"attributes": [TYPE, attribute(names.MESSAGE_DIGEST)]}),
    ("malformed", {"attributes": [TYPE, DIGEST, *MANY]}),
    ("signature", {"attributes": [TYPE, attribute(names.MESSAGE_DIGEST, der.octets(bytes(32)))]}),
    ("signature", {"attributes": [TYPE, attribute(names.MESSAGE_DIGEST, der.octets(b""))]}),
    ("signature", {"over": PAYLOAD}),
    ("signature", {"over": der.tlv(0xA0, TYPE, DIGEST)}),
    ("malformed", {"version": der.integer(1)}),
    ("malformed", {"version": der.integer(0)}),
    ("malformed", {"unsigned": der.tlv(0xA1)}),
    ("malformed", {"digest": der.sequence()}),
    ("malformed", {"digest": der.sequence(names.SHA512)}),  # not the one that is listed
    ("wrong-alg", {"algorithm": der.sequence(names.ED25519)}),
    ("wrong-alg", {"algorithm": der.sequence(names.RSA_PKCS1, der.NOTHING)}),
    ("wrong-alg", {"algorithm": der.sequence(names.ECDSA_SHA256, der.NOTHING)}),
    ("wrong-alg", {"algorithm": der.sequence()}),
    ("signature", {"signature": der.octets(b"")}),
    ("signature", {"signature": der.octets(bytes(64))}),
    ("signature", {"signature": der.octets(der.sequence(der.integer(0), der.integer(0)))}),
    ("malformed", {"signature": der.octets(bytes(513))}),
    ("malformed", {"name": der.tlv(0x80, b"")}),
    ("malformed", {"name": der.tlv(0x80, bytes(65))}),
    ("unknown-key", {"name": der.tlv(0x80, bytes(20))}),
    ("unknown-key", {"name": _ISSUER, "version": der.integer(1)}),
]


@pytest.mark.parametrize(("reason", "changed"), SIGNER, ids=[str(one[1])[:60] for one in SIGNER])
def test_a_signer_of_another_form_is_refused(reason: str, changed: dict[str, Any]) -> None:
    version = changed.get("version", der.integer(3))
    refused(reason, lambda: verify_message(message(signer(**changed), version=version), *ARGS))


_SHA1 = der.sequence(der.oid("1.3.14.3.2.26"))
MESSAGE: list[tuple[str, dict[str, Any]]] = [
    ("malformed", {"outer": names.DATA}),
    ("malformed", {"outer": names.AUTH_ENVELOPED}),
    ("malformed", {"version": der.integer(5)}),
    ("malformed", {"digests": infos()}),
    ("malformed", {"digests": infos(_SHA256, _SHA1)}),
    ("malformed", {"digests": infos(_SHA1)}),
    ("malformed", {"crls": der.tlv(0xA1)}),
    ("malformed", {"last": der.integer(1)}),
    ("malformed", {"content": der.sequence(names.SIGNED, der.tlv(0xA0, der.octets(PAYLOAD)))}),
    ("malformed", {"content": der.sequence(names.DATA)}),
    ("malformed", {"content": der.sequence(names.DATA, der.tlv(0xA0))}),
    ("signature", {"content": der.sequence(names.DATA, der.tlv(0xA0, der.octets(b"")))}),
    ("malformed", {"content": der.sequence(names.DATA, der.tlv(0xA0, der.sequence()))}),
]


@pytest.mark.parametrize(("reason", "changed"), MESSAGE, ids=[str(one[1])[:60] for one in MESSAGE])
def test_a_message_of_another_form_is_refused(reason: str, changed: dict[str, Any]) -> None:
    refused(reason, lambda: verify_message(message(signer(), **changed), *ARGS))


def test_sha1_is_no_digest_even_where_it_is_listed() -> None:
    value = hashlib.sha1(PAYLOAD, usedforsecurity=False).digest()
    digest = attribute(names.MESSAGE_DIGEST, der.octets(value))
    weak = signer(digest=_SHA1, attributes=[TYPE, digest])
    refused("wrong-alg", lambda: verify_message(message(weak, digests=infos(_SHA1)), *ARGS))


def test_who_may_have_signed() -> None:
    refused("unknown-key", lambda: verify_message(message(signer(STRANGER)), *ARGS))
    refused("wrong-owner", lambda: verify_message(message(signer(OF_OTHER)), *ARGS))
    other = (OTHER, Role.STATEMENT, PINS, NOW)
    refused("wrong-owner", lambda: verify_message(message(signer()), *other))
    role = (OPERATOR, Role.REQUEST, PINS, NOW)
    refused("wrong-role", lambda: verify_message(message(signer()), *role))
    late = (OPERATOR, Role.STATEMENT, PINS, UNTIL)
    refused("key-not-valid", lambda: verify_message(message(signer()), *late))
    revoked = Trust("palang-uji", [ES256.pin.revoked_at(NOW)])
    gone = (OPERATOR, Role.STATEMENT, revoked, NOW)
    refused("key-revoked", lambda: verify_message(message(signer()), *gone))


def test_a_signature_by_another_key_under_a_pinned_name_is_refused() -> None:
    name = der.tlv(0x80, jwk.subject_key_identifier(jwk.public_key(ES256.pin)))
    refused("signature", lambda: verify_message(message(signer(STRANGER, name=name)), *ARGS))


def test_rsa_without_pss_or_with_a_short_salt_is_refused() -> None:
    by = SIGNERS["RSA-PSS"]
    key: Any = by.key
    signed = der.tlv(0x31, TYPE, DIGEST)
    old = key.sign(signed, padding.PKCS1v15(), SHA256())
    for algorithm in (der.sequence(names.RSA_PKCS1, der.NOTHING), der.sequence(names.RSA_PSS)):
        forged = signer(by, algorithm=algorithm, signature=der.octets(old))
        refused("wrong-alg", lambda forged=forged: verify_message(message(forged), *ARGS))  # type: ignore[misc]  # bound now
    short = key.sign(signed, padding.PSS(padding.MGF1(SHA256()), 8), SHA256())
    wrong = signer(by, signature=der.octets(short))
    refused("signature", lambda: verify_message(message(wrong), *ARGS))


@EACH
def test_any_flipped_bit_and_any_cut_is_refused(by: Held) -> None:
    digests = infos(der.sequence(cms_signers.form_of(by.pin.alg).digest))
    mark = sign_detached(PAYLOAD, by.signer)
    assert digests in mark
    for at in range(len(mark)):
        changed = bytearray(mark)
        changed[at] ^= 1 << at % 8
        for data in (bytes(changed), mark[:at]):
            with pytest.raises(NotVerified) as caught:
                verify_detached(data, PAYLOAD, *ARGS)
            assert caught.value.reason in {"malformed", "wrong-alg", "unknown-key", "signature"}
    refused("malformed", lambda: verify_detached(mark + b"\0", PAYLOAD, *ARGS))


def test_without_the_signature_check_the_forgery_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    name = der.tlv(0x80, jwk.subject_key_identifier(jwk.public_key(ES256.pin)))
    forged = message(signer(STRANGER, name=name))
    refused("signature", lambda: verify_message(forged, *ARGS))
    monkeypatch.setattr(raw, "verify", lambda *_args: None)
    assert verify_message(forged, *ARGS)


def test_without_the_digest_check_another_payload_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = sign_detached(b"this", ES256.signer)
    refused("signature", lambda: verify_detached(mark, b"that", *ARGS))
    monkeypatch.setattr(cms_signed, "_check_attributes", lambda *_args: None)
    assert verify_detached(mark, b"that", *ARGS) == ES256.pin


def test_without_the_check_of_the_digest_list_bytes_could_change_unseen() -> None:
    """A statement's id is the digest of its bytes: what is not signed must have one form."""
    data = message(signer(), digests=infos(der.sequence(names.SHA256, der.NOTHING)))
    assert verify_message(data, *ARGS)  # the same digest, written with NULL as others do
    assert ber.read(data, "it").encoded == data


# text forms

TEXT = b"""MIME-Version: 1.0
Content-Type: application/pkcs7-mime; smime-type=signed-data
Content-Transfer-Encoding: base64

"""


def _smime(data: bytes, head: bytes = TEXT) -> bytes:
    return head + base64.encodebytes(data)


@pytest.mark.parametrize("crlf", [False, True])
def test_an_smime_body_is_read_with_either_line_end(crlf: bool) -> None:
    text = _smime(message(signer()))
    data = text.replace(b"\n", b"\r\n") if crlf else text
    assert verify_message(data, *ARGS)[0] == PAYLOAD


@pytest.mark.parametrize(
    "head",
    [
        TEXT.replace(b"base64", b"quoted-printable"),
        TEXT.replace(b"application/pkcs7-mime", b"text/html"),
        TEXT.replace(b"Content-Type", b"Content-Type: text/plain\nContent-Type"),
        TEXT.replace(b"\n\n", b"\n"),
        TEXT.replace(b"MIME-Version: 1.0\n", b"MIME-Version: 1.0\nno colon\n"),
        TEXT[:-1] + b"X: " + b"y" * 9000 + b"\n\n",
        b"MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=x\n\n",
        b'MIME-Version: 1.0\nContent-Type: multipart/signed; boundary="x"\n\n--x\n\n--x--\n',
    ],
)
def test_an_smime_body_of_another_form_is_refused(head: bytes) -> None:
    refused("malformed", lambda: verify_message(_smime(message(signer()), head), *ARGS))


def test_pem_with_something_around_it_is_refused() -> None:
    body = b"-----BEGIN CMS-----\n" + base64.encodebytes(message(signer())) + b"-----END CMS-----\n"
    assert verify_message(body, *ARGS)[0] == PAYLOAD
    for data in (body + b"x", body[:-20], body.replace(b"M", b"!", 1), b" " + body):
        refused("malformed", lambda data=data: verify_message(data, *ARGS))  # type: ignore[misc]  # bound now
