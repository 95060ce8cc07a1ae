"""Proofs as text: C2SP tlog-proof for one leaf, and the body of tlog-witness for two checkpoints.

    c2sp.org/tlog-proof@v1        old <size>
    extra <base64>                <hash>
    index <n>                     ...
    <hash>
    ...                           <checkpoint>

    <checkpoint>

Hashes are base64, one a line, as RFC 9162 orders them. `extra` is the leaf's opening: 16 bytes of
salt and the event JSON; SHA-256 of it is the entry, and the leaf SHA-256(0x00 || entry).
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.errors import NotVerified

MOST_HASHES = 128  # of a consistency proof over 2^63 leaves, twice its depth
MAX_PROOF = 128 * 1024  # bytes

_VERSION = "c2sp.org/tlog-proof@v1"
_WHOLE = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A leaf's place under a checkpoint. `opening` is b"" where it is not shown."""

    index: int
    hashes: tuple[bytes, ...]
    note: str
    opening: bytes


@dataclass(frozen=True, slots=True)
class Growth:
    """That the tree of a checkpoint begins with the first `old` leaves of an older one."""

    old: int
    hashes: tuple[bytes, ...]
    note: str


def inclusion_text(proof: Inclusion) -> str:
    """A `.tlog-proof` file."""
    extra = f"extra {_b64(proof.opening)}\n" if proof.opening else ""
    return f"{_VERSION}\n{extra}index {proof.index}\n{_lines(proof.hashes)}\n{proof.note}"


def growth_text(proof: Growth) -> str:
    """A consistency proof with the checkpoint that it leads to (C2SP tlog-witness)."""
    return f"old {proof.old}\n{_lines(proof.hashes)}\n{proof.note}"


def read_inclusion(text: str) -> Inclusion:
    """Read a `.tlog-proof`. Raises NotVerified("proof")."""
    lines, note = _split(text)
    if lines[0] != _VERSION:
        raise NotVerified("proof", f"a tlog-proof begins with {_VERSION}")
    extra = lines[1].removeprefix("extra ") if len(lines) > 1 else ""
    shown = len(lines) > 1 and lines[1].startswith("extra ")
    rest = lines[2 if shown else 1 :]
    index = _number(rest[0] if rest else "", "index ")
    return Inclusion(index, _hashes(rest[1:]), note, _bytes(extra) if shown else b"")


def read_growth(text: str) -> Growth:
    """Read a consistency proof. Raises NotVerified("proof")."""
    lines, note = _split(text)
    return Growth(_number(lines[0], "old "), _hashes(lines[1:]), note)


def hash_of(text: str) -> bytes:
    """A base64 hash of 32 bytes. Raises NotVerified("proof")."""
    value = _bytes(text)
    if len(value) != 32:
        raise NotVerified("proof", "a hash of a proof has 32 bytes")
    return value


def _split(text: str) -> tuple[list[str], str]:
    head, blank, note = text.partition("\n\n")
    if not blank or not note or len(text) > MAX_PROOF:
        raise NotVerified("proof", "a proof is lines, an empty line and a checkpoint")
    return head.split("\n"), note


def _number(line: str, name: str) -> int:
    number = line.removeprefix(name)
    if not line.startswith(name) or not _WHOLE.fullmatch(number):
        raise NotVerified("proof", f"a line of a proof is: {name}<number>")
    return int(number)


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > MOST_HASHES:
        raise NotVerified("proof", f"a proof has at most {MOST_HASHES} hashes")
    return tuple(map(hash_of, lines))


def _bytes(text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotVerified("proof", "a proof's bytes are base64") from None
    if _b64(value) != text:
        raise NotVerified("proof", "a proof's base64 is not canonical")
    return value


def _lines(hashes: Sequence[bytes]) -> str:
    return "".join(_b64(item) + "\n" for item in hashes)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
