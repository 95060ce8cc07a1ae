"""Doctor's checks of how a gateway is set up: program, folders, keys, databases, marks, units."""

from __future__ import annotations

import os
import ssl
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.domain.errors import PalangError
from gateway.domain.health import Check, Finding, Level
from gateway.domain.trust import Role
from gateway.main.backup_command_db import COPIES, SchemaActs
from gateway.main.doctor_command_keys import form_keys, rotations, strengths
from gateway.main.doctor_command_machine import old_copies, output
from gateway.main.doctor_command_periods import NAME, period_keys
from gateway.main.worker import check_high_water
from gateway.store import triggers
from gateway.store.highwater import HighWaterFile
from keys.policy import FLOORS, check_floors

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway

OWN_ROLES = (Role.MANIFEST, Role.CHECKPOINT, Role.STATEMENT)
UNITS = ("palang-worker.service", "palang-backup.timer")

Run = Callable[["Gateway"], Iterator[Finding]]


def setup_checks(gateway: Gateway) -> Sequence[Check]:
    """All of them. A module's own check is one line in CHECKS."""

    def check(name: str, run: Run) -> Check:
        return Check(name, lambda: run(gateway))

    return [check(name, run) for name, run in CHECKS.items()]


def good(name: str, text: str) -> Finding:
    """Nothing to do."""
    return Finding(name, Level.OK, text)


def program(_gateway: Gateway) -> Iterator[Finding]:
    """Versions; libraries with a known hole are refused."""
    check_floors()
    python = ".".join(map(str, sys.version_info[:3]))
    libraries = ", ".join(f"{name} {version(name)}" for name in FLOORS)
    yield good("program", f"palang {version('palang')}, Python {python}, {libraries}")
    if ssl.OPENSSL_VERSION_INFO < (3, 0):
        yield Finding(
            "program",
            Level.WARNING,
            f"{ssl.OPENSSL_VERSION} gets no fixes any more",
            "use a Python that is built with OpenSSL 3",
        )


def settings(gateway: Gateway) -> Iterator[Finding]:
    """Readable, and nothing in them that belongs to a test only."""
    chosen = gateway.settings
    if chosen.allow_private_addresses:
        yield Finding(
            "settings",
            Level.WARNING,
            "partners on private addresses are allowed",
            "allow_private_addresses = false, unless this is a test or a closed network",
        )
    if chosen.mail.relay and not chosen.mail.sender:
        yield Finding("settings", Level.CRITICAL, "[mail] has a relay and no sender", "set sender")
    yield good("settings", f"{chosen.home / 'palang.toml'} reads")


def folders(gateway: Gateway) -> Iterator[Finding]:
    """Only this user may look into them, and it may write there."""
    chosen = gateway.settings
    for folder in (chosen.state_folder, chosen.keys_folder):
        yield _folder(folder)
    if chosen.unlock_file is not None:
        yield _folder(chosen.unlock_file.parent)


