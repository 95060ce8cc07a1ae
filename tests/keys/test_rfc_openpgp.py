"""Samples of RFC 9580: version 4 is read, version 6 and its algorithms are refused in words."""

import base64
from pathlib import Path

import pytest

from gateway.domain.errors import NotVerified
from gateway.domain.openpgp import packets
from gateway.domain.openpgp.packets import Reader
from gateway.domain.trust import Role, Trust
from keys import openpgp, openpgp_certificates, openpgp_keys, openpgp_signatures
from keys.keyring import KeyOpeners
from tests.keys.parties import NOW, OPERATOR, refused

FOLDER = Path(__file__).parents[1] / "vectors" / "rfc"
KEY = base64.b64decode("xjMEU/NfCxYJKwYBBAHaRw8BAQdAPwmJlL3ZFu1AUxl5NOSofIBzOhKA1i+AEJkuQ+47JAY=")
SIGNATURE = base64.b64decode(
    "iF4EABYIAAYFAlX5X5UACgkQjP3hIZeWWpr2IgD/VvkMypjiECY3vZg/2xbBMd/Sftgr9N3lYG4NdWrtM2YBANCcT6EV"
    "J/A44PV/IgHYLy6iyQMyZfps60iehUuuYbQE"
)


def sample(name: str) -> bytes:
    return (FOLDER / f"openpgp-{name}.asc").read_bytes()


def public_half(name: str) -> bytes:
    """The certificate of a secret key: its packets without what is secret (RFC 9580 5.5.3)."""
    lines = sample(name).split(b"\n\n", 1)[1].split(b"\n")
    raw = base64.b64decode(b"".join(line for line in lines if line[:1] not in b"=-"))
    reader, made = Reader(raw, "a sample"), b""
    while reader.left:
        tag, (length, _partial) = reader.number(1) & 0x3F, packets._length(reader)
        body = bytes(reader.take(length))
        if tag in (5, 7):  # secret key, secret subkey
            # version 6 says how long its public part is; 32 bytes in version 4
            end = 10 + int.from_bytes(body[6:10]) if body[0] == 6 else 6 + 32
            tag, body = {5: 6, 7: 14}[tag], body[:end]
        made += bytes([0xC0 | tag]) + packets._written(len(body)) + body
    return made


def test_the_version_4_key_and_signature_of_the_standard_hold() -> None:
    """A.1 and A.2: Ed25519Legacy, over the text OpenPGP."""
    key = openpgp_keys.read(packets.read(KEY, "a key", 1)[0].body)
    assert key.fingerprint.hex() == "c959bdbafa32a2f89a153b678cfde12197965a9a"
    found = openpgp_signatures.read(packets.read(SIGNATURE, "a signature", 1)[0].body)
    openpgp_signatures.verify(found, key, b"OpenPGP")
    refused("signature", lambda: openpgp_signatures.verify(found, key, b"OpenPGp"))


def test_a_version_6_certificate_is_refused_by_its_version() -> None:
    """A.3, as the public half of A.4."""
    certificate = public_half("v6-secret-key")
    assert base64.b64encode(certificate).startswith(b"xioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQ")
    for role in (Role.SEAL, Role.STATEMENT):
        said = refused("wrong-alg", lambda: openpgp_certificates.usable(certificate, role))  # noqa: B023  called at once
        assert "must be of version 4" in str(said)


def test_a_version_4_certificate_of_the_new_curves_is_refused_by_its_algorithm() -> None:
    certificate = public_half("v4-new-curves-secret-key")
    said = refused("wrong-alg", lambda: openpgp_certificates.usable(certificate, Role.STATEMENT))
    assert "algorithm 27" in str(said)


@pytest.mark.parametrize("name", ["v6-secret-key", "v4-new-curves-secret-key"])
def test_a_secret_key_is_not_taken_at_all(name: str) -> None:
    said = refused("malformed", lambda: openpgp_certificates.usable(sample(name), Role.SEAL))
    assert "private key" in str(said)


def test_a_message_to_a_version_6_key_is_refused_by_its_packet() -> None:
    """A.8: PKESK version 6, SEIPD version 2."""
    said = refused("wrong-alg", lambda: openpgp.open_sealed(sample("v6-encrypted"), KeyOpeners()))
    assert "version 3" in str(said)


def test_a_message_signed_by_a_version_6_key_is_no_statement() -> None:
    """A.7."""
    with pytest.raises(NotVerified) as caught:
        openpgp.verify_message(sample("v6-signed"), OPERATOR, Role.STATEMENT, Trust("uji", []), NOW)
    assert caught.value.reason in ("malformed", "wrong-alg")
