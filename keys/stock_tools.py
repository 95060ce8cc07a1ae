"""A second opinion on statements that were made with openssl or gpg: those tools themselves.

`palang verify` shows to others what our own code found; for CMS and OpenPGP the tool that made the
signature says so too. A tool that is missing proves nothing, and is told (TOOL_MISSING).
"""

import os
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.domain import signed_forms
from gateway.domain.cms import text as cms_text
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.signed_forms import TOOL_MISSING
from gateway.domain.times import SECOND, Micros
from gateway.domain.trust import Algorithm, Owner, PinnedKey, Role, Trust
from keys import jwk
from keys.documents import Documents

_PATIENCE = 120  # seconds
_ED25519_SINCE = (3, 2)  # of openssl, in CMS
_FROM, _UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)


class StockDocuments(Documents):
    """Documents whose CMS and OpenPGP signatures `openssl cms -verify` and `gpg --verify` take
    too, each under the one pinned key that our own code found."""

    def verify(
        self, data: bytes, kind: str, owner: Owner, role: Role, trust: Trust, at: Micros
    ) -> tuple[bytes, PinnedKey]:
        """As Documents. Raises NotVerified(TOOL_MISSING) without the tool, ("signature") where it
        says otherwise."""
        payload, key = super().verify(data, kind, owner, role, trust, at)
        form = signed_forms.form_of(data)
        if form is Envelope.CMS:
            ask_openssl(data, key)
        elif form is Envelope.OPENPGP:
            ask_gpg(data, key, at)
        return payload, key


def ask_openssl(data: bytes, key: PinnedKey) -> None:
    """Whether `openssl cms -verify` finds this key's signature. Raises NotVerified."""
    form = "DER" if data.startswith(b"0") else "SMIME" if _is_mail(data) else "PEM"
    with tempfile.TemporaryDirectory(prefix="palang-verify-") as name:
        message, pinned, signers = (Path(name) / part for part in ("message", "pinned", "signers"))
        message.write_bytes(data)
        pinned.write_bytes(_certificate(key))
        done = _run(
            *("openssl", "cms", "-verify", "-noverify", "-inform", form, "-in", str(message)),
            *("-certfile", str(pinned), "-signer", str(signers), "-out", os.devnull),
            *(("-binary",) if form != "SMIME" else ()),
        )
        signed_by = _key_ids(signers) if not done.returncode else []
    if done.returncode and key.alg is Algorithm.ED25519 and _version() < _ED25519_SINCE:
        raise NotVerified(
            TOOL_MISSING, "this openssl can't check Ed25519 in CMS; 3.2 and later can"
        )
    if signed_by != [key.kid]:
        raise NotVerified("signature", "openssl cms -verify does not take it, or by another key")


def _key_ids(certificates: Path) -> list[str]:
    """The keys that openssl says signed; a certificate that came along names none by itself."""
    found = x509.load_pem_x509_certificates(certificates.read_bytes())
    return [jwk.thumbprint(jwk.public_text(one.public_key())) for one in found]  # type: ignore[arg-type]  # keys of our policy only


def _is_mail(data: bytes) -> bool:
    return cms_text.is_text(data) and not data.startswith(b"-----BEGIN")


def _certificate(key: PinnedKey) -> bytes:
    """The pinned key in a certificate of our own, so that openssl finds it by its identifier. Who
    issued it is not asked (-noverify): only the key in it counts."""
    public = jwk.read_public(key.public)
    issuer, name = ed25519.Ed25519PrivateKey.generate(), x509.Name([])
    made = (
        x509.CertificateBuilder(name, name, public, x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return made.sign(issuer, None).public_bytes(Encoding.PEM)


def ask_gpg(data: bytes, key: PinnedKey, at: Micros) -> None:
    """Whether `gpg --verify` finds this key's signature, as of `at`. Raises NotVerified."""
    with tempfile.TemporaryDirectory(prefix="palang-verify-") as home:
        message, pinned = Path(home) / "message", Path(home) / "pinned"
        message.write_bytes(data)
        pinned.write_text(key.public, "utf-8")
        gpg = (
            *("gpg", "--homedir", home, "--batch", "--no-tty", "--no-autostart", "--no-options"),
            *("--trust-model", "always", "--status-fd", "1", "--ignore-time-conflict"),
            f"--faked-system-time={at // SECOND}!",
        )
        _run(*gpg, "--import", str(pinned))
        done = _run(*gpg, "--output", str(Path(home) / "payload"), "--verify", str(message))
    said = [line.split()[1:] for line in done.stdout.decode("utf-8", "replace").splitlines()]
    valid = [words[1].lower() for words in said if words[:1] == ["VALIDSIG"]]
    if valid != [key.kid.removeprefix("pgp-")]:
        raise NotVerified("signature", "gpg --verify does not take it")


def _version() -> tuple[int, int]:
    """Of openssl; (0, 0) where it says none."""
    words = _run("openssl", "version").stdout.decode("ascii", "replace").split()
    numbers = words[1].split(".") if len(words) > 1 else []
    if len(numbers) < 2 or not all(part.isdigit() for part in numbers[:2]):
        return (0, 0)
    return int(numbers[0]), int(numbers[1])


def _run(*command: str) -> "subprocess.CompletedProcess[bytes]":
    """Raises NotVerified: TOOL_MISSING, malformed (it does not come to an end)."""
    if shutil.which(command[0]) is None:
        raise NotVerified(TOOL_MISSING, f"{command[0]} is not on this machine")
    try:
        return subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise NotVerified("malformed", f"{command[0]} does not come to an end over it") from None
