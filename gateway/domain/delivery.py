"""The delivery state machine: one manifest's way to one partner (design 4).

QUEUED --begin--> SENDING --handed_over--> SENT --ack_positive--> ACKNOWLEDGED
SENDING --unknown--> QUEUED | --refused--> FAILED;  SENT --overdue | bounced | asked_again--> QUEUED
SENT --ack_negative--> REJECTED;  QUEUED --withhold--> WITHHELD | --stop--> STOPPED | --give_up--> FAILED

A valid positive acknowledgement wins from any state, for good. Recovery after a crash is `unknown`,
the same path as a timeout. Overdue and "all confirmed" are derived, never states.
"""

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from gateway.domain.errors import Conflict
from gateway.domain.times import Micros


class State(StrEnum):
    """Where a delivery stands."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    WITHHELD = "WITHHELD"
    STOPPED = "STOPPED"


class Event(StrEnum):
    """What can happen to a delivery."""

    BEGIN = "begin"  # an attempt is recorded
    HANDED_OVER = "handed_over"  # the channel took it
    UNKNOWN = "unknown"  # it may or may not have arrived; also after a crash
    NOT_SENT = "not_sent"  # it surely did not arrive; try again
    REFUSED = "refused"  # the channel said no: stop trying
    GIVE_UP = "give_up"  # attempts or days are used up
    OVERDUE = "overdue"  # no receipt came: send the same bytes again
    BOUNCED = "bounced"  # the channel reports later that it did not arrive
    ASKED_AGAIN = "asked_again"  # the partner asks for it again
    ACK_POSITIVE = "ack_positive"
    ACK_NEGATIVE = "ack_negative"  # names the current sealing, or it is not this event
    RESUME = "resume"  # by an officer
    WITHHOLD = "withhold"  # no live consent covers it
    STOP = "stop"  # by an officer


class Note(StrEnum):
    """What a pair means where it is no change of state."""

    IGNORED = "ignored"  # nothing new; kept in the ledger, state unchanged
    CONFLICT = "conflict"  # contradicts what is settled: kept and flagged
    NOT_ALLOWED = "not allowed"  # raises Conflict


class Priority(IntEnum):
    """Lanes of the queue: an unblock frees a person, so it goes first (design 3)."""

    UNBLOCK = 0
    URGENT = 1
    ROUTINE = 2


_S, _E, _N = State, Event, Note

# every row names all states in this order, so that no pair can be forgotten
_ORDER = (
    _S.QUEUED, _S.SENDING, _S.SENT, _S.ACKNOWLEDGED, _S.REJECTED, _S.FAILED, _S.WITHHELD, _S.STOPPED,
)  # fmt: skip

_ROWS: dict[Event, tuple[State | Note, ...]] = {
    # event            QUEUED          SENDING         SENT            ACKNOWLEDGED    REJECTED        FAILED          WITHHELD        STOPPED
    _E.BEGIN:        (_S.SENDING,     _N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.NOT_ALLOWED),
    _E.HANDED_OVER:  (_S.SENT,        _S.SENT,        _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED),
    _E.UNKNOWN:      (_N.IGNORED,     _S.QUEUED,      _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED),
    _E.NOT_SENT:     (_N.IGNORED,     _S.QUEUED,      _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED),
    _E.REFUSED:      (_S.FAILED,      _S.FAILED,      _N.CONFLICT,    _N.CONFLICT,    _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED),
    _E.GIVE_UP:      (_S.FAILED,      _S.FAILED,      _S.FAILED,      _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED),
    _E.OVERDUE:      (_N.IGNORED,     _N.IGNORED,     _S.QUEUED,      _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED),
    _E.BOUNCED:      (_N.IGNORED,     _S.QUEUED,      _S.QUEUED,      _N.CONFLICT,    _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED),
    _E.ASKED_AGAIN:  (_N.IGNORED,     _N.IGNORED,     _S.QUEUED,      _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED,     _N.IGNORED),
    _E.ACK_POSITIVE: (_S.ACKNOWLEDGED, _S.ACKNOWLEDGED, _S.ACKNOWLEDGED, _N.IGNORED,  _S.ACKNOWLEDGED, _S.ACKNOWLEDGED, _S.ACKNOWLEDGED, _S.ACKNOWLEDGED),
    _E.ACK_NEGATIVE: (_S.REJECTED,    _S.REJECTED,    _S.REJECTED,    _N.CONFLICT,    _N.IGNORED,     _S.REJECTED,    _N.IGNORED,     _N.IGNORED),
    _E.RESUME:       (_N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.NOT_ALLOWED, _S.QUEUED,      _S.QUEUED,      _N.NOT_ALLOWED, _N.NOT_ALLOWED),
    _E.WITHHOLD:     (_S.WITHHELD,    _N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.IGNORED,     _N.NOT_ALLOWED),
    _E.STOP:         (_S.STOPPED,     _N.NOT_ALLOWED, _N.NOT_ALLOWED, _N.NOT_ALLOWED, _S.STOPPED,     _S.STOPPED,     _N.IGNORED,     _N.IGNORED),
}  # fmt: skip

TRANSITIONS: dict[tuple[State, Event], State | Note] = {
    (state, event): target
    for event, row in _ROWS.items()
    for state, target in zip(_ORDER, row, strict=True)
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as it stands.

    `attempts` is every attempt ever begun and numbers them; `tries` counts those since it was queued
    or resumed, against the budget. `sealing` is the current sealing's number, 0 before the first.
    `fence` rises with each claim: a worker whose lease ended can't record (design 2).
    """

    id: str
    batch: int
    partner: str
    priority: Priority
    queued_at: Micros
    due_at: Micros
    state: State = State.QUEUED
    epoch: int = 0
    sequence: int = 0
    manifest: str = ""
    sealing: int = 0
    attempts: int = 0
    tries: int = 0
    lease_until: Micros = 0
    fence: int = 0
    handed_over_at: Micros | None = None
    acknowledged_at: Micros | None = None
    conflict: bool = False
    reason: str = ""

    @property
    def sealed(self) -> bool:
        """Whether it has taken a sequence number."""
        return self.sequence > 0


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of one event: the delivery after it, and what it meant."""

    delivery: Delivery
    changed: bool
    note: Note | None


def apply(delivery: Delivery, event: Event, at: Micros, reason: str = "") -> Step:
    """Take one event. `at` is the gateway's time; `reason` is kept with the state for people.

    Raises Conflict for a pair that is not allowed, naming delivery, state and event.
    """
    target = TRANSITIONS[delivery.state, event]
    if target is Note.NOT_ALLOWED:
        raise Conflict(f"delivery {delivery.id}: {event} is not possible while {delivery.state}")
    if target is Note.CONFLICT:
        return Step(replace(delivery, conflict=True), True, Note.CONFLICT)
    if target is Note.IGNORED:
        return Step(_hand_over_time(delivery, event, at), False, Note.IGNORED)
    assert isinstance(target, State)  # the table holds states and notes only
    moved = _hand_over_time(replace(delivery, state=target, reason=reason), event, at)
    return Step(_bookkeeping(moved, event, at), True, None)


def _hand_over_time(delivery: Delivery, event: Event, at: Micros) -> Delivery:
    """The term starts at the first hand-over that the channel confirmed (design 4), however late we book it."""
    if event is Event.HANDED_OVER and delivery.handed_over_at is None:
        return replace(delivery, handed_over_at=at)
    return delivery


def _bookkeeping(delivery: Delivery, event: Event, at: Micros) -> Delivery:
    match event:
        case Event.BEGIN:
            return replace(delivery, attempts=delivery.attempts + 1, tries=delivery.tries + 1)
        case Event.RESUME:
            return replace(delivery, tries=0, queued_at=at, due_at=at)
        case Event.ASKED_AGAIN:
            return replace(delivery, due_at=at)
        case Event.ACK_POSITIVE:
            return replace(delivery, acknowledged_at=at)
    return delivery
