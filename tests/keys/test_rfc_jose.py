"""RFC 7520's cookbook, and the examples of RFC 7515, 7638 and 8037: our algorithms hold, all others
are refused before a key is used. Read from the installed jwcrypto."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import jwcrypto  # type: ignore[import-untyped]  # it has no types
import pytest

from gateway.domain.errors import InputError, NotVerified
from gateway.domain.trust import Role
from keys import base64url, jose, jwk, raw
from keys.jws import statement_kind
from keys.keyring import KeyOpeners
from tests.keys.parties import FROM, OPERATOR, SEAL, SEAL_P256, UNTIL, refused


def cookbook() -> ModuleType:
    path = Path(jwcrypto.__file__).parent / "tests-cookbook.py"
    spec = importlib.util.spec_from_file_location("jwcrypto_cookbook", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BOOK = vars(cookbook())
COMPACT = {name: text for name, text in BOOK.items() if "_compact_" in name}
JSONS = {name: text for name, text in BOOK.items() if "_general_" in name or "_flattened_" in name}
OPENERS = KeyOpeners(SEAL.opener, SEAL_P256.opener)


def as_bytes(found: Any) -> bytes:
    return found.encode() if isinstance(found, str) else json.dumps(found).encode()


def test_the_cookbook_is_whole() -> None:
    jws = sorted(name for name in COMPACT if name.startswith("JWS"))
    jwe = sorted(name for name in COMPACT if name.startswith("JWE"))
    assert (len(jws), len(jwe), len(JSONS)) == (4, 9, 35)


@pytest.mark.parametrize("name", sorted(name for name in COMPACT if name.startswith("JWS")))
def test_a_cookbook_signature_is_refused_by_its_algorithm(name: str) -> None:
    """RS256, PS384, ES512 and HS256."""
    data = as_bytes(COMPACT[name])
    said = refused("malformed", lambda: statement_kind(data))
    assert "Ed25519 or ES256" in str(said)
    header, body, _signature = data.split(b".")
    as_long_as_ours = b".".join((header, body, b"A" * 86))
    refused("wrong-alg", lambda: statement_kind(as_long_as_ours))


@pytest.mark.parametrize("name", sorted(name for name in COMPACT if name.startswith("JWE")))
def test_a_cookbook_encryption_is_refused_before_a_key_is_used(name: str) -> None:
    """RSA1_5, RSA-OAEP, PBES2, ECDH-ES with P-384 and AES-128, dir, GCM and AES key wrap, zip."""
    with pytest.raises(NotVerified) as caught:
        jose.open_jwe(as_bytes(COMPACT[name]), OPENERS)
    assert caught.value.reason in ("wrong-alg", "malformed")


@pytest.mark.parametrize("name", sorted(JSONS))
def test_a_cookbook_message_in_json_is_refused(name: str) -> None:
    data = as_bytes(JSONS[name])
    if name.startswith("JWE"):
        refused("malformed", lambda: jose.open_jwe(data, OPENERS))
    else:
        refused("malformed", lambda: statement_kind(data))


KEYS = {
    "P-521": BOOK["EC_Public_Key_3_1"],
    "RSA of 2048 bits": BOOK["RSA_Public_Key_3_3"],
    "P-384": {k: v for k, v in BOOK["EC_key_5_4_1"].items() if k != "d"},
    "a shared key": BOOK["Symmetric_Key_MAC_3_5"],
}


@pytest.mark.parametrize("name", KEYS)
def test_a_cookbook_key_of_another_kind_is_not_pinned(name: str) -> None:
    with pytest.raises(InputError):
        jwk.import_public(as_bytes(KEYS[name]), Role.STATEMENT)


def test_the_cookbooks_private_key_is_not_taken_and_its_p256_key_is() -> None:
    """5.5.1 is a key to seal to."""
    private = dict(BOOK["EC_key_5_5_1"])
    with pytest.raises(InputError, match="private"):
        jwk.import_public(as_bytes(private), Role.SEAL)
    public = {name: private[name] for name in ("kty", "crv", "x", "y", "use") if name in private}
    key = jwk.import_public(as_bytes(public), Role.SEAL)
    assert json.loads(jwk.public_text(key))["x"] == private["x"]


# RFC 8037 A.1 to A.4
OKP = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
SIGNED = (
    b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    b"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)


def test_the_ed25519_example_of_rfc_8037_holds_by_its_key_and_its_name_is_refused() -> None:
    """`EdDSA` names two curves; RFC 9864 replaced it, and a statement says Ed25519."""
    key = jwk.import_public(as_bytes(OKP), Role.STATEMENT)
    assert jwk.key_id(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    signed, _dot, signature = SIGNED.rpartition(b".")
    pin = jwk.pinned_key(key, OPERATOR, Role.STATEMENT, FROM, UNTIL)
    raw.verify(pin, base64url.decode(signature, "a signature"), signed)
    refused("wrong-alg", lambda: statement_kind(SIGNED))


# RFC 7515 A.3
EC = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
ES256 = (
    b"eyJhbGciOiJFUzI1NiJ9."
    b"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    b"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


def test_the_es256_example_of_rfc_7515_holds_by_its_key_and_is_no_statement() -> None:
    pin = jwk.pinned_key(
        jwk.import_public(as_bytes(EC), Role.STATEMENT), OPERATOR, Role.STATEMENT, FROM, UNTIL
    )
    signed, _dot, signature = ES256.rpartition(b".")
    raw.verify(pin, base64url.decode(signature, "a signature"), signed)
    refused("malformed", lambda: statement_kind(ES256))  # it names neither key nor kind


def test_the_thumbprint_of_rfc_7638_comes_out() -> None:
    key = BOOK["RSA_key_5_1_1"]  # any RSA key: the form of the text is what is hashed
    public = {name: key[name] for name in ("kty", "n", "e")}
    text = json.dumps(public, sort_keys=True, separators=(",", ":"))
    found = jwk.import_public(as_bytes(public), Role.SEAL, range(2048, 4097))
    assert jwk.public_text(found) == text
