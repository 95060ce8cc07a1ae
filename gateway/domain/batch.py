"""Batches and their entries; what two officers sign (design 1, promise I)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from gateway.domain.canonical import digest, encode
from gateway.domain.delivery import Priority
from gateway.domain.times import Micros


class BatchState(StrEnum):
    """PREPARED can change; SUBMITTED is frozen under one signature; RELEASED has two; STOPPED goes
    no further."""

    PREPARED = "PREPARED"
    SUBMITTED = "SUBMITTED"
    RELEASED = "RELEASED"
    STOPPED = "STOPPED"


class Entry(NamedTuple):
    """One verified number of a batch, in the column order of the store.

    `route` is the partner id of the numbering plan, "ott" for a foreign number; `number` is E.164
    digits as an int; `action` is block or unblock; dates are `YYYY-MM-DD` or "". `source` is the
    intake id it came from, 0 where an officer's unblock names it.
    """

    number: int
    action: str
    category: str
    channel: str
    evidence_ref: str
    evidence_date: str
    basis: str
    review_date: str
    route: str
    source: int


class Share(NamedTuple):
    """Who gets how much, as the review shows it."""

    partner: str
    block: int
    unblock: int


@dataclass(frozen=True, slots=True)
class Review:
    """What an officer is shown and signs: the batch's head, its entries' digest, who gets what.

    `nobody` counts entries that no partner may receive (promise A); `withheld` names OTT partners
    without a live consent; `guards` are figure and threshold by name, above which a release is
    refused.
    """

    gateway: str
    batch: int
    test: bool
    priority: Priority
    plan: str
    block: int
    unblock: int
    entries: str
    shares: tuple[Share, ...]
    withheld: tuple[str, ...]
    nobody: int
    guards: tuple[tuple[str, int, int], ...]

    def to_bytes(self) -> bytes:
        """The exact bytes whose digest is signed at submit and at release."""
        return encode(
            {
                "v": 1,
                "typ": "review",
                "gateway": self.gateway,
                "batch": self.batch,
                "test": self.test,
                "priority": int(self.priority),
                "plan": self.plan,
                "counts": {"block": self.block, "unblock": self.unblock},
                "entries": self.entries,
                "shares": [list(share) for share in self.shares],
                "withheld": list(self.withheld),
                "nobody": self.nobody,
                "guards": [list(guard) for guard in self.guards],
            }
        )

    def digest(self) -> str:
        """The digest that both signatures name."""
        return digest(self.to_bytes())

    @property
    def over(self) -> tuple[str, ...]:
        """The guards whose figure lies above its threshold."""
        return tuple(name for name, figure, threshold in self.guards if figure > threshold)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch's head. `salt` keeps the entries' digest from being guessed; it is deleted with the
    numbers.

    `review` is the frozen Review's bytes, b"" while PREPARED.
    """

    id: int
    test: bool
    priority: Priority
    salt: bytes
    created_at: Micros
    state: BatchState = BatchState.PREPARED
    review: bytes = b""
    released_at: Micros | None = None
    stopped: bool = False

    @property
    def digest(self) -> str:
        """The frozen review's digest, "" while PREPARED."""
        return digest(self.review) if self.review else ""


def entries_digest(salt: bytes, entries: Iterable[Entry]) -> str:
    """SHA-256(salt || one line an entry), entries in the order of their numbers."""
    hasher = hashlib.sha256(salt)
    for entry in entries:
        hasher.update((",".join(map(str, entry)) + "\n").encode())
    return "sha256:" + hasher.hexdigest()
