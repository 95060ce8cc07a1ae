"""Private keys at rest: encrypted, for the owner only, never overwritten (threats.md C12)."""

import base64
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.domain.trust import SEALING, Algorithm, Role
from keys import files, jwk
from keys.generate import generate
from tests.keys.parties import refused

PASS = b"correct horse battery"
KINDS = [one for one in Algorithm if one is not Algorithm.OPENPGP]


@pytest.fixture(params=[0o000, 0o022, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """A umask, set for the test."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_a_key_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "key.pem"
    files.write_private(path, generate(Algorithm.ED25519), PASS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("algorithm", KINDS)
def test_a_key_comes_back_with_its_passphrase_and_never_lies_in_clear(
    tmp_path: Path, algorithm: Algorithm
) -> None:
    key = generate(algorithm)
    path = tmp_path / "key.pem"
    files.write_private(path, key, PASS)
    clear = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    data = path.read_bytes()
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in data
    assert clear[-32:] not in data
    loaded = files.load_private(path, PASS)
    assert jwk.key_id(loaded.public_key()) == jwk.key_id(key.public_key())
    assert os.listdir(tmp_path) == ["key.pem"]


@pytest.mark.parametrize("wrong", [b"", b"wrong passphrase", PASS[:-1], PASS + b"\n", PASS.upper()])
def test_a_wrong_passphrase_is_refused_as_such(tmp_path: Path, wrong: bytes) -> None:
    path = tmp_path / "key.pem"
    files.write_private(path, generate(Algorithm.ED25519), PASS)
    error = refused("passphrase", lambda: files.load_signer(path, wrong))
    assert not wrong or wrong.decode() not in str(error)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(b"mine")
    with pytest.raises(Conflict):
        files.write_private(path, generate(Algorithm.ED25519), PASS)
    assert path.read_bytes() == b"mine"


def test_a_link_laid_in_the_way_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    (tmp_path / "key.pem").symlink_to(target)
    with pytest.raises(Conflict):
        files.write_private(tmp_path / "key.pem", generate(Algorithm.ED25519), PASS)
    assert not target.exists()


def test_a_failed_write_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        files.write_private(tmp_path / "key.pem", generate(Algorithm.ED25519), PASS)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("passphrase", [b"", b"short", b"x" * 1025])
def test_a_passphrase_that_protects_nothing_is_refused(tmp_path: Path, passphrase: bytes) -> None:
    with pytest.raises(InputError, match="passphrase"):
        files.write_private(tmp_path / "key.pem", generate(Algorithm.ED25519), passphrase)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be written"):
        files.write_private(tmp_path / "no" / "key.pem", generate(Algorithm.ED25519), PASS)


def test_a_missing_key_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        files.load_signer(tmp_path / "key.pem", PASS)
    refused("key-file", lambda: files.load_signer(tmp_path, PASS))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_key_file_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key.pem"
    files.write_private(path, generate(Algorithm.ED25519), PASS)
    path.chmod(mode)
    refused("key-file", lambda: files.load_signer(path, PASS))


def test_a_clear_key_file_is_refused(tmp_path: Path) -> None:
    key = generate(Algorithm.ED25519)
    path = tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    refused("key-file", lambda: files.load_signer(path, PASS))


def test_a_key_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    path = tmp_path / "key.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASS))
    )
    path.chmod(0o600)
    refused("key-file", lambda: files.load_signer(path, PASS))


def test_a_cut_off_or_damaged_file_is_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    files.write_private(path, generate(Algorithm.ED25519), PASS)
    data = path.read_bytes()
    cuts = [data[:size] for size in range(0, len(data) - 30, 7)]
    for damaged in [*cuts, data + b"x" * files.MAX_FILE]:
        path.write_bytes(damaged)
        assert "key.pem" in str(refused("key-file", lambda: files.load_signer(path, PASS)))


def test_a_signing_key_opens_nothing_and_a_sealing_key_signs_nothing(tmp_path: Path) -> None:
    files.write_private(tmp_path / "sign.pem", generate(Algorithm.ED25519), PASS)
    files.write_private(tmp_path / "seal.pem", generate(Algorithm.ECDH_X25519), PASS)
    refused("wrong-role", lambda: files.load_opener(tmp_path / "sign.pem", PASS))
    refused("wrong-role", lambda: files.load_signer(tmp_path / "seal.pem", PASS))


@pytest.mark.parametrize("rounds", [1, 127, 128, 2048, 32768, files.PERSON_ROUNDS])
def test_the_rounds_that_were_asked_for_stand_in_the_file(tmp_path: Path, rounds: int) -> None:
    key = generate(Algorithm.ECDH_X25519)
    path = tmp_path / "key.pem"
    files.write_private(path, key, PASS, rounds)
    assert jwk.key_id(files.load_private(path, PASS).public_key()) == jwk.key_id(key.public_key())
    body = base64.b64decode(b"".join(path.read_bytes().splitlines()[1:-1]))
    count = rounds.to_bytes(rounds.bit_length() // 8 + 1)
    assert bytes((2, len(count))) + count in body


@pytest.mark.openssl
@pytest.mark.parametrize("algorithm", KINDS)
@pytest.mark.parametrize("rounds", [files.SECRET_ROUNDS, 128])
def test_openssl_opens_the_key_file(tmp_path: Path, algorithm: Algorithm, rounds: int) -> None:
    key = generate(algorithm)
    path = tmp_path / "key.pem"
    files.write_private(path, key, PASS, rounds)
    run = subprocess.run(
        ["openssl", "pkey", "-in", str(path), "-passin", "stdin", "-pubout"],
        input=PASS,
        capture_output=True,
        check=True,
    )
    role = Role.SEAL if algorithm in SEALING else Role.STATEMENT
    assert jwk.key_id(jwk.import_public(run.stdout, role)) == jwk.key_id(key.public_key())
