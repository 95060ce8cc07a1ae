"""The delivery state machine: one manifest's way to one partner (design 4).

    QUEUED  --begin--> SENDING --handed_over--> SENT --ack_positive--> ACKNOWLEDGED
    SENDING --published--> SENT, and --fetched--> there: what lies ready is not yet handed over
    SENDING --unknown | not_sent--> QUEUED,  --refused--> FAILED
    SENT    --overdue | bounced | asked_again--> QUEUED,  --ack_negative--> REJECTED
    QUEUED  --withhold--> WITHHELD,  --stop--> STOPPED,  --give_up--> FAILED

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


HALTED = (State.WITHHELD, State.STOPPED)
"""Where nothing more is sent and no answer is waited for."""


class Event(StrEnum):
    """What can happen to a delivery."""

    BEGIN = "begin"  # an attempt is recorded
    HANDED_OVER = "handed_over"  # the channel took it
    PUBLISHED = "published"  # it lies ready for the partner to take
    FETCHED = "fetched"  # the partner took what lay ready
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


_STATES = {
    "Q": State.QUEUED,
    "SG": State.SENDING,
    "ST": State.SENT,
    "A": State.ACKNOWLEDGED,
    "R": State.REJECTED,
    "F": State.FAILED,
    "W": State.WITHHELD,
    "SP": State.STOPPED,
}
_TARGETS: dict[str, State | Note] = {
    **_STATES,
    "-": Note.IGNORED,
    "!": Note.CONFLICT,
    "x": Note.NOT_ALLOWED,
}

# one row an event, one column a state; the import fails where a cell is missing
_TABLE = """
              Q   SG  ST  A   R   F   W   SP
begin         SG  x   x   x   x   x   x   x
handed_over   ST  ST  -   -   -   -   -   -
published     ST  ST  -   -   -   -   -   -
fetched       -   -   -   -   -   -   -   -
unknown       -   Q   -   -   -   -   -   -
not_sent      -   Q   -   -   -   -   -   -
refused       F   F   !   !   -   -   -   -
give_up       F   F   F   -   -   -   -   -
overdue       -   -   Q   -   -   -   -   -
bounced       -   Q   Q   !   -   -   -   -
asked_again   -   -   Q   -   -   -   -   -
ack_positive  A   A   A   -   A   A   A   A
ack_negative  R   R   R   !   -   R   -   -
resume        x   x   x   x   Q   Q   x   x
withhold      W   x   x   x   x   x   -   x
stop          SP  x   x   x   SP  SP  -   -
"""


def _parse_table(table: str) -> dict[tuple[State, Event], State | Note]:
    head, *rows = (line.split() for line in table.strip().splitlines())
    return {
        (_STATES[column], Event(event)): _TARGETS[cell]
        for event, *cells in rows
        for column, cell in zip(head, cells, strict=True)
    }


TRANSITIONS = _parse_table(_TABLE)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as it stands.

    `attempts` is every attempt ever begun and numbers them; `tries` counts those since it was
    queued or resumed, against the budget. `sealing` is the current sealing's number, 0 before it.
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
    moved = _hand_over_time(replace(delivery, state=State(target), reason=reason), event, at)
    return Step(_bookkeeping(moved, event, at), True, None)


_HANDS_OVER = frozenset({Event.HANDED_OVER, Event.FETCHED})


def _hand_over_time(delivery: Delivery, event: Event, at: Micros) -> Delivery:
    """The term starts at the first hand-over that the channel confirmed (design 4)."""
    if event in _HANDS_OVER and delivery.handed_over_at is None:
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
