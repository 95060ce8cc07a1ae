"""What a partner would use without us, over one file: gpg, `openssl cms` and age."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import cpu_of
from tools import peers

Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Tool:
    """How one tool seals a file and opens it again. `idle` is the CPU, in seconds, of a helper
    process of its own that nobody waits for."""

    name: str
    seal: Run
    open: Run
    idle: Callable[[], float] = lambda: 0.0


@contextmanager
def tools(data: bytes, compress: bool) -> Iterator[list[Tool]]:
    """Those that are installed, each with keys of its own and `data` in a file.

    Without `compress` gpg is told not to: it would try on a ZIP too, for nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        (base / "plain").write_bytes(data)
        found = []
        try:
            if program := peers.find("gpg"):
                found.append(_gpg(program, base, () if compress else ("-z", "0")))
            if program := peers.find("openssl"):
                found.append(_openssl(program, base))
            if program := shutil.which("age"):
                found.append(_age(program, base))
            yield found
        finally:
            _ask(base, "gpgconf", "--homedir", str(base / "gpg"), "--kill", "all")


def missing() -> str:
    """What is not installed, in words for a title."""
    here = {
        "gpg": peers.find("gpg"),
        "openssl": peers.find("openssl"),
        "age": shutil.which("age"),
    }
    names = [name for name, path in here.items() if not path]
    return f" (not installed: {', '.join(names)})" if names else ""


def _ask(base: Path, *command: str) -> str:
    try:
        return subprocess.run(command, cwd=base, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""  # the tool was left out, and so was its helper


def _run(base: Path, *command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd=base)


def _gpg(program: str, base: Path, options: tuple[str, ...]) -> Tool:
    """Signed and sealed at once."""
    home = base / "gpg"
    home.mkdir(0o700)
    head = [program, "--homedir", str(home), "--batch", "--yes", "--quiet"]
    head += ["--no-auto-key-locate", "--disable-dirmngr", "--trust-model", "always"]
    for name in ("gateway@bench.example", "partner@bench.example"):
        _run(base, *head, "--passphrase", "", "--quick-gen-key", name, "default", "default")
    names = ("-u", "gateway@bench.example", "-r", "partner@bench.example")
    agent = int(
        _ask(base, "gpg-connect-agent", "--homedir", str(home), "getinfo pid", "/bye").split()[1]
    )
    return Tool(
        "gpg --sign --encrypt",
        lambda: _run(
            base, *head, *options, *names, "-o", "gpg.out", "--sign", "--encrypt", "plain"
        ),
        lambda: _run(base, *head, "-o", "gpg.opened", "--decrypt", "gpg.out"),
        lambda: cpu_of(agent),
    )


def _openssl(program: str, base: Path) -> Tool:
    """Signed, then sealed, a process each, P-256 and AES-256-GCM as docs/envelopes.md says."""
    for name in ("gateway", "partner"):
        curve = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        _run(base, program, "genpkey", *curve, "-out", f"{name}.key")
        new = ("req", "-x509", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}")
        _run(base, program, *new, "-days", "9", "-out", f"{name}.crt")

    def cms(*arguments: str) -> None:
        _run(base, program, "cms", *arguments)

    def seal() -> None:
        by = ("-signer", "gateway.crt", "-inkey", "gateway.key", "-md", "sha256")
        out = ("-outform", "DER", "-out", "signed")
        cms("-sign", "-binary", "-nodetach", *by, "-in", "plain", *out)
        to = ("-keyid", "-recip", "partner.crt", "-keyopt", "ecdh_kdf_md:sha256")
        kind = ("-encrypt", "-aes-256-gcm", "-binary", *to)
        cms(*kind, "-in", "signed", "-outform", "DER", "-out", "openssl.out")

    def open_() -> None:
        key = ("-inkey", "partner.key", "-in", "openssl.out", "-out", "unsealed")
        cms("-decrypt", "-inform", "DER", *key)
        by = ("-certfile", "gateway.crt", "-nointern", "-noverify")
        cms("-verify", "-binary", "-inform", "DER", "-in", "unsealed", *by, "-out", "opened")

    return Tool("openssl cms, signed and sealed", seal, open_)


def _age(program: str, base: Path) -> Tool:
    """Sealed only: age signs nothing."""
    _run(base, f"{program}-keygen", "-o", "age.key")
    line = (base / "age.key").read_text().partition("public key: ")[2]
    recipient = line.split()[0]
    return Tool(
        "age, without a signature",
        lambda: _run(base, program, "-r", recipient, "-o", "age.out", "plain"),
        lambda: _run(base, program, "-d", "-i", "age.key", "-o", "age.opened", "age.out"),
    )
