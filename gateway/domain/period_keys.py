"""Content under period keys: the form of what is stored, and what is said of a key that is gone.

What may name a person and is not needed for running work lies encrypted under the key of the
calendar month (UTC) in which it was written: sealed parcels, salts, raw rows. The keys are kept
apart from the database and from its backups, so that destroying one empties old backups too
(ADR 0011).

    PLGSEAL1 | month, "2026-11" | "-" | key id, 8 hex digits | nonce, 12 bytes | AES-256-GCM

The key of one subject (a delivery, an intake, a batch) is derived from the month's; the associated
data name table, column and row, so that content can't be moved.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from gateway.domain.errors import NotFound, NotVerified
from gateway.domain.times import SECOND, Micros

MAGIC = b"PLGSEAL1"
NONCE = 12
_LABEL = re.compile(rb"\d{4}-\d{2}-[0-9a-f]{8}")
_LABEL_BYTES = 16
HEAD = len(MAGIC) + _LABEL_BYTES + NONCE
"""Bytes before the ciphertext."""


class Place(NamedTuple):
    """Where sealed content lies: `subject` is what is purged as one (`delivery 7.opr-a.1`,
    `intake 12`, `batch 7`), `cell` its column and the rest of its row's key."""

    subject: str
    cell: str


class SealedContent(NamedTuple):
    """Sealed content in its parts; `label` names the key: month and id."""

    label: str
    nonce: bytes
    body: bytes


class Purged(NotFound):
    """The content is gone for good: its period key was destroyed by a purge."""


class Periods(Protocol):
    """The period keys. What they did not seal they give back as it is: an older program's."""

    def seal(self, place: Place, clear: bytes, at: Micros) -> bytes:
        """Seal under the key of the month of `at`. Raises InputError where the key can't be
        made."""
        ...

    def open(self, place: Place, sealed: bytes) -> bytes:
        """The content again. Raises Purged (the key was destroyed), NotFound (it is lost),
        NotVerified (content of another place, or changed)."""
        ...


class NoPeriods:
    """Without keys: writes in clear, and opens nothing that is sealed. For what needs no content
    (a position, a schema), and for tests of the store itself."""

    def seal(self, place: Place, clear: bytes, at: Micros) -> bytes:
        """As it is."""
        return clear

    def open(self, place: Place, sealed: bytes) -> bytes:
        """As it is. Raises NotFound for what is sealed."""
        if is_sealed(sealed):
            raise missing(split(sealed).label, place)
        return sealed


def is_sealed(content: bytes) -> bool:
    """Whether it has the form above: no parcel, salt (32 bytes) or page of rows begins so."""
    return content.startswith(MAGIC) and len(content) > HEAD


def split(sealed: bytes) -> SealedContent:
    """Its parts. Raises NotVerified("sealed-form")."""
    label = bytes(sealed[len(MAGIC) : len(MAGIC) + _LABEL_BYTES])
    if not is_sealed(sealed) or not _LABEL.fullmatch(label):
        raise NotVerified("sealed-form", "expected content under a period key, it has another form")
    nonce = bytes(sealed[HEAD - NONCE : HEAD])
    return SealedContent(label.decode("ascii"), nonce, bytes(sealed[HEAD:]))


def join(label: str, nonce: bytes, body: bytes) -> bytes:
    """Sealed content of its parts."""
    return MAGIC + label.encode("ascii") + nonce + body


def associated(place: Place) -> bytes:
    """What AES-GCM binds the content to."""
    return f"palang/period/v1\n{place.subject}\n{place.cell}".encode()


def month_of(at: Micros) -> str:
    """The calendar month of a moment, in UTC: `2026-11`."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m")


def missing(label: str, place: Place) -> NotFound:
    """The key is not where period keys are, and no tombstone says that it was destroyed."""
    return NotFound(
        f"the period key {label} of {place.subject} is not here",
        hint="bring the folder of period keys back from its copy (docs/retention.md); palang "
        "doctor looks for it",
    )


def of_delivery(name: str, cell: str) -> Place:
    """Content of a delivery."""
    return Place(f"delivery {name}", cell)


def of_parcel(name: str, number: int) -> Place:
    """A delivery's parcel, which may go before its salt."""
    return Place(f"parcel {name}", f"sealings.parcel {number}")


def of_received(digest: str) -> Place:
    """A parcel as a source sent it."""
    return Place(f"received {digest}", "inbound.body")


def of_intake(number: int, cell: str) -> Place:
    """Content of an intake."""
    return Place(f"intake {number}", cell)


def of_batch(number: int, cell: str) -> Place:
    """Content of a batch."""
    return Place(f"batch {number}", cell)
