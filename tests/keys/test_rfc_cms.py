"""Examples of the CMS standards: what is of our form is written and read byte for byte as they say,
everything else is refused for a reason that names what is wanted (tests/vectors/rfc/README.md)."""

import base64
import email
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from gateway.domain.cms import der, names
from gateway.domain.cms import signed as cms_form
from gateway.domain.errors import InputError
from gateway.domain.trust import Algorithm, Role, Trust
from keys import cms_recipients, cms_signed, cms_signers, jwk, policy
from keys.cms_sealed import open_cms
from keys.exceptions import Weakness
from keys.files import Opener
from keys.keyring import KeyOpeners
from tests.keys.cms_parts import OPENERS, sealed
from tests.keys.parties import FROM, NOW, OPERATOR, UNTIL, refused

FOLDER = Path(__file__).parents[1] / "vectors" / "rfc"
CMS = {
    name: base64.b64decode(text)
    for name, text in json.loads((FOLDER / "cms.json").read_bytes()).items()
}
EVERY = tuple(Weakness)


def verified(data: bytes, *pins: Any) -> object:
    return cms_signed.verify_message(data, OPERATOR, Role.STATEMENT, Trust("uji", list(pins)), NOW)


def mail(name: str) -> bytes:
    """The MIME entity of a sample, with its own headers alone."""
    data = (FOLDER / f"smime-{name}.eml").read_bytes()
    wanted = ("mime-version", "content-type", "content-transfer-encoding")
    heads = [f"{k}: {v}" for k, v in email.message_from_bytes(data).items() if k.lower() in wanted]
    return "\r\n".join([*heads, "", ""]).encode() + data.partition(b"\n\n")[2]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            cms_recipients._OAEP,
            "MDgGCSqGSIb3DQEBBzAroA0wCwYJYIZIAWUDBAIBoRowGAYJKoZIhvcNAQEIMAsGCWCGSAFlAwQCAQ==",
        ),
        (
            der.sequence(names.ECDH_HKDF_SHA256, der.sequence(names.AES_256_WRAP)),
            "MBoGCyqGSIb3DQEJEAMTMAsGCWCGSAFlAwQBLQ==",
        ),
        (cms_signers.form_of(Algorithm.ED25519).algorithm, "MAUGAytlcA=="),
        (der.sequence(cms_signers.form_of(Algorithm.ED25519).digest), "MAsGCWCGSAFlAwQCAw=="),
        (der.sequence(names.AES_256_WRAP), "MAsGCWCGSAFlAwQBLQ=="),
    ],
    ids=["RFC 4055 OAEP", "RFC 8418", "RFC 8419", "RFC 8419 digest", "RFC 3565"],
)
def test_an_algorithm_is_written_as_its_standard_writes_it(ours: bytes, theirs: str) -> None:
    assert base64.b64encode(ours).decode() == theirs


def test_oaep_is_read_as_rfc_3560_writes_it_and_with_no_label_nor_another_hash() -> None:
    rfc3560 = "MDwGCSqGSIb3DQEBBzAvoA8wDQYJYIZIAWUDBAIBBQChHDAaBgkqhkiG9w0BAQgwDQYJYIZIAWUDBAIBBQA="
    assert base64.b64decode(rfc3560) in cms_recipients._OAEP_FORMS
    others = (
        "MAsGCSqGSIb3DQEBBw==",  # its defaults are SHA-1
        "MFMGCSqGSIb3DQEBBzBGoA8wDQYJYIZIAWUDBAICBQChHDAaBgkqhkiG9w0BAQgwDQYJYIZIAWUDBAICBQCi"
        "FTATBgkqhkiG9w0BAQkEBmZvb2Jhcg==",  # SHA-384, with a label
    )
    assert not {base64.b64decode(other) for other in others} & cms_recipients._OAEP_FORMS


def test_gcm_parameters_are_those_of_rfc_5084() -> None:
    """MBEEDE2H...: a nonce of 12 bytes and a tag of 16; the example for CCM has a tag of 4."""
    good, short = (base64.b64decode(f"MBEEDE2HVyIurFKUEX8MEgIB{end}==") for end in ("EA", "BA"))
    assert good == der.sequence(der.octets(good[4:16]), der.integer(16))
    refused("cant-open", lambda: open_cms(with_parameters(good), OPENERS))  # of another nonce
    refused("malformed", lambda: open_cms(with_parameters(short), OPENERS))


