"""The system's OpenSSH over a partner's folder, set up as docs/channel-directory.md says.

As root with the real ChrootDirectory and another user; a plain user can't shut anybody in, so there
sshd serves the same folder without it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.ports import free_port
from demo.servers import SshdServer, _greeting, _needs_pam, _write
from tests.adapters.directory_rigs import AS_ROOT, ID, NOBODY, DirectoryRig
from tests.adapters.rigs import AUTHORIZED, LOGIN

DOCS = Path(__file__).parents[2] / "docs" / "channel-directory.md"
_GLOBAL = """\
ListenAddress 127.0.0.1:{port}
HostKey {work}/host_key
UsePAM {pam}
StrictModes no
PidFile none
LogLevel ERROR
Subsystem sftp internal-sftp
"""


def block(kind: str, holding: str = "") -> str:
    """A fenced block of the document, by its language and a text in it."""
    blocks = re.findall(rf"```{kind}\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (found,) = [text for text in blocks if holding in text]
    return str(found)


class DirectorySshd(SshdServer):
    """sshd with the documented lines; only paths and the account's name are the test's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, AUTHORIZED)
        if AS_ROOT:
            self.user = "nobody"

    def _try(self, program: str, work: Path) -> bool:
        self.port = free_port()
        _write(work / "host_key", self.host_key)
        _write(work / "authorized_keys", self.authorized.encode() + b"\n")
        (work / "authorized_keys").chmod(0o644)
        work.chmod(0o755)
        settings = _GLOBAL.format(port=self.port, work=work, pam="no" if AS_ROOT else _needs_pam())
        _write(work / "sshd_config", (settings + self._documented(work)).encode())
        command = [program, "-D", "-e", "-f", str(work / "sshd_config")]
        with (work / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return bool(_greeting(self.port, self._process))

    def _documented(self, work: Path) -> str:
        text = block("sshd_config")
        for written, here in (
            ("Group palang-partners", f"User {self.user}"),
            ("/etc/ssh/palang-keys/%u", f"{work}/authorized_keys"),
            ("/srv/palang/%u", str(self.folder)),
        ):
            assert text.count(written) == 1
            text = text.replace(written, here)
        if AS_ROOT:
            return text
        shut_in = f"ChrootDirectory {self.folder}\n    ForceCommand internal-sftp"
        assert shut_in in text
        return text.replace(shut_in, f"ForceCommand internal-sftp -d {self.folder}")


class Served:
    """The rig, its server, and the partner's own machine: a folder and the stock client."""

    def __init__(self, rig: DirectoryRig, server: DirectorySshd, home: Path) -> None:
        self.rig, self.server, self.home = rig, server, home
        home.mkdir()
        _write(home / "key", LOGIN.export_private_key())
        (home / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.pin}\n")
        (home / "config").write_text(
            f"Host gerbang\n HostName 127.0.0.1\n Port {server.port}\n User {server.user}\n"
            f" IdentityFile {home}/key\n IdentitiesOnly yes\n"
            f" UserKnownHostsFile {home}/known_hosts\n StrictHostKeyChecking yes\n"
        )
        (home / "palang-fetch").write_text(block("sh", "#!/bin/sh"))

    def cron(self) -> None:
        """Run the documented script as it stands there."""
        command = ["sh", "palang-fetch", "-F", "config", "gerbang"]
        ran = subprocess.run(command, cwd=self.home, capture_output=True, text=True, timeout=30)
        assert ran.returncode == 0, ran.stderr
        assert "rror" not in ran.stderr, ran.stderr

    def sftp(self, *lines: str) -> tuple[int, str]:
        """The stock client with these commands: exit code and all that it said."""
        command = ["sftp", "-q", "-b", "-", "-F", "config", "gerbang"]
        ran = subprocess.run(
            command,
            cwd=self.home,
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            timeout=30,
        )
        return ran.returncode, ran.stdout + ran.stderr


@contextmanager
def served(tmp: Path) -> Iterator[Served]:
    """All of it. The folders lie where no other user may write above them, or sshd refuses."""
    above = Path(tempfile.mkdtemp(prefix="palang-test-", dir="/var/lib" if AS_ROOT else tmp))
    try:
        above.chmod(0o755)
        rig = DirectoryRig(above / "root")
        if AS_ROOT:
            _as_documented(above / "root")
        with DirectorySshd(rig.own) as server:
            yield Served(rig, server, tmp / "home")
    finally:
        shutil.rmtree(above)


def _as_documented(root: Path) -> None:
    """Make the folders again, by the document's own lines; users and groups are those that any
    system has."""
    shutil.rmtree(root)
    lines = [line for line in block("sh", "groupadd").splitlines() if line.startswith("install -d")]
    assert len(lines) == 3
    script = "\n".join(lines).replace("/srv/palang", str(root))
    script = script.replace("-o palang -g palang", "-o root -g root")
    script = script.replace(f"-o palang -g {ID}", f"-o root -g {NOBODY}")
    assert "palang " not in script
    subprocess.run(["sh", "-eu", "-c", script], check=True)
    assert os.stat(root / ID / "pickup").st_mode & 0o7777 == 0o2770
