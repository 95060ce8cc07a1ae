"""C2SP signed notes: the form of ledger checkpoints (c2sp.org/signed-note v1.0.0).

    <text, ending in a newline>
    <blank line>
    — <key name> base64(4-byte key id || signature)

Ed25519 only, signature type 0x01. Signatures of unknown keys are ignored, so that witnesses can add
theirs; a bad signature of a known key refuses the note.
"""

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.domain.errors import NotVerified
from gateway.domain.times import Micros
from gateway.domain.trust import Algorithm, Owner, PinnedKey, Role, Trust
from gateway.ports import Signer
from keys import jwk, raw

MAX_NOTE = 64 * 1024  # bytes; a checkpoint has about 250
MAX_SIGNATURES = 100  # the standard asks for at least 16; its first implementation stops at 100

_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]{1,255}")
_LINE = re.compile(r"— ([^\s+]{1,255}) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class _Line(NamedTuple):
    name: str
    key_id: bytes
    signature: bytes


class C2spNotes:
    """Implements ports.Notes."""

    def sign(self, body: str, name: str, signer: Signer) -> str:
        """The signed note. Raises NotVerified: note (no form for it), wrong-alg (not Ed25519)."""
        if signer.alg is not Algorithm.ED25519:
            raise NotVerified("wrong-alg", "a signed note takes an Ed25519 key")
        _check_text(body)
        if len(body) < 2 or body[-1] != "\n" or "\n\n" in body or not _NAME.fullmatch(name):
            raise NotVerified("note", "a note is lines of text; a name has no + or space")
        signature = key_id(name, signer.public) + signer.sign(body.encode())
        return f"{body}\n— {name} {base64.b64encode(signature).decode()}\n"

    def verify(
        self, note: str, name: str, owner: Owner, trust: Trust, at: Micros
    ) -> tuple[str, PinnedKey]:
        """Body and key, if a checkpoint key of this owner, valid at `at`, signed it by this name.

        Raises NotVerified: note (malformed), unknown-key (no known signature), signature (a known
        key's does not hold), key-revoked, key-not-valid.
        """
        body, lines = _split(note)
        known = _known(name, owner, trust)
        signed = [
            (known[line.key_id], line)
            for line in lines
            if line.name == name and line.key_id in known
        ]
        for key, line in signed:
            raw.verify(key, line.signature, body.encode())
        if not signed:
            raise NotVerified("unknown-key", f"no checkpoint key of {owner.id} signed the note")
        valid = [key for key, _line in signed if key.valid_at(at)]
        key = valid[0] if valid else signed[0][0]
        return body, trust.key(owner, Role.CHECKPOINT, key.kid, at)


def key_id(name: str, public: str) -> bytes:
    """The 4 bytes that name a key in a note: SHA-256(name || LF || type || key), cut.

    `public` is the pinned JWK text. Raises NotVerified where it is no Ed25519 key.
    """
    return hashlib.sha256(name.encode() + b"\n" + _typed(public)).digest()[:4]


def vkey(name: str, public: str) -> str:
    """The verifier key text of the standard, for witnesses and other tools."""
    encoded = base64.b64encode(_typed(public)).decode()
    return f"{name}+{key_id(name, public).hex()}+{encoded}"


def _typed(public: str) -> bytes:
    key = jwk.read_public(public)
    if not isinstance(key, Ed25519PublicKey):
        raise NotVerified("wrong-alg", "a signed note takes an Ed25519 key")
    return _ED25519 + key.public_bytes_raw()


def _known(name: str, owner: Owner, trust: Trust) -> dict[bytes, PinnedKey]:
    keys = [key for key in trust.of(owner) if key.role is Role.CHECKPOINT]
    return {key_id(name, key.public): key for key in keys if key.alg is Algorithm.ED25519}


def _split(note: str) -> tuple[str, list[_Line]]:
    """Text and signature lines. The text ends at the last blank line."""
    _check_text(note)
    body, blank, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or not body or lines.pop() != "":
        raise NotVerified("note", "a note is a text, a blank line and signature lines")
    if not 0 < len(lines) <= MAX_SIGNATURES:
        raise NotVerified("note", f"a note has 1 to {MAX_SIGNATURES} signatures")
    return body + "\n", [_line(text) for text in lines]


def _check_text(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise NotVerified("note", "a note is UTF-8 text") from None
    if size > MAX_NOTE or _CONTROL.search(text):
        raise NotVerified("note", f"a note is text of at most {MAX_NOTE} bytes, without controls")


def _line(text: str) -> _Line:
    match = _LINE.fullmatch(text)
    try:
        data = base64.b64decode(match[2], validate=True) if match else b""
    except binascii.Error:
        data = b""
    if match is None or len(data) < 5 or base64.b64encode(data).decode() != match[2]:
        raise NotVerified("note", "a signature line is: — name base64")
    return _Line(match[1], data[:4], data[4:])
