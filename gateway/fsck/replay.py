"""A delivery's life as the ledger tells it, taken through the transition table anew (promise D)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.domain.delivery import TRANSITIONS, Event, Note, State
from gateway.domain.ledger import Tag
from gateway.fsck.facts import Said
from gateway.fsck.reasons import reason_of

Tell = Callable[[Said, str, str], None]
"""Told of a leaf that does not follow: what could have come, what came."""

OUTCOMES = {
    "sent": Event.HANDED_OVER,
    "published": Event.PUBLISHED,
    "unknown": Event.UNKNOWN,
    "not_sent": Event.NOT_SENT,
    "busy": Event.NOT_SENT,
    "refused": Event.REFUSED,
}

_EVENTS = {
    Tag.DELIVERY_OUTCOME: (Event.GIVE_UP,),
    Tag.DELIVERY_WITHHOLD: (Event.WITHHOLD,),
    Tag.DELIVERY_STOP: (Event.STOP,),
    Tag.DELIVERY_RESUME: (Event.RESUME,),
    Tag.DELIVERY_REQUEUE: (Event.OVERDUE, Event.ASKED_AGAIN, Event.BOUNCED),
    Tag.FETCH_RECORD: (Event.FETCHED,),
}

_STAYS = frozenset({Tag.DELIVERY_SEAL, Tag.AUDIT_EXPORT, Tag.STATEMENT_REFUSE, Tag.NOTHING_RECORD})
_CONFIRMS = frozenset({Tag.CONFIRMATION_RECORD, Tag.CONFIRMATION_CONFLICT})


@dataclass(slots=True)
class Life:
    """Where the events lead. `counts` says for each receipt whether the rules let it count;
    `handed_by` what first handed it over, `handed_before` whether that was so at each receipt."""

    state: State = State.QUEUED
    sealing: int = 0
    attempts: int = 0
    fence: int = 0
    conflict: bool = False
    reason: str = ""
    moved: bool = False
    counts: dict[str, bool] = field(default_factory=dict)
    handed_before: dict[str, bool] = field(default_factory=dict)
    handed_by: int | None = None

    @property
    def handed(self) -> bool:
        """Whether a channel confirmed a hand-over that stands."""
        return self.handed_by is not None


FETCH = 0
"""`handed_by` of a fetch; else it is the number of the attempt."""


def replay(leaves: Iterable[Said], tell: Tell) -> Life:
    """Take every event of a delivery in order."""
    life = Life()
    for said in leaves:
        _take(life, said, tell)
    return life


def _take(life: Life, said: Said, tell: Tell) -> None:
    tag = Tag(said.tag)
    if tag is Tag.DELIVERY_SEAL:
        number = said.facts.get("sealing")
        if number != life.sealing + 1:
            tell(said, f"sealing {life.sealing + 1}", f"sealing {number}")
        life.sealing += 1
    if tag in _STAYS or tag in _CONFIRMS:
        return
    came_from = said.facts.get("from", str(life.state))
    if came_from != life.state:
        tell(said, f"an event of a delivery that is {life.state}", f"one from {came_from}")
    _move(life, said, tag, tell)


def _move(life: Life, said: Said, tag: Tag, tell: Tell) -> None:
    life.moved = False
    possible = _possible(life, said, tag)
    told = said.facts.get("state", next(iter(possible), life.state))
    if told not in possible:
        after = ", ".join(sorted(map(str, possible))) or "no such event"
        tell(said, f"after {life.state}: {after}", str(told))
    if told in tuple(State):
        life.state = State(told)
    if life.moved:
        life.reason = reason_of(said, tag, life.state)


def _possible(life: Life, said: Said, tag: Tag) -> set[State]:
    """The states that this event can lead to."""
    match tag:
        case Tag.DELIVERY_ATTEMPT:
            return _begin(life, said)
        case Tag.RECEIPT_RECORD | Tag.RECEIPT_CONFLICT:
            return _receipt(life, said)
        case Tag.DELIVERY_OUTCOME if "outcome" in said.facts:
            return _outcome(life, said)
        case Tag.BOUNCE_RECORD:
            return _bounce(life, said)
    if tag is Tag.FETCH_RECORD and life.handed_by is None:
        life.handed_by = FETCH
    if tag is Tag.DELIVERY_REQUEUE and life.state is State.ACKNOWLEDGED:
        return {life.state}  # asked for again: owed once more, without a change of state
    return {s for event in _EVENTS.get(tag, ()) if (s := _after(life, event)) is not None}


def _after(life: Life, event: Event) -> State | None:
    target = TRANSITIONS[life.state, event]
    if target is Note.NOT_ALLOWED:
        return None
    life.conflict |= target is Note.CONFLICT
    life.moved |= not isinstance(target, Note)
    return life.state if isinstance(target, Note) else target


def _begin(life: Life, said: Said) -> set[State]:
    life.attempts += 1
    life.fence = max(life.fence, int(said.facts.get("fence", 0)))
    if life.state is State.ACKNOWLEDGED:
        return {life.state}
    found = _after(life, Event.BEGIN)
    return {found} if found is not None else set()


def _outcome(life: Life, said: Said) -> set[State]:
    event = OUTCOMES.get(str(said.facts["outcome"]))
    if event is None:
        return set()
    if event is Event.HANDED_OVER and life.handed_by is None:
        life.handed_by = int(said.facts["attempt"])
    sending, found = life.state is State.SENDING, _after(life, event)
    gives_up = {State.FAILED} if sending and found is State.QUEUED else set()
    return gives_up | ({found} if found is not None else set())


def _bounce(life: Life, said: Said) -> set[State]:
    """It takes back the hand-over of the latest attempt; one of an earlier attempt, or of what was
    acknowledged, changes no state."""
    attempt = said.facts.get("attempt")
    if attempt != life.attempts and life.state is not State.ACKNOWLEDGED:
        return {life.state}
    settled, found = life.state is State.ACKNOWLEDGED, _after(life, Event.BOUNCED)
    if life.handed_by == attempt and not settled:
        life.handed_by = None
    return {found} if found is not None else set()


def _receipt(life: Life, said: Said) -> set[State]:
    """A positive one wins from any state, for good; a negative counts against the current sealing
    only, and never after a positive (design 4)."""
    statement, before = str(said.facts.get("statement")), life.state
    life.handed_before[statement] = life.handed
    if said.facts.get("result") == "positive":
        found = _after(life, Event.ACK_POSITIVE)
        life.counts[statement] = before is not State.ACKNOWLEDGED
    elif said.facts.get("sealing") != life.sealing:
        found, life.counts[statement] = before, False
    else:
        found = _after(life, Event.ACK_NEGATIVE)
        life.counts[statement] = found is State.REJECTED and before is not State.REJECTED
    return {found} if found is not None else set()
