"""What this machine says of itself: disk, clock, certificates, the last backup, systemd."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from gateway.domain import fields
from gateway.domain.canonical import decode
from gateway.domain.errors import NotVerified
from gateway.domain.times import SECOND, Micros
from gateway.main.backup_command import LAST
from gateway.services.status_facts import Machine

if TYPE_CHECKING:
    from config.settings import Settings

_PATIENCE = 3.0  # seconds that timedatectl or systemctl may take


def machine(settings: Settings) -> Machine:
    """Ask it."""
    usage = shutil.disk_usage(settings.state_folder)
    return Machine(
        free=usage.free,
        total=usage.total,
        synchronised=synchronised(),
        certificates=tuple(certificates(settings)),
        backup_at=last_backup(settings),
    )


def synchronised() -> bool | None:
    """Whether the clock follows a time server; None where nobody can tell."""
    said = output("timedatectl", "show", "--property=NTPSynchronized", "--value")
    return {"yes": True, "no": False}.get(said)


def output(program: str, *words: str) -> str:
    """What a system tool prints, "" where it is not here or fails."""
    path = shutil.which(program)
    if path is None:
        return ""
    try:
        done = subprocess.run(
            [path, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def certificates(settings: Settings) -> Iterator[tuple[str, Micros]]:
    """Name and end of each certificate that the settings name and that can be read."""
    for name in (settings.exchange.tls_cert, settings.exchange.client_ca):
        path = settings.home / name
        if name and path.is_file():
            try:
                for found in x509.load_pem_x509_certificates(path.read_bytes()):
                    end = int(found.not_valid_after_utc.timestamp()) * SECOND
                    yield path.name, end
            except (OSError, ValueError):
                yield f"{path.name} (can't be read)", 0


def last_backup(settings: Settings) -> Micros | None:
    """When the last backup was made from this home."""
    path = settings.state_folder / LAST
    try:
        return fields.moment(decode(path.read_bytes(), what=str(path)), "at")
    except (OSError, NotVerified):
        return None


def old_copies(folder: Path) -> list[str]:
    """Copies in clear that an upgrade made."""
    return sorted(path.name for path in folder.glob("*")) if folder.is_dir() else []
