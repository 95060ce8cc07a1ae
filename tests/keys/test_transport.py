"""The SSH key: encrypted on disk, OpenSSH form in memory only."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_private_key,
)

from gateway.domain.errors import Conflict, NotVerified
from keys.transport import SshKey

_SECRET = b"correct horse battery"


def test_the_key_opens_with_the_secret_and_its_public_line_belongs_to_it(tmp_path: Path) -> None:
    key = SshKey(tmp_path, _SECRET)
    key.create()
    loaded = load_ssh_private_key(key.ssh_key("opr-uji-a"), password=None)
    line = key.public_line("palang@komdigi")
    assert line.startswith("ssh-ed25519 ") and line.endswith(" palang@komdigi")
    public = loaded.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    assert public.decode() == line.removesuffix(" palang@komdigi")


def test_nothing_on_disk_is_in_the_clear_and_nothing_is_overwritten(tmp_path: Path) -> None:
    key = SshKey(tmp_path, _SECRET)
    key.create()
    stored = (tmp_path / "ssh.pem").read_bytes()
    assert b"ENCRYPTED" in stored and b"OPENSSH" not in stored
    assert (tmp_path / "ssh.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(Conflict):
        key.create()
    with pytest.raises(NotVerified):
        SshKey(tmp_path, b"another secret").ssh_key("opr-uji-a")
