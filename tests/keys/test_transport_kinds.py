"""What each kind of secret must be, and what the list shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gateway.domain.errors import InputError, NotFound
from gateway.domain.trust import Algorithm
from keys.generate import generate
from keys.transport import Transport
from keys.transport_admin import KINDS, SecretAdmin
from tests.keys.secret_samples import CA, ID, UNLOCK, WORD, key_pem, pem

# what comes in


@pytest.mark.parametrize("kind", ["mail-relay", "mailbox", "bearer"])
@pytest.mark.parametrize(
    "data", [b"", b"\n", b"two\nlines", b"a\0b", b"\xff", b"x" * 4097, b"\x1b[31m", b"a\n\n"]
)
def test_a_line_is_one_line(admin: SecretAdmin, tmp_path: Path, kind: str, data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        admin.set(kind, ID if kind == "bearer" else "", data)
    assert not list(tmp_path.iterdir())
    assert "two" not in str(caught.value)


@pytest.mark.parametrize("token", [b"a b", b"=", b"a=b", "é".encode(), b"a,b"])
def test_a_token_is_one_that_a_header_can_carry(admin: SecretAdmin, token: bytes) -> None:
    with pytest.raises(InputError, match="token"):
        admin.set("bearer", ID, token)


@pytest.mark.parametrize(
    ("kind", "partner"),
    [("mail-relay", ID), ("mailbox", ID), ("bearer", ""), ("request-key", ""), ("ssh", ""),
     ("client-certificate", ""), ("../x", ID), ("", "")],
)  # fmt: skip
def test_a_kind_is_known_and_says_whose_it_is(
    admin: SecretAdmin, tmp_path: Path, kind: str, partner: str
) -> None:
    for act in (lambda: admin.set(kind, partner, WORD), lambda: admin.remove(kind, partner)):
        with pytest.raises(InputError):
            act()
    assert not list(tmp_path.iterdir())


def _rsa_pair() -> bytes:
    made = CA.issue_cert("palang.gateway.example", key_type=trustme.KeyType.RSA)
    return b"".join(one.bytes() for one in made.cert_chain_pems) + made.private_key_pem.bytes()


def _key_first() -> bytes:
    made = CA.issue_cert("palang.gateway.example")
    return made.private_key_pem.bytes() + b"".join(one.bytes() for one in made.cert_chain_pems)


@pytest.mark.parametrize("make", [pem, _rsa_pair, _key_first])
def test_a_certificate_comes_in_any_order_and_kind(
    admin: SecretAdmin, make: Callable[[], bytes]
) -> None:
    made = admin.set("client-certificate", ID, make())
    assert made.until is not None and "palang.gateway.example" not in made.public
    assert admin.list() == (made,)


def _encrypted() -> bytes:
    key = generate(Algorithm.ED25519)
    sealed = BestAvailableEncryption(b"passphrase")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)


def _rsa_key() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "one private key, got 0"),
        (b"no pem", "one private key, got 0"),
        (CA.cert_pem.bytes(), "one private key, got 0"),
        (key_pem(), "there is none that can be read"),
        (pem() + key_pem(), "one private key, got 2"),
        (CA.cert_pem.bytes() + key_pem(), "not the one of the first certificate"),
        (CA.cert_pem.bytes() + _encrypted(), "passphrase of its own"),
        (CA.cert_pem.bytes() * 12 + key_pem(), "at most 10"),
        (key_pem().replace(b"MC4C", b"AAAA") + CA.cert_pem.bytes(), "can't be read"),
    ],
)
def test_what_is_no_pair_is_refused(
    admin: SecretAdmin, tmp_path: Path, data: bytes, word: str
) -> None:
    with pytest.raises(InputError) as caught:
        admin.set("client-certificate", ID, data)
    assert word in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "data", [b"", b"x", _rsa_key(), key_pem(Algorithm.ECDH_X25519), _encrypted(), key_pem() * 2]
)
def test_a_request_key_is_one_clear_ed25519_or_p256_key(
    admin: SecretAdmin, tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(InputError):
        admin.set("request-key", ID, data)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_generated_request_key_signs(admin: SecretAdmin, algorithm: Algorithm) -> None:
    if algorithm in (Algorithm.ED25519, Algorithm.ES256):
        made = admin.generate(ID, algorithm)
        assert "BEGIN PUBLIC KEY" in made.public and "PRIVATE" not in made.public
    else:
        with pytest.raises(InputError, match="signs"):
            admin.generate(ID, algorithm)


def test_the_list_shows_what_is_there_and_no_secret(admin: SecretAdmin, tmp_path: Path) -> None:
    (tmp_path / "ssh.pem").write_bytes(b"")
    (tmp_path / "odd name.jwe").write_bytes(b"")
    admin.set("bearer", ID, b"token")
    admin.set("bearer", "opr-uji-b", b"token")
    admin.set("mailbox", "", WORD)
    found = admin.list()
    assert [(one.kind, one.partner) for one in found] == [
        ("bearer", ID),
        ("bearer", "opr-uji-b"),
        ("mailbox", ""),
    ]
    assert "token" not in repr(found) and WORD.decode() not in repr(found)


def test_what_is_removed_is_gone(admin: SecretAdmin, tmp_path: Path) -> None:
    admin.set("bearer", ID, b"token")
    admin.remove("bearer", ID)
    assert Transport(tmp_path, UNLOCK).bearer(ID) is None
    with pytest.raises(NotFound):
        admin.remove("bearer", ID)


def test_every_kind_can_be_set(admin: SecretAdmin) -> None:
    data = {"client-certificate": pem(), "request-key": key_pem()}
    for kind in KINDS:
        whose = "" if kind in ("mail-relay", "mailbox") else ID
        assert admin.set(kind, whose, data.get(kind, b"word")).kind == kind
    assert len(admin.list()) == len(KINDS)
