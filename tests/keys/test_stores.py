"""Key stores by URI: one line chooses one; a PIN never stands in it; each has the one interface."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.domain.errors import InputError, NotFound, NotPermitted, NotVerified
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, Trust
from keys import jwk, stores, stores_uri
from keys.files import key_path
from keys.generate import generate
from keys.keyring import FileStore, KeyStore, StoreKeyring, Stores
from keys.pkcs8 import encrypt
from keys.stores_credential import CredentialStore

SECRET = b"the unlock secret"
MODULE = "?module-path=/usr/lib/x.so"
GATEWAY = Owner(OwnerKind.GATEWAY, "palang-uji")


def secret() -> bytes:
    return SECRET


def opened(uri: str, home: Path, environ: dict[str, str] | None = None) -> KeyStore:
    return stores.open_stores(uri, home, home / "keys", secret, environ or {})


def test_one_line_chooses_the_store_and_the_folder_stays_behind_it(tmp_path: Path) -> None:
    assert isinstance(opened("", tmp_path), FileStore)
    chosen = opened("file:other", tmp_path)
    assert isinstance(chosen, Stores)
    assert chosen.where == f"{tmp_path / 'other'}, {tmp_path / 'keys'}"


@pytest.mark.parametrize("uri", ["https://keys.example", "keys", "PKCS11:token=a"])
def test_any_other_uri_is_refused_with_the_three_that_there_are(uri: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="file:FOLDER, credential:PREFIX or pkcs11:"):
        opened(uri, tmp_path)


def test_a_key_moves_with_one_rotation_the_old_one_is_used_from_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "new").mkdir()
    old = FileStore(tmp_path / "keys", SECRET).make(Role.MANIFEST, Algorithm.ED25519)
    both = opened("file:new", tmp_path)
    new = both.make(Role.MANIFEST, Algorithm.ES256)
    assert key_path(tmp_path / "new", Role.MANIFEST, jwk.key_id(new)).is_file()
    pins = [
        jwk.pinned_key(key, GATEWAY, Role.MANIFEST, begin, 100)
        for key, begin in ((old, 0), (new, 50))
    ]
    keyring = StoreKeyring(both, lambda: Trust("palang-uji", pins), GATEWAY)
    assert keyring.signer(Role.MANIFEST, 49).kid == jwk.key_id(old)
    assert keyring.signer(Role.MANIFEST, 50).kid == jwk.key_id(new)
    with pytest.raises(NotFound):
        both.signer(Role.MANIFEST, "unknown")


def test_a_parcels_key_is_found_in_whichever_store_has_it(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "new").mkdir()
    old = FileStore(tmp_path / "keys", SECRET).make(Role.SEAL, Algorithm.ECDH_X25519)
    both = opened("file:new", tmp_path)
    assert both.opener(jwk.key_id(old)).kid == jwk.key_id(old)
    name = jwk.subject_key_identifier(old)
    assert both.named(name).identifier == name
    with pytest.raises(NotVerified) as caught:
        both.named(b"\x00" * 20)
    assert caught.value.reason == "unknown-key"


# --- RFC 7512 ------------------------------------------------------------------------------------


def test_a_token_uri_is_read_as_rfc_7512_writes_it(tmp_path: Path) -> None:
    uri = "pkcs11:token=The%20Token;serial=0A;object=k;id=%01%02;type=private"
    found = stores_uri.parse(f"{uri}{MODULE}&pin-source=file:secrets/pin", tmp_path)
    assert (found.token, found.serial, found.object) == ("The Token", "0A", "k")
    assert (found.id, found.module) == (b"\x01\x02", Path("/usr/lib/x.so"))
    assert found.pin_source == tmp_path / "secrets" / "pin"
    assert found.where == "token The Token"


@pytest.mark.parametrize(
    ("uri", "word"),
    [
        (f"pkcs11:token=a{MODULE}&pin-value=hunter22", "PIN must not stand"),
        (f"pkcs11:token=a;pin-value=hunter22{MODULE}", "PIN must not stand"),
        (f"pkcs11:object=a{MODULE}", "token= or serial="),
        ("pkcs11:token=a", "module-path="),
        (f"pkcs11:token=a;token=b{MODULE}", "each once"),
        (f"pkcs11:token=a;secret=hunter22{MODULE}", "each once"),
        (f"pkcs11:token=%ff{MODULE}", "no UTF-8"),
        ("pkcs11:token=" + "a" * 2000 + MODULE, "RFC 7512"),
    ],
)
def test_a_wrong_token_uri_is_refused_and_never_quoted(uri: str, word: str) -> None:
    with pytest.raises(InputError, match=word) as caught:
        stores_uri.parse(uri)
    assert "hunter22" not in str(caught.value) + caught.value.hint


def test_a_pins_file_is_for_its_owner_only(tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_bytes(b"8765-uji\n")
    pin.chmod(0o644)
    with pytest.raises(NotPermitted, match="open to others"):
        opened(f"pkcs11:token=a{MODULE}&pin-source=pin", tmp_path)


# --- systemd credentials -------------------------------------------------------------------------


def credentials(folder: Path, files: dict[str, bytes]) -> CredentialStore:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return CredentialStore("palang-key", {"CREDENTIALS_DIRECTORY": str(folder)}, SECRET)


def test_credentials_sign_and_open_in_clear_or_under_the_unlock_secret(tmp_path: Path) -> None:
    signing, sealing = generate(Algorithm.ED25519), generate(Algorithm.ECDH_X25519)
    store = credentials(
        tmp_path,
        {
            "palang-key-manifest": signing.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ),
            "palang-key-seal": encrypt(sealing, SECRET, 2048),
            "palang-unlock": SECRET,
        },
    )
    sign, seal = (jwk.key_id(key.public_key()) for key in (signing, sealing))
    assert store.holds(Role.MANIFEST, sign)
    assert store.signer(Role.MANIFEST, sign).kid == sign
    assert store.opener(seal).kid == seal
    assert store.named(store.opener(seal).identifier).kid == seal
    for kid in (sign, "x"):
        with pytest.raises(NotVerified) as caught:
            store.opener(kid)
        assert caught.value.reason == "unknown-key"
    with pytest.raises(NotVerified, match="no seal key"):
        store.named(b"x")
    with pytest.raises(NotVerified) as refused:
        store.signer(Role.MANIFEST, seal)
    assert refused.value.reason == "wrong-role"


def test_a_credential_that_is_no_key_and_a_missing_folder_are_named(tmp_path: Path) -> None:
    store = credentials(tmp_path, {"palang-key-manifest": b"not a key"})
    with pytest.raises(NotVerified, match="palang-key-manifest is no private key"):
        store.holds(Role.MANIFEST, "x")
    with pytest.raises(NotFound, match="not started by its unit"):
        CredentialStore("palang-key", {}, SECRET).holds(Role.MANIFEST, "x")
    with pytest.raises(NotVerified, match="can't be read"):
        CredentialStore("k", {"CREDENTIALS_DIRECTORY": str(tmp_path / "gone")}, SECRET).holds(
            Role.MANIFEST, "x"
        )


def test_no_key_is_made_among_credentials_and_the_way_is_told(tmp_path: Path) -> None:
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    store = opened("credential:", tmp_path, environ)
    with pytest.raises(InputError) as caught:
        store.make(Role.MANIFEST, Algorithm.ED25519)
    assert "palang key rotate manifest --public FILE" in caught.value.hint


def test_a_store_serves_the_keyring_as_any_other(tmp_path: Path) -> None:
    key = generate(Algorithm.ED25519)
    clear = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    credentials(tmp_path, {"palang-key-1": clear})
    store = opened("credential:palang-key", tmp_path, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    pin: PinnedKey = jwk.pinned_key(key.public_key(), GATEWAY, Role.STATEMENT, 0, 10)
    keyring = StoreKeyring(store, lambda: Trust("palang-uji", [pin]), GATEWAY)
    assert keyring.signer(Role.STATEMENT, 5).kid == pin.kid
    with pytest.raises(NotVerified) as caught:
        keyring.signer(Role.STATEMENT, 10)
    assert caught.value.reason == "no-key"
