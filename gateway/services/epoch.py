"""Opening a new epoch over a restored database, by two officers (promises E and I, ADR 0006).

The old epoch's deliveries without a receipt are withheld (`old-epoch`), each with a successor that
is sealed anew: what a partner received of the lost time stays as it is, and nothing that it may
know already comes again under the same sequence, delivery id or batch number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.domain import merkle
from gateway.domain.canonical import JsonObject, decode
from gateway.domain.delivery import Delivery, Event, State, apply
from gateway.domain.epoch import EpochDocument
from gateway.domain.errors import Conflict, InputError, NotPermitted
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import ApprovalRecord
from gateway.domain.times import Micros
from gateway.ports import Clock, DeliveryFilter, Store, UnitOfWork
from gateway.services import outcomes
from gateway.services.approvals import NEEDED, Act, Approvals, Asked, Signatory, approval_event
from gateway.services.epoch_draft import OPEN_STATES, Evidence, draft
from gateway.services.halting import succeed

REASON = "old-epoch"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new epoch: `again` pairs each withheld delivery with its successor."""

    epoch: int
    officers: tuple[str, ...]
    again: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Epochs:
    """What officers do after a restore."""

    store: Store
    approvals: Approvals
    clock: Clock

    def draft(self, evidence: Evidence) -> EpochDocument:
        """What would be signed now."""
        with self.store.read() as uow:
            return draft(uow, evidence, self.clock.now())

    def propose(self, document: EpochDocument, by: Signatory) -> ApprovalRecord:
        """The first officer's signature over what was shown.

        Raises Conflict (the database is not the one shown), NotPermitted (signed already, not
        live), NotFound, NotVerified, InputError (a partner that must be asked first).
        """
        check_heard(document)
        at = self.clock.now()
        with self.store.write() as uow:
            check_unchanged(uow, document)
            words = self._words(uow, document, by, at)
            uow.save(words[-1], _event(document, words, at))
            # a crash here leaves the epoch closed, without this signature: propose again
            uow.commit("epoch.propose")
        return words[-1]

    def open(self, document: EpochDocument, by: Signatory) -> Opened:
        """The second officer's signature, and with it the new epoch: all of it or nothing.

        Raises as `propose`, and NotPermitted where nobody else has signed exactly this.
        """
        check_heard(document)
        at = self.clock.now()
        with self.store.write() as uow:
            check_unchanged(uow, document)
            words = self._words(uow, document, by, at)
            if len(words) < NEEDED:
                raise NotPermitted(
                    f"epoch {document.epoch} takes {NEEDED} officers over this document "
                    f"({document.digest()}); nobody else has signed it",
                    hint="another officer first: palang epoch propose --officer ID --key FILE",
                )
            event = _event(document, words, at, opened=True)
            uow.save(words[-1], event)
            uow.save(replace(uow.registry.gateway(), epoch=document.epoch), event)
            again = tuple(_again(uow, at))
            _skip_batches(uow, document.next_batch)
            # a crash before leaves the old epoch, in which nothing starts, and one signature less;
            # after, the new epoch runs, and the worker seals what waits
            uow.commit("epoch.open")
        return Opened(document.epoch, tuple(word.officer for word in words), again)

    def _words(
        self, uow: UnitOfWork, document: EpochDocument, by: Signatory, at: Micros
    ) -> list[ApprovalRecord]:
        asked = Asked(Act.EPOCH_OPEN, document.subject, document.digest())
        return self.approvals.join(uow, by, asked, at)


def check_heard(document: EpochDocument) -> None:
    """Raises InputError where no high-water file survives and a partner was not asked: nothing
    here can tell whether epoch and sequences of the document were used before and lost."""
    if document.unheard:
        raise InputError(
            "no high-water file survives, and nobody says how far these are: "
            f"{', '.join(document.unheard)}",
            hint="ask each for palang-partner status and give --seen PARTNER=EPOCH:SEQUENCE (0:0 "
            "where it has nothing) or its last --receipt FILE; or --high-water FILE of the machine "
            "that ran last; or --epoch N above any that two officers ever opened",
        )


def check_unchanged(uow: UnitOfWork, document: EpochDocument) -> None:
    """Raises Conflict where the database is not the one that the document describes: other
    gateway or epoch, another ledger, or anything but signatures was added to it."""
    gateway = uow.registry.gateway()
    if (gateway.name, gateway.epoch) != (document.gateway, document.before):
        raise Conflict(
            f"the document is for {document.gateway} in epoch {document.before}, this is "
            f"{gateway.name} in epoch {gateway.epoch}",
            hint="palang epoch show tells how it stands",
        )
    size = uow.log.size()
    same = size >= document.ledger and document.root == (
        "sha256:" + merkle.subtree(0, document.ledger, uow.log.node).hex()
    )
    if not same or not all(_is_word(leaf.event) for leaf in uow.log.leaves(document.ledger, size)):
        raise Conflict(
            "the database changed since this document was made",
            hint="let both officers look again: palang epoch propose --officer ID --key FILE",
        )


def _is_word(event: bytes) -> bool:
    return bool(decode(event, what="a ledger event")["event"] == str(Tag.EPOCH_OPEN))


def _event(
    document: EpochDocument, words: list[ApprovalRecord], at: Micros, *, opened: bool = False
) -> LedgerEvent:
    facts: JsonObject = {
        "epoch": document.epoch,
        "before": document.before,
        "signatures": len(words),
        "opened": opened,
    }
    if document.backup:
        facts["backup"] = document.backup
    return approval_event(Tag.EPOCH_OPEN, words[-1], facts)


def _again(uow: UnitOfWork, at: Micros) -> Iterator[tuple[str, str]]:
    """Withhold what has no receipt, each with its successor of the new epoch; the ids of both."""
    for found in uow.deliveries.deliveries(DeliveryFilter(states=OPEN_STATES)):
        delivery = _back_in_queue(uow, uow.deliveries.delivery(found.id), at)
        halted = apply(delivery, Event.WITHHOLD, at, REASON).delivery
        event = _moved(Tag.DELIVERY_WITHHOLD, delivery, halted, at)
        uow.save(halted, event)
        yield delivery.id, succeed(uow, delivery, delivery.priority, event).id


def _back_in_queue(uow: UnitOfWork, delivery: Delivery, at: Micros) -> Delivery:
    """An attempt of the lost machine has an unknown outcome; a receipt may have been lost."""
    if delivery.state is State.SENDING:
        outcome = outcomes.of_lapse(at)
        after = apply(delivery, Event.UNKNOWN, at, REASON).delivery
        for attempt in uow.deliveries.attempts(delivery.id):
            if not attempt.outcome:
                event = outcomes.outcome_event(delivery, after, attempt, outcome, at)
                uow.save(after, event)
                uow.save(outcomes.close(attempt, outcome, at), event)
        return after
    if delivery.state is State.SENT:
        after = apply(delivery, Event.OVERDUE, at, REASON).delivery
        uow.save(after, _moved(Tag.DELIVERY_REQUEUE, delivery, after, at))
        return after
    return delivery


def _moved(tag: Tag, before: Delivery, after: Delivery, at: Micros) -> LedgerEvent:
    facts = {
        "delivery": before.id,
        "partner": before.partner,
        "from": str(before.state),
        "state": str(after.state),
        "reason": REASON,
    }
    return LedgerEvent(tag, at, facts)


def _skip_batches(uow: UnitOfWork, first: int) -> None:
    """Use up the batch numbers that lost batches may have had; the counter can only count."""
    while uow.lists.next_batch() < first - 1:
        continue
