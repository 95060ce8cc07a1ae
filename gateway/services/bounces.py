"""Bounces: a mail system says later that a mail did not arrive (design 4).

It takes back what the hand-over said: the delivery waits again, and the term that had begun with it
has not begun. Whoever saw the mail can forge a bounce, so it never ends a delivery.
"""

from dataclasses import dataclass, replace

from gateway.domain import bounced
from gateway.domain.bounced import Bounced
from gateway.domain.canonical import digest
from gateway.domain.delivery import Delivery, Event, Note, State, apply
from gateway.domain.errors import NotFound, NotVerified
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import Attempt, InboundRecord
from gateway.domain.times import MINUTE, Micros
from gateway.ports import UnitOfWork

WAIT: Micros = 30 * MINUTE
"""Before the same mail goes again: a mailbox that is full or gone does not heal in a minute."""


@dataclass(frozen=True, slots=True)
class _Effect:
    """The delivery after a bounce, and what people are told."""

    delivery: Delivery
    note: str


def record_bounce(uow: UnitOfWork, kept: InboundRecord, now: Micros) -> str:
    """Record a bounce about a mail of ours to this partner.

    Returns a note: bounced, settled (a later attempt or a decision came first), conflict (it was
    acknowledged), already-recorded (the same mail again). Raises NotVerified: malformed,
    unknown-delivery (none of this partner), unknown-attempt (no mail of that id went out).
    """
    word = bounced.read(kept.body)
    delivery = _delivery(uow, kept.partner, word)
    attempt = _attempt(uow, delivery, word)
    mail = digest(word.message.encode())
    if uow.log.find(mail):  # two reports of one mail are one bounce
        return "already-recorded"
    effect = _effect(delivery, attempt, now)
    uow.save(effect.delivery, _event(kept, word, delivery, attempt, effect, mail, now))
    return effect.note


def _delivery(uow: UnitOfWork, partner: str, word: Bounced) -> Delivery:
    try:
        found = uow.deliveries.delivery(word.delivery)
    except NotFound:
        found = None
    if found is None or found.partner != partner:
        raise NotVerified("unknown-delivery", "the bounce names no delivery of this partner")
    return found


def _attempt(uow: UnitOfWork, delivery: Delivery, word: Bounced) -> Attempt:
    """The attempt whose evidence ends with exactly this Message-ID: its random part is what makes
    a forged bounce hard, so no piece of it is enough."""
    for attempt in uow.deliveries.attempts(delivery.id):
        if attempt.remote_id.rpartition(" ")[2] == word.message:
            return attempt
    raise NotVerified("unknown-attempt", f"no attempt of {delivery.id} sent a mail of this id")


def _effect(delivery: Delivery, attempt: Attempt, now: Micros) -> _Effect:
    if attempt.number != delivery.attempts and delivery.state is not State.ACKNOWLEDGED:
        return _Effect(delivery, "settled")
    step = apply(delivery, Event.BOUNCED, now, "bounced")
    after = step.delivery
    if after.state is State.QUEUED and step.changed:
        after = replace(after, due_at=now + WAIT)
    if step.note is Note.CONFLICT:
        return _Effect(after, "conflict")
    if _began_term(attempt, after.handed_over_at):
        after = replace(after, handed_over_at=None)  # this mail never arrived: no term began
    return _Effect(after, "bounced" if step.changed else "settled")


def _began_term(attempt: Attempt, handed_over_at: Micros | None) -> bool:
    ended = attempt.ended_at
    if handed_over_at is None or ended is None:
        return False
    return attempt.began_at <= handed_over_at <= ended


def _event(
    kept: InboundRecord,
    word: Bounced,
    before: Delivery,
    attempt: Attempt,
    effect: _Effect,
    mail: str,
    now: Micros,
) -> LedgerEvent:
    facts = {
        "delivery": before.id,
        "partner": kept.partner,
        "statement": kept.digest,
        "attempt": attempt.number,
        "mail": mail,
        "status": word.status,
        "from": str(before.state),
        "state": str(effect.delivery.state),
    }
    facts |= {"note": effect.note} if effect.note else {}
    return LedgerEvent(Tag.BOUNCE_RECORD, now, facts)
