"""openssl as a partner has it: keys and certificates in a folder, and `openssl cms`."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.keys.cms_parts import SEALS, SIGNERS
from tests.keys.parties import Held
from tools import peers

OAEP = ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256")
ECDH = ("-keyopt", "ecdh_kdf_md:sha256")
PSS = ("-keyopt", "rsa_padding_mode:pss")
SEAL_OPTIONS = {"RSA": OAEP, "P-256": ECDH, "X25519": ()}
SIGN_OPTIONS = {"ES256": (), "Ed25519": (), "RSA-PSS": PSS}


@dataclass(frozen=True)
class Openssl:
    """The program, and a folder where each key of the tests lies with a certificate."""

    program: str
    folder: Path

    def ask(self, *arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """What openssl does, whatever it is."""
        return subprocess.run(
            [self.program, *arguments],
            input=data,
            capture_output=True,
            timeout=60,
            check=False,
            cwd=self.folder,
        )

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """What openssl prints; it must succeed."""
        done = self.ask(*arguments, data=data)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout

    def encrypt(self, name: str, data: bytes, *options: str) -> bytes:
        """A parcel to the key of this name, as docs/envelopes.md says it."""
        head = ("cms", "-encrypt", "-aes-256-gcm", "-binary", "-keyid")
        return self.run(*head, *options, "-recip", f"{name}.crt", *SEAL_OPTIONS[name], data=data)

    def decrypt(self, name: str, data: bytes, form: str = "DER") -> bytes:
        """The content of a parcel, by the private key alone."""
        return self.run("cms", "-decrypt", "-inform", form, "-inkey", f"{name}.key", data=data)

    def sign(self, name: str, data: bytes, *options: str) -> bytes:
        """A statement signed by the key of this name."""
        key = ("-signer", f"{name}.crt", "-inkey", f"{name}.key")
        return self.run(
            "cms", "-sign", "-md", "sha256", *key, *options, *SIGN_OPTIONS[name], data=data
        )

    def verify(self, name: str, content: bytes, signature: bytes) -> bytes:
        """Verify a detached signature with the pinned key alone."""
        (self.folder / "manifest.json").write_bytes(content)
        by = ("-certfile", f"{name}.crt", "-nointern", "-noverify")
        return self.run(
            *("cms", "-verify", "-binary", "-inform", "DER", "-content", "manifest.json"),
            *by,
            data=signature,
        )

    def read(self, name: str, message: bytes) -> bytes:
        """What a message in PEM holds, verified with the pinned key alone."""
        by = ("-certfile", f"{name}.crt", "-nointern", "-noverify")
        return self.run("cms", "-verify", "-binary", "-inform", "PEM", *by, data=message)


def at(folder: Path) -> Openssl:
    """Keys and certificates, laid out."""
    program = peers.find("openssl")
    assert program is not None
    made = Openssl(program, folder)
    _write_key(folder, "issuer", SIGNERS["ES256"])
    made.run(
        "req", "-x509", "-new", "-key", "issuer.key", "-subj", "/CN=issuer", "-out", "issuer.crt"
    )
    made.run("req", "-new", "-key", "issuer.key", "-subj", "/CN=partner", "-out", "any.csr")
    for name, held in (SEALS | SIGNERS).items():
        _write_key(folder, name, held)
        made.run("pkey", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub")
        (folder / "ski.cnf").write_text("subjectKeyIdentifier=hash\n")
        made.run(
            *("x509", "-req", "-in", "any.csr", "-force_pubkey", f"{name}.pub"),
            *("-CA", "issuer.crt", "-CAkey", "issuer.key", "-extfile", "ski.cnf"),
            *("-days", "30", "-out", f"{name}.crt"),
        )
    return made


def _write_key(folder: Path, name: str, held: Held) -> None:
    pem = held.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.key").write_bytes(pem)
