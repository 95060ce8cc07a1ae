"""The secret that unlocks the worker's keys unattended (issue 2 item 5).

From a mounted file, or from systemd: `LoadCredential=palang-unlock:/path` shows it as the file
`palang-unlock` in $CREDENTIALS_DIRECTORY, where systemd itself keeps others out.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from gateway.domain.errors import InputError, NotFound, NotPermitted

CREDENTIAL = "palang-unlock"
MAX_SECRET = 1024  # bytes


def unlock_secret(path: Path | None, environ: Mapping[str, str]) -> bytes:
    """The unlock secret from `path`, or from the systemd credential where `path` is None.

    Raises NotFound where there is none; InputError for an empty or overlong one; NotPermitted for
    a file that others can read.
    """
    if path is not None:
        return read_secret(path, _is_credential(path, environ))
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise NotFound(
            "no unlock secret: no file is named and no systemd credential is there",
            hint=f"name a file in the settings, or LoadCredential={CREDENTIAL}:/path in the unit",
        )
    return read_secret(Path(folder) / CREDENTIAL, private_folder=True)


def _is_credential(path: Path, environ: Mapping[str, str]) -> bool:
    folder = environ.get("CREDENTIALS_DIRECTORY")
    return bool(folder) and path.resolve().parent == Path(folder or "").resolve()


def read_secret(path: Path, private_folder: bool = False) -> bytes:
    """The secret in a file, without one trailing newline. Raises as `unlock_secret`."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(MAX_SECRET + 2)
    except FileNotFoundError:
        raise NotFound(f"there is no secret file {path}") from None
    except OSError as error:
        raise InputError(f"the secret file {path} can't be read: {error.strerror}") from None
    if stat.S_IMODE(mode) & 0o077 and not private_folder:
        raise NotPermitted(f"the secret file {path} is open to others", hint=f"chmod 600 {path}")
    secret = data.removesuffix(b"\r\n" if data.endswith(b"\r\n") else b"\n")
    if not 0 < len(secret) <= MAX_SECRET:
        raise InputError(f"the secret in {path} must have 1 to {MAX_SECRET} bytes")
    return secret
