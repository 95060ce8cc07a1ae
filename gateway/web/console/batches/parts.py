"""What the pages of batches are given."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from gateway.ports.views.batches import BatchPages
from gateway.ports.views.deliveries import DeliveryPages
from gateway.ports.views.intake import IntakePages
from gateway.services.batches import Batches
from gateway.services.endorsement import Endorsement
from gateway.services.release import Release
from gateway.services.review_dates import ReviewDates
from gateway.services.stop import StopBatch

_NUMBER = 8  # bytes of a number
_TAG = 16  # bytes


@dataclass(frozen=True, slots=True)
class Places:
    """A place in a list of numbers as an address may carry it: nobody reads the number out of it,
    and only this process made it. A restart voids them all; the list then begins anew."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def hide(self, number: int) -> str:
        """The place of a number."""
        nonce = secrets.token_bytes(_NUMBER)
        hidden = bytes(
            a ^ b for a, b in zip(number.to_bytes(_NUMBER), self._pad(nonce), strict=True)
        )
        return (nonce + hidden + self._tag(nonce + hidden)).hex()

    def find(self, place: str) -> int:
        """Its number; 0, the beginning, where the place is none of ours."""
        try:
            data = bytes.fromhex(place)
        except ValueError:
            return 0
        body, tag = data[:-_TAG], data[-_TAG:]
        if len(body) != 2 * _NUMBER or not hmac.compare_digest(self._tag(body), tag):
            return 0
        pairs = zip(body[_NUMBER:], self._pad(body[:_NUMBER]), strict=True)
        return int.from_bytes(bytes(a ^ b for a, b in pairs))

    def _pad(self, nonce: bytes) -> bytes:
        return hmac.digest(self.key, b"pad" + nonce, hashlib.sha256)[:_NUMBER]

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self.key, b"tag" + body, hashlib.sha256)[:_TAG]


@dataclass(frozen=True, slots=True)
class BatchParts:
    """`folder` is where an uploaded list of numbers to free lies while it is read."""

    pages: BatchPages
    batches: Batches
    releases: Release
    endorsements: Endorsement
    stops: StopBatch
    review_dates: ReviewDates
    intakes: IntakePages
    deliveries: DeliveryPages
    folder: Path
    places: Places = field(default_factory=Places)
