"""docs/install.md as somebody types it: its blocks of commands, run in a folder of the test's own.

What only a whole machine has is stood in for by scripts that come first in PATH: other users,
systemd, and its sealing of credentials. Paths of the system lie below the folder, and both
PostgreSQL servers are one, without TLS.
"""

from __future__ import annotations

import os
import re
import subprocess
import textwrap
from pathlib import Path

from tests.peers.postgres import Server

PAGE = Path(__file__).parents[2] / "docs" / "install.md"
PASSWORD = "kata-sandi-uji"
_BLOCK = re.compile(r"^ {7}\S.*\n(?:(?: {7}.*)?\n)*", re.M)
_COMMANDS = ("sudo ", "palang ", "install ", "systemd-creds ", "systemd-run ")
_NOTED = 'echo "$(basename "$0") $*" >> "$NOTED"\n'
_STAND_INS = {
    "sudo": '[ "$2" != postgres ] || export PGHOST="$SOCKET" PGUSER=postgres\nshift 2\nexec "$@"\n',
    "systemctl": _NOTED,
    "systemd-run": _NOTED,
    "systemd-creds": _NOTED + 'for last; do :; done\ncp "$3" "$last"\n',
    # the users of the units are not there; folders and modes are made as printed
    "install": 'while [ "$2" = -o ] || [ "$2" = -g ]; do\n'
    'first=$1; shift 3; set -- "$first" "$@"\ndone\n'
    'exec /usr/bin/install "$@"\n',
}


def blocks(section: str) -> list[str]:
    """The blocks of commands below a heading, as they are printed."""
    text = PAGE.read_text("utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    found = [textwrap.dedent(block) for block in _BLOCK.findall(text)]
    return [block for block in found if block.startswith(_COMMANDS)]


class Machine:
    """Where the page's commands run; `palang` is the folder of its program."""

    def __init__(self, folder: Path, palang: Path, server: Server) -> None:
        self.folder = folder
        self.noted = folder / "noted"
        for path in ("bin", "var/lib/palang", "var/lib/palang-web", "etc/palang"):
            (folder / path).mkdir(parents=True)
        for name, script in _STAND_INS.items():
            (folder / "bin" / name).write_text(f"#!/bin/sh\n{script}")
            (folder / "bin" / name).chmod(0o755)
        secret = folder / ".pgpass"  # as the page has it
        secret.touch(0o600)
        secret.write_text(f"*:*:*:*:{PASSWORD}\n")
        places = [folder / "bin", palang, server.programs, os.environ["PATH"]]
        self.environment = {
            "PATH": os.pathsep.join(map(str, places)),
            "HOME": str(folder),
            "NOTED": str(self.noted),
            "PGPASSFILE": str(secret),
            "PGPORT": str(server.port),
            "SOCKET": server.folder,
        }

    def type(self, block: str) -> str:
        """Run a block in one shell, which ends with the first command that fails."""
        text = block.replace("outside.example", "localhost").replace("?sslmode=verify-full", "")
        for place in ("/var/lib/palang", "/etc/palang"):
            text = text.replace(place, f"{self.folder}{place}")
        done = subprocess.run(
            ["sh", "-euc", text],
            env=self.environment,
            cwd=self.folder,
            input=f"{PASSWORD}\n{PASSWORD}\n",  # createuser asks here where there is no terminal
            capture_output=True,
            text=True,
            timeout=120,
            start_new_session=True,
            check=False,
        )
        assert done.returncode == 0, (block, done.stdout, done.stderr)
        return done.stdout
