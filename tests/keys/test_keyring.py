"""Key folders: which key signs, which opens, and what a folder can't make them do."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.domain.ids import Envelope
from gateway.domain.times import DAY
from gateway.domain.trust import Algorithm, Role, Trust
from keys import files
from keys.envelopes import EnvelopeSealer
from keys.jose import open_jwe
from keys.keyring import FileKeyring, FileOpeners, KeyOpeners
from tests.keys.parties import (
    GATEWAY,
    NOW,
    OPERATOR,
    OTHER,
    Held,
    held,
    refused,
)

PASS = b"correct horse battery"


def _put(folder: Path, *keys: Held) -> None:
    for one in keys:
        files.write_private(files.key_path(folder, one.pin.role, one.pin.kid), one.key, PASS)


def _ring(folder: Path, *keys: Held) -> FileKeyring:
    trust = Trust("palang-uji", [one.pin for one in keys])
    return FileKeyring(folder, PASS, lambda: trust, GATEWAY)


@pytest.fixture
def old() -> Held:
    """A manifest key that is valid since long."""
    return held(GATEWAY, Role.MANIFEST)


@pytest.fixture
def new() -> Held:
    """A manifest key that became valid yesterday."""
    return held(GATEWAY, Role.MANIFEST, not_before=NOW - DAY)


def test_the_newest_valid_key_signs(tmp_path: Path, old: Held, new: Held) -> None:
    _put(tmp_path, old, new)
    ring = _ring(tmp_path, old, new)
    assert ring.signer(Role.MANIFEST, NOW).kid == new.pin.kid
    assert ring.signer(Role.MANIFEST, NOW - 2 * DAY).kid == old.pin.kid
    assert ring.signer(Role.MANIFEST, NOW) is ring.signer(Role.MANIFEST, NOW)


def test_a_newer_key_without_its_file_does_not_sign(tmp_path: Path, old: Held, new: Held) -> None:
    _put(tmp_path, old)
    assert _ring(tmp_path, old, new).signer(Role.MANIFEST, NOW).kid == old.pin.kid


def test_a_file_without_a_pin_never_signs(tmp_path: Path, old: Held, new: Held) -> None:
    _put(tmp_path, old, new)
    assert _ring(tmp_path, old).signer(Role.MANIFEST, NOW).kid == old.pin.kid
    refused("no-key", lambda: _ring(tmp_path).signer(Role.MANIFEST, NOW))


def test_a_key_of_another_role_or_owner_or_time_never_signs(tmp_path: Path) -> None:
    checkpoint, foreign = held(GATEWAY, Role.CHECKPOINT), held(OTHER, Role.MANIFEST)
    late = held(GATEWAY, Role.MANIFEST, not_before=NOW + DAY)
    gone = held(GATEWAY, Role.MANIFEST, not_after=NOW)
    _put(tmp_path, checkpoint, foreign, late, gone)
    ring = _ring(tmp_path, checkpoint, foreign, late, gone)
    refused("no-key", lambda: ring.signer(Role.MANIFEST, NOW))


def test_a_revocation_counts_at_once(tmp_path: Path, old: Held, new: Held) -> None:
    _put(tmp_path, old, new)
    pins = [old.pin, new.pin]
    ring = FileKeyring(tmp_path, PASS, lambda: Trust("palang-uji", pins), GATEWAY)
    assert ring.signer(Role.MANIFEST, NOW).kid == new.pin.kid
    pins[1] = replace(new.pin, revoked=NOW)
    assert ring.signer(Role.MANIFEST, NOW).kid == old.pin.kid


def test_a_file_under_the_name_of_another_key_is_refused(
    tmp_path: Path, old: Held, new: Held
) -> None:
    _put(tmp_path, old)
    named = files.key_path(tmp_path, Role.MANIFEST, new.pin.kid)
    shutil.copy(files.key_path(tmp_path, Role.MANIFEST, old.pin.kid), named)
    refused("key-file", lambda: _ring(tmp_path, new).signer(Role.MANIFEST, NOW))


def test_a_wrong_unlock_secret_is_refused_as_such(tmp_path: Path, old: Held) -> None:
    _put(tmp_path, old)
    trust = Trust("palang-uji", [old.pin])
    ring = FileKeyring(tmp_path, b"another secret", lambda: trust, GATEWAY)
    refused("passphrase", lambda: ring.signer(Role.MANIFEST, NOW))


@pytest.mark.parametrize("algorithm", [Algorithm.ECDH_X25519, Algorithm.ECDH_P256])
def test_a_parcel_opens_with_the_key_that_it_names(tmp_path: Path, algorithm: Algorithm) -> None:
    keys = [held(OPERATOR, Role.SEAL, algorithm) for _ in range(3)]
    _put(tmp_path, *keys)
    openers = FileOpeners(tmp_path, PASS)
    for one in keys:
        sealed = EnvelopeSealer().seal(one.pin.kid.encode(), Envelope.JOSE, one.pin)
        assert open_jwe(sealed, openers) == one.pin.kid.encode()


def test_a_parcel_for_a_foreign_key_is_not_tried(tmp_path: Path) -> None:
    mine = held(OPERATOR, Role.SEAL, Algorithm.ECDH_X25519)
    foreign = held(OTHER, Role.SEAL, Algorithm.ECDH_X25519)
    _put(tmp_path, mine)
    sealed = EnvelopeSealer().seal(b"zip", Envelope.JOSE, foreign.pin)
    refused("unknown-key", lambda: open_jwe(sealed, FileOpeners(tmp_path, PASS)))
    refused("unknown-key", lambda: open_jwe(sealed, KeyOpeners(mine.opener)))
    named = files.key_path(tmp_path, Role.SEAL, foreign.pin.kid)
    shutil.copy(files.key_path(tmp_path, Role.SEAL, mine.pin.kid), named)
    refused("key-file", lambda: open_jwe(sealed, FileOpeners(tmp_path, PASS)))


@pytest.mark.parametrize(
    "kid", ["", "../" + "a" * 40, "a" * 42, "a" * 44, "/" + "a" * 42, "é" * 43]
)
def test_a_key_id_that_is_no_thumbprint_never_reaches_the_disk(tmp_path: Path, kid: str) -> None:
    refused("unknown-key", lambda: FileOpeners(tmp_path, PASS).opener(kid))


def test_a_key_id_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    (folder / "seal-x").mkdir(parents=True)
    files.write_private(
        tmp_path / "elsewhere.pem", held(OPERATOR, Role.SEAL, Algorithm.ECDH_X25519).key, PASS
    )
    assert (folder / "seal-x/../../elsewhere.pem").is_file()
    refused("unknown-key", lambda: FileOpeners(folder, PASS).opener("x/../../elsewhere"))
