"""Passwords, tokens, certificates and request keys: encrypted on disk, clear in memory only."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc import jwe
from joserfc.jwk import OctKey

from gateway import ports
from gateway.domain import failpoints
from gateway.domain.errors import InputError, NotFound, NotPermitted, NotVerified
from gateway.domain.trust import Algorithm
from keys import raw
from keys.secret_files import ALG, ENC, SecretFiles, SecretName
from keys.transport import Transport
from keys.transport_admin import SecretAdmin
from tests.keys.secret_samples import ID, UNLOCK, WORD, pem


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """No test's fail-point outlives it."""
    yield
    failpoints.arm(None)


def test_what_was_set_is_what_the_port_gives(admin: SecretAdmin, tmp_path: Path) -> None:
    port: ports.TransportSecrets = Transport(tmp_path, UNLOCK)
    admin.set("mail-relay", "", WORD + b"\n")
    admin.set("mailbox", "", "kata sandi é".encode())
    admin.set("bearer", ID, b"token==\r\n")
    made = admin.set("client-certificate", ID, pem())
    signing = admin.generate(ID, Algorithm.ES256)
    assert port.password("mail-relay").encode() == WORD
    assert port.password("mailbox") == "kata sandi é"
    assert port.bearer(ID) == "token=="
    pair = port.client_certificate(ID)
    assert pair is not None
    assert b"PRIVATE" not in pair[0] and pair[0].decode() == made.public
    assert pair[1].startswith(b"-----BEGIN PRIVATE KEY-----")
    signer = port.request_signer(ID)
    assert isinstance(signer, raw.PrivateSigner)
    assert (signer.kid, signer.alg) == (signing.detail, Algorithm.ES256)


def test_what_was_not_set_is_not_found_or_nothing(tmp_path: Path) -> None:
    port = Transport(tmp_path, UNLOCK)
    for account in ("mail-relay", "mailbox"):
        with pytest.raises(NotFound):
            port.password(account)
    assert (port.bearer(ID), port.client_certificate(ID), port.request_signer(ID)) == (None,) * 3


def test_another_partner_has_none_of_it(admin: SecretAdmin, tmp_path: Path) -> None:
    admin.set("bearer", ID, b"token")
    assert Transport(tmp_path, UNLOCK).bearer("opr-uji-b") is None


