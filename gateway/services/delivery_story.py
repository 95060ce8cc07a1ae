"""A delivery's whole story in the order of the gateway's clock, for people and letters.

Three clocks stand side by side where they are known: ours, the channel's and the partner's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.domain.delivery import Delivery
from gateway.domain.records import Attempt, ConfirmationRecord, Receipt
from gateway.domain.times import Micros
from gateway.ports import Store
from gateway.ports.views.deliveries import DeliveryPages, SealingRow

Tone = str
"""good, warn, bad or ""."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing: `code` names it, `facts` are its details, `said_at` is the partner's own time."""

    at: Micros
    code: str
    tone: Tone = ""
    said_at: Micros | None = None
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """A delivery, what happened to it, and what was received."""

    delivery: Delivery
    happened: tuple[Happened, ...]
    attempts: tuple[Attempt, ...]
    receipts: tuple[Receipt, ...]
    confirmations: tuple[ConfirmationRecord, ...]
    sealings: tuple[SealingRow, ...]


@dataclass(frozen=True, slots=True)
class Stories:
    """Reads stories."""

    store: Store
    pages: DeliveryPages

    def of(self, delivery: str) -> Story:
        """Raises NotFound."""
        with self.store.read() as uow:
            found = uow.deliveries.delivery(delivery)
            attempts = uow.deliveries.attempts(delivery)
            receipts = uow.inbox.receipts(delivery)
            confirmations = uow.inbox.confirmations(delivery)
        sealings = self.pages.sealings(delivery)
        parts = (
            *_sealed(sealings),
            *_tried(attempts),
            *_received(receipts),
            *_confirmed(confirmations),
        )
        first = Happened(found.queued_at, "queued", facts={"batch": found.batch})
        happened = (first, *sorted(parts, key=lambda one: one.at))
        return Story(found, happened, attempts, receipts, confirmations, sealings)


def _sealed(sealings: tuple[SealingRow, ...]) -> Iterator[Happened]:
    for one in sealings:
        facts = {"number": one.number, "digest": one.digest, "size": one.size, "kid": one.kid}
        yield Happened(one.at, "sealed", facts=facts)


_TONES = {"sent": "good", "published": "good", "refused": "bad", "not_sent": "warn"}


def _tried(attempts: tuple[Attempt, ...]) -> Iterator[Happened]:
    for one in attempts:
        facts = {
            "number": one.number,
            "outcome": one.outcome,
            "endpoint": one.endpoint,
            "peer": one.peer_fingerprint,
            "remote": one.remote_id,
            "error": one.error,
            "began": one.began_at,
        }
        tone = _TONES.get(one.outcome, "warn" if one.outcome else "")
        yield Happened(one.ended_at or one.began_at, "attempt", tone, facts=facts)


def _received(receipts: tuple[Receipt, ...]) -> Iterator[Happened]:
    for one in receipts:
        positive = one.result == "positive"
        tone = "" if not one.counted else "good" if positive else "bad"
        facts = {
            "result": one.result,
            "reason": one.reason,
            "counted": one.counted,
            "late": one.late,
            "kid": one.kid,
            "statement": one.statement,
        }
        yield Happened(one.received_at, "receipt", tone, one.said_at, facts)


def _confirmed(confirmations: tuple[ConfirmationRecord, ...]) -> Iterator[Happened]:
    for one in confirmations:
        facts = {
            "revision": one.revision,
            "conflict": one.conflict,
            "kid": one.kid,
            "statement": one.statement,
        }
        tone = "bad" if one.conflict else "good"
        yield Happened(one.received_at, "confirmation", tone, one.said_at, facts)
