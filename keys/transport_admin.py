"""Setting, listing and removing what logs the gateway in to others; checked when it comes in."""

import re
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.errors import InputError
from gateway.domain.ids import Envelope, partner_id
from gateway.domain.times import Micros
from gateway.domain.trust import SIGNS_WITH, Algorithm
from keys import client_pem
from keys.generate import generate
from keys.raw import PrivateSigner
from keys.secret_files import SecretFiles, SecretName
from keys.transport import ACCOUNTS, BEARER, CLIENT_CERTIFICATE, OF_PARTNER, REQUEST_KEY

KINDS = ACCOUNTS + OF_PARTNER
MAX_LINE = 4096  # bytes of a password or token

_TOKEN = re.compile(rb"[A-Za-z0-9._~+/-]+=*")  # RFC 6750 2.1


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """What may be shown of a secret: what it is for, and its public side.

    `detail` is a certificate's subject or a request key's keyid; `public` what the partner pins, as
    PEM; `until` when a certificate ends.
    """

    kind: str
    partner: str
    detail: str = ""
    public: str = ""
    until: Micros | None = None


class SecretAdmin:
    """The secrets of a key folder, for the person who keeps them."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        self._files = SecretFiles(folder, passphrase)

    def set(self, kind: str, partner: str, data: bytes) -> StoredSecret:
        """Set or replace a secret. Raises InputError where it can't be one of this kind."""
        name = _name(kind, partner)
        clear = _clear(kind, data)
        self._files.write(name, clear)
        return _shown(name, clear)

    def generate(self, partner: str, algorithm: Algorithm) -> StoredSecret:
        """Make a new request key for a partner; only its public half leaves. Raises InputError."""
        name = _name(REQUEST_KEY, partner)
        if algorithm not in SIGNS_WITH[Envelope.JOSE]:
            known = " or ".join(sorted(SIGNS_WITH[Envelope.JOSE]))
            raise InputError(f"a request key signs: {known}")
        clear = client_pem.clear_pem(generate(algorithm))
        self._files.write(name, clear)
        return _shown(name, clear)

    def list(self) -> tuple[StoredSecret, ...]:
        """All that are there. Raises NotPermitted, NotVerified where one can't be opened."""
        return tuple(_shown(name, self._files.read(name)) for name in self._files.names())

    def remove(self, kind: str, partner: str) -> None:
        """Take one away. Raises NotFound, InputError."""
        self._files.remove(_name(kind, partner))


def _name(kind: str, partner: str) -> SecretName:
    if kind not in KINDS:
        raise InputError(f"a secret is one of {', '.join(KINDS)}")
    if (kind in OF_PARTNER) is not bool(partner):
        raise InputError(
            f"{kind} belongs to a partner, none is named"
            if kind in OF_PARTNER
            else f"{kind} is the gateway's own, it belongs to no partner",
            hint="one of a partner's is named with --partner ID",
        )
    return SecretName(kind, partner_id(partner) if partner else "")


def _clear(kind: str, data: bytes) -> bytes:
    """What is stored, once it has the form of its kind."""
    if kind == CLIENT_CERTIFICATE:
        return client_pem.client_pair(data).pem
    if kind == REQUEST_KEY:
        return client_pem.clear_pem(client_pem.signing_key(data))
    line = data.removesuffix(b"\n").removesuffix(b"\r")
    if not 0 < len(line) <= MAX_LINE or not _printable(line):
        raise InputError(f"{kind} is one line of 1 to {MAX_LINE} bytes, UTF-8 without controls")
    if kind == BEARER and not _TOKEN.fullmatch(line):
        raise InputError("a bearer token has letters, digits and -._~+/, then perhaps =")
    return line


def _printable(line: bytes) -> bool:
    try:
        return line.decode().isprintable()
    except UnicodeDecodeError:
        return False


def _shown(name: SecretName, clear: bytes) -> StoredSecret:
    if name.kind == CLIENT_CERTIFICATE:
        pair = client_pem.client_pair(clear)
        public = client_pem.split(clear)[0].decode()
        return StoredSecret(name.kind, name.partner, pair.subject, public, pair.not_after)
    if name.kind == REQUEST_KEY:
        key = client_pem.signing_key(clear)
        kid = PrivateSigner(key).kid
        return StoredSecret(name.kind, name.partner, kid, client_pem.public_pem(key))
    return StoredSecret(name.kind, name.partner)
