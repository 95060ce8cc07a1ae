"""The unattended unlock secret: a mounted file or a systemd credential."""

from pathlib import Path

import pytest

from gateway.domain.errors import InputError, NotFound, NotPermitted
from keys.secrets import CREDENTIAL, read_secret, unlock_secret


def _file(path: Path, data: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("data", "secret"),
    [
        (b"unlock me", b"unlock me"),
        (b"unlock me\n", b"unlock me"),
        (b"unlock me\r\n", b"unlock me"),
        (b"unlock me\n\n", b"unlock me\n"),
        (b"unlock me\r", b"unlock me\r"),
        (b" unlock me ", b" unlock me "),
        (b"x" * 1024 + b"\n", b"x" * 1024),
    ],
)
def test_one_trailing_newline_is_cut_and_nothing_else(
    tmp_path: Path, data: bytes, secret: bytes
) -> None:
    assert unlock_secret(_file(tmp_path / "secret", data), {}) == secret


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o444, 0o610])
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(NotPermitted):
        unlock_secret(_file(tmp_path / "secret", b"unlock me", mode), {})


def test_a_systemd_credential_is_taken_though_its_mode_is_wider(tmp_path: Path) -> None:
    path = _file(tmp_path / CREDENTIAL, b"unlock me", 0o440)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert unlock_secret(None, environ) == b"unlock me"
    assert unlock_secret(path, environ) == b"unlock me"


def test_a_named_file_wins_over_the_credential(tmp_path: Path) -> None:
    _file(tmp_path / CREDENTIAL, b"credential", 0o440)
    folder = tmp_path / "other"
    folder.mkdir()
    named = _file(folder / "secret", b"named")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert unlock_secret(named, environ) == b"named"
    named.chmod(0o644)
    with pytest.raises(NotPermitted):
        unlock_secret(named, environ)


@pytest.mark.parametrize("data", [b"", b"\n", b"x" * 1025, b"x" * 5000])
def test_an_empty_or_overlong_secret_is_refused_and_not_shown(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_secret(_file(tmp_path / "secret", data))
    assert b"xxx" not in str(caught.value).encode()


def test_no_secret_at_all_says_where_to_put_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        unlock_secret(None, {})
    assert "LoadCredential" in caught.value.hint
    with pytest.raises(NotFound):
        unlock_secret(None, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    with pytest.raises(NotFound):
        unlock_secret(tmp_path / "none", {})
    with pytest.raises(InputError):
        unlock_secret(tmp_path, {})
