"""How an attempt ended, as the channel said it, and what follows for the delivery. Pure."""

from dataclasses import dataclass, replace

from gateway.domain.delivery import Delivery, Event, State, apply
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import Attempt
from gateway.domain.schedule import RetryPolicy
from gateway.domain.times import Micros
from gateway.ports import HandOver, RefusedError, SendError
from gateway.services.dossier_write import channel_digest

MOST_TEXT = 500  # characters of a foreign server's words that are kept


@dataclass(frozen=True, slots=True)
class Outcome:
    """`event` is what happened; `word` how the attempt row names it; `reply` came back with it.

    `wait` is how long the partner asked to be left alone, in microseconds.
    """

    event: Event
    word: str
    at: Micros
    error: str = ""
    alert: bool = False
    endpoint: str = ""
    peer_fingerprint: str = ""
    remote_id: str = ""
    reply: bytes | None = None
    wait: Micros = 0

    @property
    def free(self) -> bool:
        """Whether it costs no try: nothing was handed over, and only days count against it."""
        return self.event in (Event.NOT_SENT, Event.PUBLISHED)


LAPSED = "the worker ended before it recorded the outcome"


def of_hand_over(handed: HandOver) -> Outcome:
    """The channel took it, or it lies ready there, with the channel's evidence."""
    event, word = (
        (Event.HANDED_OVER, "sent") if handed.confirmed else (Event.PUBLISHED, "published")
    )
    return Outcome(
        event,
        word,
        handed.at,
        endpoint=handed.endpoint,
        peer_fingerprint=handed.peer_fingerprint,
        remote_id=handed.remote_id[:MOST_TEXT],
        reply=handed.reply,
    )


def of_error(error: SendError, at: Micros) -> Outcome:
    """The channel did not, or we do not know."""
    text = str(error)[:MOST_TEXT]
    if isinstance(error, RefusedError):
        return Outcome(Event.REFUSED, "refused", at, text, alert=True)
    if error.busy and error.handed_over == "no":
        return Outcome(Event.NOT_SENT, "busy", at, text, alert=error.alert, wait=error.retry_after)
    if error.handed_over == "no":
        return Outcome(Event.NOT_SENT, "not_sent", at, text, alert=error.alert)
    return Outcome(Event.UNKNOWN, "unknown", at, text, alert=error.alert)


def of_lapse(at: Micros) -> Outcome:
    """The worker died or lost its lease: the same path as a timeout (design 4)."""
    return Outcome(Event.UNKNOWN, "unknown", at, LAPSED)


def settle(
    delivery: Delivery, outcome: Outcome, policy: RetryPolicy, due_again: Micros, now: Micros
) -> Delivery:
    """The delivery after the attempt: its state, and when it is due again, which is `due_again`
    where it goes back to the queue."""
    after = apply(delivery, outcome.event, outcome.at, _reason(outcome)).delivery
    after = replace(after, lease_until=0)
    if outcome.free and delivery.state is State.SENDING:
        after = replace(after, tries=max(0, after.tries - 1))
    if after.state is State.ACKNOWLEDGED:
        return replace(after, due_at=0)  # a parcel that was asked for again is no longer owed
    if after.state is State.SENT:
        return replace(after, due_at=now + policy.receipt)
    if after.state is not State.QUEUED or delivery.state is not State.SENDING:
        return after
    if policy.used_up(after, now):
        return apply(after, Event.GIVE_UP, now, "budget-used-up").delivery
    return replace(after, due_at=due_again)


def _reason(outcome: Outcome) -> str:
    return "" if outcome.event in (Event.HANDED_OVER, Event.PUBLISHED) else outcome.word


def close(attempt: Attempt, outcome: Outcome, now: Micros) -> Attempt:
    """The attempt's row, ended."""
    return replace(
        attempt,
        outcome=outcome.word,
        ended_at=now,
        endpoint=outcome.endpoint,
        peer_fingerprint=outcome.peer_fingerprint,
        remote_id=outcome.remote_id,
        error=outcome.error,
    )


def outcome_event(
    before: Delivery, after: Delivery, attempt: Attempt, outcome: Outcome, now: Micros
) -> LedgerEvent:
    """The leaf of an ended attempt. A server's own words stay out of the ledger (design 8); their
    digest is in it, so that they can't be changed afterwards."""
    return LedgerEvent(
        Tag.DELIVERY_OUTCOME,
        now,
        {
            "delivery": before.id,
            "partner": before.partner,
            "attempt": attempt.number,
            "outcome": outcome.word,
            "alert": outcome.alert,
            "channel": channel_digest(close(attempt, outcome, now)),
            "from": str(before.state),
            "state": str(after.state),
        },
    )