def with_parameters(parameters: bytes) -> bytes:
    return sealed(algorithm=der.sequence(names.AES_256_GCM, parameters))


REFUSED = {
    "rfc5083-auth-enveloped-to-a-shared-key": ("wrong-alg", "an RSA, P-256 or X25519 key"),
    "rfc8591-auth-enveloped-aes-128-gcm": ("malformed", "named by its key"),
    "rfc5753-enveloped-p-384-aes-128-cbc": ("wrong-alg", "AuthEnvelopedData with AES-256-GCM"),
    "rfc5652-signed-without-certificates": ("wrong-alg", "AuthEnvelopedData with AES-256-GCM"),
}


@pytest.mark.parametrize("name", CMS)
def test_a_message_of_a_standard_that_we_do_not_take_is_no_parcel(name: str) -> None:
    reason, words = REFUSED[name]
    assert words in str(refused(reason, lambda: open_cms(CMS[name], OPENERS)))


@pytest.mark.parametrize("name", CMS)
def test_a_message_of_a_standard_that_we_do_not_take_is_no_statement(name: str) -> None:
    said = str(refused("malformed", lambda: verified(CMS[name])))
    wanted = "of the type data" if "signed" in name else "of the type SignedData"
    assert wanted in said


def test_an_exception_for_cbc_lets_in_no_other_curve() -> None:
    message = CMS["rfc5753-enveloped-p-384-aes-128-cbc"]
    said = refused("wrong-alg", lambda: open_cms(message, OPENERS, EVERY))
    assert "another curve" in str(said)


@pytest.mark.parametrize("name", ["one-part-signed", "multipart-signed"])
def test_an_smime_signature_with_pkcs1_is_refused_even_by_a_pinned_key(name: str) -> None:
    """RFC 9216's Alice signs RSA with SHA-256 and PKCS#1 v1.5, with a key of 2048 bits."""
    refused("unknown-key", lambda: verified(mail(name)))
    alice = certificate()
    short = range(2048, 4097)
    with pytest.raises(InputError, match="3072 to 4096 bits"):
        jwk.pinned_key(alice, OPERATOR, Role.STATEMENT, FROM, UNTIL)
    pin = jwk.pinned_key(alice, OPERATOR, Role.STATEMENT, FROM, UNTIL, short)
    assert "another algorithm" in str(refused("wrong-alg", lambda: verified(mail(name), pin)))


def certificate() -> policy.PublicKey:
    held, _payload = cms_form.read(mail("one-part-signed"))
    key = x509.load_der_x509_certificate(bytes(held.certificates[0])).public_key()
    assert isinstance(key, policy.PublicKey)
    return key


def test_an_smime_message_in_cbc_is_refused_and_one_to_two_people_by_an_exception_too() -> None:
    """RFC 9216's way: AES-CBC, PKCS#1 v1.5, sealed to Bob and to Alice herself."""
    store = load_pkcs12((FOLDER / "smime-bob.p12").read_bytes(), None)
    assert isinstance(store.key, RSAPrivateKey)
    bob = KeyOpeners(Opener(jwk.key_id(store.key.public_key()), Algorithm.RSA_OAEP, store.key))
    message = mail("signed-and-enveloped")
    said = refused("wrong-alg", lambda: open_cms(message, bob))
    assert "-aes-256-gcm" in str(said)
    assert "one recipient, this one has 2" in str(
        refused("malformed", lambda: open_cms(message, bob, EVERY))
    )


def test_the_ed25519_key_of_rfc_8410_is_taken() -> None:
    text = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
    private = load_der_private_key(base64.b64decode(text), None)
    assert isinstance(private, Ed25519PrivateKey)
    body = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
    pem = f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n".encode()
    public = jwk.import_public(pem, Role.STATEMENT)
    assert jwk.public_text(public) == jwk.public_text(private.public_key())