def _folder(folder: Path) -> Finding:
    try:
        found = folder.stat()
    except OSError as error:
        advice = "bring it back from a backup: palang restore"
        return Finding("folders", Level.CRITICAL, f"{folder}: {error.strerror}", advice)
    if stat.S_IMODE(found.st_mode) & 0o077:
        return Finding(
            "folders", Level.CRITICAL, f"{folder} is open to others", f"chmod 700 {folder}"
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Finding(
            "folders",
            Level.CRITICAL,
            f"this user can't write in {folder}",
            "run as the gateway's own user, or chown it to that one",
        )
    return good("folders", f"{folder} is private")


def unlock(gateway: Gateway) -> Iterator[Finding]:
    """The secret that opens the keys unattended."""
    where = gateway.settings.unlock_file or "the systemd credential"
    yield good("unlock", f"{len(gateway.secret)} bytes from {where}")


def own_keys(gateway: Gateway) -> Iterator[Finding]:
    """Each private key that a worker needs is there, opens, and is the pinned one."""
    now = gateway.clock.now()
    for role in OWN_ROLES:
        try:
            yield good("own-keys", f"{role} {gateway.keyring.signer(role, now).kid} opens")
        except PalangError as error:
            advice = error.hint or "restore the keys folder from a backup: palang restore"
            yield Finding("own-keys", Level.CRITICAL, f"{role}: {error}", advice)
    gateway.ssh.public_line("doctor")
    yield good("own-keys", "the SSH key opens")


def databases(gateway: Gateway) -> Iterator[Finding]:
    """Reachable, and of this program's schema."""
    for found in SchemaActs(gateway).states():
        if not found.found:
            continue
        if found.usable:
            yield good("databases", f"{found.name}: schema {found.found}")
        else:
            advice = "palang db upgrade" if found.behind else "use a newer program"
            text = f"{found.name}: schema {found.found}, needed {found.needed}"
            yield Finding("databases", Level.CRITICAL, text, advice)


def append_only(gateway: Gateway) -> Iterator[Finding]:
    """The triggers that keep history as it was written."""
    lacking = triggers.missing(gateway.settings.database_url)
    if lacking:
        yield Finding(
            "append-only",
            Level.CRITICAL,
            f"{len(lacking)} triggers are gone: {', '.join(lacking[:5])}",
            "find out who took them away; palang fsck, then restore a backup",
        )
    else:
        yield good("append-only", "every trigger is there")


def high_water(gateway: Gateway) -> Iterator[Finding]:
    """The database is as new as what left the house."""
    check_high_water(gateway, HighWaterFile(gateway.settings.high_water_file))
    yield good("high-water", "the database is as new as what left the house")


def copies(gateway: Gateway) -> Iterator[Finding]:
    """Copies in clear that upgrades left."""
    folder = gateway.settings.state_folder / COPIES
    found = old_copies(folder)
    if found:
        yield Finding(
            "copies",
            Level.WARNING,
            f"{len(found)} copies in clear in {folder}",
            "delete them once the new version has run for a day: they hold numbers",
        )
    else:
        yield good("copies", "no copy in clear lies around")


def exchange(gateway: Gateway) -> Iterator[Finding]:
    """The listener's files, where it runs from these settings."""
    chosen = gateway.settings.exchange
    named = {"tls_cert": chosen.tls_cert, "tls_key": chosen.tls_key, "client_ca": chosen.client_ca}
    lacking = [
        f"{setting} ({name})"
        for setting, name in named.items()
        if name and not (gateway.settings.home / name).is_file()
    ]
    if lacking:
        yield Finding(
            "exchange",
            Level.CRITICAL,
            f"[exchange] names files that are not there: {', '.join(lacking)}",
            "bring them back; a backup does not hold them",
        )
        return
    if chosen.tls_cert and chosen.tls_key:
        home = gateway.settings.home
        yield _pair(home / chosen.tls_cert, home / chosen.tls_key)
    else:
        yield good("exchange", "no listener runs from these settings")


def _pair(certificate: Path, key: Path) -> Finding:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        return Finding(
            "exchange",
            Level.CRITICAL,
            f"{certificate.name} and {key.name} can't be used together: {error.strerror}",
            "name the certificate that was issued for this key",
        )
    return good("exchange", f"{certificate.name} and its key fit")


def units(_gateway: Gateway) -> Iterator[Finding]:
    """What systemd starts at boot, where systemd runs this machine."""
    if not Path("/run/systemd/system").is_dir():
        yield good("units", "no systemd here: something else must start palang up")
        return
    for unit in UNITS:
        state = output("systemctl", "is-enabled", unit) or "not installed"
        if state == "enabled":
            yield good("units", f"{unit} starts at boot")
        else:
            advice = f"systemctl enable --now {unit}; docs/install.md"
            yield Finding("units", Level.WARNING, f"{unit} is {state}", advice)


CHECKS: dict[str, Run] = {
    "program": program,
    "settings": settings,
    "folders": folders,
    "unlock": unlock,
    "own-keys": own_keys,
    "key-strength": strengths,
    "rotation": rotations,
    "form-keys": form_keys,
    NAME: period_keys,
    "databases": databases,
    "append-only": append_only,
    "high-water": high_water,
    "copies": copies,
    "exchange": exchange,
    "units": units,
}
