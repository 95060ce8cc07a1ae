"""`python -m tests.peers.postgres_keeper FOLDER` starts PostgreSQL, stops it when nobody is left.

It ends (exit 0) once the server is ready; a child stays behind, reads the pipe that each user of
the server keeps open, and clears up after the last one.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from demo.ports import free_port
from tools.peers import WHEELS, find

SETTINGS = (
    *("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off"),
    *("shared_buffers=32MB", "max_connections=200", "listen_addresses=127.0.0.1"),
    "deadlock_timeout=50ms",
)


class Cluster:
    """A data folder under `base` and the programs that run it."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.data = base / "data"
        self.as_user = _plain_user()
        self.programs = self._programs()
        self.password = secrets.token_hex(16)

    def start(self) -> None:
        """Make it and start it; writes server.json."""
        if self.as_user:
            # root may not run it; the folder of the socket is the server's own
            os.chown(self.base, self.as_user["user"], self.as_user["group"])
        secret = self.base / "secret"
        secret.write_text(self.password)
        secret.chmod(0o644)
        self.run(
            *("initdb", "-D", str(self.data), "-U", "postgres", "-E", "UTF8", "--locale=C"),
            *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}"),
            *("--no-sync", "--no-instructions"),
        )
        port = free_port()
        options = " ".join(f"-c {one}" for one in SETTINGS) + f" -k {self.base} -p {port}"
        self.run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.log), "-o", options, "start")
        version = int((self.data / "PG_VERSION").read_text())
        words = {"folder": str(self.base), "port": port, "password": self.password}
        words["programs"] = str(self.programs)
        (self.base / "server.json").write_text(json.dumps(words | {"version": version}))

    def stop(self) -> None:
        """Stop it at once; what it held goes with its folder."""
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.base / "data" / "server.log"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs, as the plain user."""
        subprocess.run(
            [str(self.programs / program), *arguments],
            check=True,
            cwd=self.base,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            timeout=60,
            **self.as_user,
        )

    def _programs(self) -> Path:
        """The folder with initdb and pg_ctl: the system's, else the wheel's; root's own environment
        may be closed to the plain user, so that one gets a copy."""
        if installed := find("postgres"):
            return Path(installed).parent
        spec = find_spec(WHEELS["postgres"])
        assert spec and spec.submodule_search_locations, "neither PostgreSQL nor its wheel is here"
        package = Path(spec.submodule_search_locations[0])
        release = package / "pginstall18"
        if not self.as_user:
            return release / "bin"
        copied = self.base / "wheel"
        libraries = f"{package.name}.libs"
        shutil.copytree(package.parent / libraries, copied / libraries)
        shutil.copytree(release, copied / package.name / release.name, symlinks=True)
        return copied / package.name / release.name / "bin"


def _plain_user() -> dict[str, Any]:
    """As whom the server runs, in the words of subprocess; nothing for a plain user."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    groups: Sequence[int] = ()
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": groups}


def keep(base: Path, cluster: Cluster) -> None:
    """Wait until no process holds the pipe any more, then clear up."""
    pipe = os.open(base / "alive", os.O_RDONLY | os.O_NONBLOCK)
    lock = os.open(base / "lock", os.O_RDWR | os.O_CREAT)
    while True:
        time.sleep(0.2)
        if _held(pipe):
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)  # the one who starts us has it until it holds the pipe
        if not _held(pipe):
            break
        fcntl.flock(lock, fcntl.LOCK_UN)
    (base / "alive").unlink()
    cluster.stop()
    shutil.rmtree(base)


def _held(pipe: int) -> bool:
    """A pipe that somebody could still write to has nothing to read; else it is at its end."""
    try:
        return os.read(pipe, 1) != b""
    except BlockingIOError:
        return True


def main(base: Path) -> None:
    """Start, then leave a child behind."""
    log = os.open(base / "keeper.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    shutil.rmtree(base / "data", ignore_errors=True)
    cluster = Cluster(base)
    cluster.start()
    (base / "alive").unlink(missing_ok=True)
    os.mkfifo(base / "alive", 0o600)
    reader = os.open(base / "alive", os.O_RDONLY | os.O_NONBLOCK)
    if os.fork():
        os._exit(0)
    os.setsid()
    keep(base, cluster)
    os.close(reader)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