@pytest.mark.parametrize("name", ["../ssh", "a/b", "", "A", "a.b", "a" * 32, "a\n"])
def test_a_partner_id_names_no_way(admin: SecretAdmin, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        admin.set("bearer", name, b"token")
    with pytest.raises(InputError):
        Transport(tmp_path, UNLOCK).bearer(name or "a.b")


def test_a_file_under_another_partners_name_is_refused(admin: SecretAdmin, tmp_path: Path) -> None:
    admin.set("bearer", ID, b"token")
    (tmp_path / f"bearer.{ID}.jwe").rename(tmp_path / "bearer.opr-uji-b.jwe")
    with pytest.raises(NotVerified) as caught:
        Transport(tmp_path, UNLOCK).bearer("opr-uji-b")
    assert caught.value.reason == "key-file"


def test_no_clear_text_reaches_the_disk(admin: SecretAdmin, tmp_path: Path) -> None:
    admin.set("mail-relay", "", WORD)
    admin.set("client-certificate", ID, pem())
    admin.generate(ID, Algorithm.ED25519)
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert WORD not in data and b"PRIVATE" not in data and b"CERTIFICATE" not in data
    assert len(list(tmp_path.iterdir())) == 3


def test_a_jose_tool_opens_the_file_with_the_unlock_secret(
    admin: SecretAdmin, tmp_path: Path
) -> None:
    admin.set("mail-relay", "", WORD)
    token = (tmp_path / "mail-relay.jwe").read_bytes().strip()
    found = jwe.decrypt_compact(token, OctKey.import_key(UNLOCK), algorithms=[ALG, ENC])
    assert found.plaintext == WORD
    assert found.protected["p2c"] == 20_000


@pytest.mark.parametrize("wrong", [b"another secret", UNLOCK[:-1], UNLOCK + b"\n"])
def test_another_unlock_secret_opens_nothing(
    admin: SecretAdmin, tmp_path: Path, wrong: bytes
) -> None:
    admin.set("mail-relay", "", WORD)
    with pytest.raises(NotVerified) as caught:
        Transport(tmp_path, wrong).password("mail-relay")
    assert caught.value.reason == "passphrase"
    assert wrong.decode() not in str(caught.value)


def test_no_flipped_byte_and_no_cut_gives_anything(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path, UNLOCK)
    name = SecretName("mail-relay")
    files.write(name, WORD)
    path = tmp_path / "mail-relay.jwe"
    good = path.read_bytes()
    places = [0, 5, *range(10, len(good) - 1, 23), len(good) - 3]
    flips = [good[:p] + bytes((good[p] ^ 1,)) + good[p + 1 :] for p in places]
    cuts = [good[:cut] for cut in range(0, len(good) - 1, 40)]
    for broken in [*flips, *cuts, good * 2, b"x" * 200_000]:
        path.write_bytes(broken)
        try:
            assert files.read(name) == WORD  # unused bits of a part's last base64 digit
            assert sum(a != b for a, b in zip(broken, good, strict=True)) == 1
        except NotVerified as error:
            assert "mail-relay.jwe" in str(error)


def test_a_file_larger_than_a_secret_is_named_as_such(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path, UNLOCK)
    files.write(SecretName("mailbox"), WORD)
    with (tmp_path / "mailbox.jwe").open("ab") as file:
        file.write(b"x" * 200_000)
    with pytest.raises(NotVerified, match="larger than a secret file"):
        files.read(SecretName("mailbox"))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_can_read_is_not_used(
    admin: SecretAdmin, tmp_path: Path, mode: int
) -> None:
    admin.set("mail-relay", "", WORD)
    (tmp_path / "mail-relay.jwe").chmod(mode)
    with pytest.raises(NotPermitted) as caught:
        Transport(tmp_path, UNLOCK).password("mail-relay")
    assert "chmod 600" in caught.value.hint


def test_a_link_is_not_followed(admin: SecretAdmin, tmp_path: Path) -> None:
    admin.set("mail-relay", "", WORD)
    (tmp_path / "mail-relay.jwe").rename(tmp_path / "real")
    (tmp_path / "mail-relay.jwe").symlink_to("real")
    with pytest.raises(NotPermitted):
        Transport(tmp_path, UNLOCK).password("mail-relay")
    admin.set("mail-relay", "", b"newer")
    assert not (tmp_path / "mail-relay.jwe").is_symlink()
    assert Transport(tmp_path, UNLOCK).password("mail-relay") == "newer"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_it_is_for_its_owner_alone_from_its_first_moment(
    admin: SecretAdmin, tmp_path: Path, umask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    born: list[tuple[int, int]] = []
    real = os.open

    def watched(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        handle = real(path, flags, mode, dir_fd=dir_fd)
        if flags & os.O_CREAT:
            born.append((stat.S_IMODE(os.fstat(handle).st_mode), flags & os.O_EXCL))
        return handle

    monkeypatch.setattr(os, "open", watched)
    before = os.umask(umask)
    try:
        admin.set("mail-relay", "", WORD)
    finally:
        os.umask(before)
    assert born == [(0o600 & ~umask, os.O_EXCL)]
    assert stat.S_IMODE((tmp_path / "mail-relay.jwe").stat().st_mode) == 0o600


_KILLED = """
import os, signal, sys
from pathlib import Path
from gateway.domain import failpoints
from keys.transport_admin import SecretAdmin
failpoints.arm_from(sys.argv[2], lambda: os.kill(os.getpid(), signal.SIGKILL))
SecretAdmin(Path(sys.argv[1]), b"correct horse battery").set("mail-relay", "", b"new")
"""


@pytest.mark.parametrize(
    ("point", "then"), [("before:secret.rename", "old"), ("after:secret.rename", "new")]
)
def test_a_kill_leaves_the_old_secret_or_the_new_and_the_next_write_tidies(
    admin: SecretAdmin, tmp_path: Path, point: str, then: str
) -> None:
    admin.set("mail-relay", "", b"old")
    command = [sys.executable, "-c", _KILLED, str(tmp_path), point]
    ran = subprocess.run(command, cwd=Path(__file__).parents[2], timeout=30)
    assert ran.returncode == -signal.SIGKILL
    assert Transport(tmp_path, UNLOCK).password("mail-relay") == then
    admin.set("mail-relay", "", b"newest")
    assert [path.name for path in tmp_path.iterdir()] == ["mail-relay.jwe"]
    assert Transport(tmp_path, UNLOCK).password("mail-relay") == "newest"


def test_a_failed_write_leaves_the_old_secret_and_nothing_else(
    admin: SecretAdmin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.set("mail-relay", "", b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(InputError, match="No space left"):
            admin.set("mail-relay", "", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["mail-relay.jwe"]
    assert Transport(tmp_path, UNLOCK).password("mail-relay") == "old"


def test_an_unlock_secret_that_protects_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unlock secret"):
        SecretAdmin(tmp_path, b"short").set("mail-relay", "", WORD)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be written"):
        SecretAdmin(tmp_path / "no", UNLOCK).set("mail-relay", "", WORD)
