"""GnuPG as a partner has it: a key ring of its own, no network, no questions."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import peers

_OPTIONS = (
    *("--batch", "--yes", "--quiet", "--no-auto-key-locate", "--disable-dirmngr"),
    *("--pinentry-mode", "loopback", "--passphrase", "", "--trust-model", "always"),
)


@dataclass(frozen=True)
class Gpg:
    """One key ring."""

    program: str
    home: Path

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """What gpg prints; it must succeed."""
        done = self.ask(*arguments, data=data)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout

    def ask(self, *arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """What gpg does, whatever it is."""
        command = [self.program, "--homedir", str(self.home), *_OPTIONS, *arguments]
        return subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)

    def new_key(self, name: str, algorithm: str = "future-default", ends: str = "never") -> bytes:
        """The certificate of a new key that signs, with a subkey that opens; as armour."""
        self.run("--quick-gen-key", name, algorithm, "default", ends)
        return self.certificate(name)

    def certificate(self, name: str) -> bytes:
        """A key's certificate as armour."""
        return self.run("--armor", "--export", f"={name}")

    def fingerprint(self, name: str) -> str:
        """Of the primary key, in capitals."""
        lines = self.run("--with-colons", "-k", f"={name}").decode().splitlines()
        return next(line.split(":")[9] for line in lines if line.startswith("fpr:"))


@contextmanager
def key_ring() -> Iterator[Gpg]:
    """An empty key ring; its agent is stopped at the end. The path is short: it names a socket."""
    program = peers.find("gpg")
    assert program is not None
    home = Path(tempfile.mkdtemp(prefix="gpg-"))
    try:
        yield Gpg(program, home)
    finally:
        agent = ["gpgconf", "--homedir", str(home), "--kill", "all"]
        subprocess.run(agent, check=False, capture_output=True, timeout=60)
        shutil.rmtree(home, ignore_errors=True)
