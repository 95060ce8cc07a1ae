"""The order of the climb: what is sent when, and for what is waited. Whoever climbs gives the rig.

Every step may be repeated: parcels that were sent in an earlier climb are sent again only while
nothing answered them, so a test that was cut off goes on where it was.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.domain.ladder.judging import Climb, Sent, judge
from gateway.domain.ladder.rungs import Rung, RungResult, State
from gateway.domain.ladder.samples import BAD, Place, Variant

_BAD_FROM = 101
"""Sequences of the bad parcels; nobody keeps them, so they leave no gap."""


class Rig(Protocol):
    """One partner under test."""

    def probe(self) -> Sequence[RungResult]:
        """The rungs of the channel itself: identity, login, write."""
        ...

    def climb(self) -> Climb:
        """All that was sent and heard until now; fetches what lies ready."""
        ...

    def make(self, variant: Variant, place: Place, kid: str = "") -> Sent:
        """Seal a parcel to that seal key ("" for the newest) and keep it; not sent yet."""
        ...

    def repeat(self, sent: Sent) -> Sent:
        """Keep that this parcel is sent again as Variant.AGAIN; not sent yet."""
        ...

    def send(self, sent: Sent) -> str:
        """Hand it over; returns "" or why not."""
        ...

    def pause(self, tries: int) -> bool:
        """Let the partner work; False once nobody waits any longer after so many tries."""
        ...

    @property
    def run(self) -> int:
        """The number of this climb, from 1."""
        ...


def climb(rig: Rig) -> tuple[RungResult, ...]:
    """All rungs, in order. A rung of the channel that fails ends the climb."""
    channel = tuple(rig.probe())
    if any(one.state is State.FAILED for one in channel):
        done = {one.rung for one in channel}
        rest = (rung for rung in Rung if rung not in done)
        return (*channel, *(_after(rung) for rung in rest))
    failure = _exchange(rig)
    return (*channel, *(_told(one, failure) for one in judge(rig.climb())))


def _after(rung: Rung) -> RungResult:
    return RungResult(rung, State.NOT_RUN, "a rung below failed")


def _told(one: RungResult, failure: str) -> RungResult:
    """What waits for a parcel that could not be handed over does not wait for the partner."""
    if failure and one.state is State.WAITING:
        return RungResult(
            one.rung, State.FAILED, f"a parcel was not handed over: {failure}", "palang doctor"
        )
    return one


def _exchange(rig: Rig) -> str:
    """Send and wait in three steps; returns the first failure to hand over."""
    sample = _first(rig, Variant.SAMPLE) or rig.make(Variant.SAMPLE, Place(rig.run, 1, ""))
    if failure := _deliver(rig, sample):
        return failure
    _wait(rig, lambda now: _is_answered(now, sample))
    if not rig.climb().acks(sample, "positive"):
        return ""
    return _second(rig, sample) or _third(rig)


def _second(rig: Rig, sample: Sent) -> str:
    """The same again, the bad ones, and a sequence that leaves a gap."""
    sending = []
    if not rig.climb().pulls:
        sending.append(_first(rig, Variant.AGAIN) or rig.repeat(sample))
    for sequence, variant in enumerate(BAD, _BAD_FROM):
        place = Place(rig.run, sequence, sample.manifest)
        sending.append(_first(rig, variant) or rig.make(variant, place))
    late = _first(rig, Variant.LATE) or rig.make(Variant.LATE, Place(rig.run, 2, sample.manifest))
    early = _first(rig, Variant.EARLY) or rig.make(Variant.EARLY, Place(rig.run, 3, late.manifest))
    for sent in (*sending, early):
        if failure := _deliver(rig, sent):
            return failure
    _wait(rig, _is_second_done)
    return ""


def _third(rig: Rig) -> str:
    """What was asked for, and one parcel to each seal key."""
    now = rig.climb()
    late, early = now.of(Variant.LATE)[0], now.of(Variant.EARLY)[0]
    sending = [late] if now.asked(late) else []
    sending += _to_keys(rig, now, early)
    for sent in sending:
        if failure := _deliver(rig, sent):
            return failure
    _wait(rig, lambda then: all(then.acks(sent) for sent in sending))
    return ""


def _to_keys(rig: Rig, now: Climb, early: Sent) -> list[Sent]:
    if len(now.kids) < 2:
        return []
    made = {sent.kid: sent for sent in now.of(Variant.KEY)}
    last = early
    for kid in now.kids:
        if kid not in made:
            made[kid] = rig.make(Variant.KEY, Place(rig.run, last.sequence + 1, last.manifest), kid)
        last = made[kid]
    return list(made.values())


def _first(rig: Rig, variant: Variant) -> Sent | None:
    found = rig.climb().of(variant)
    return found[0] if found else None


def _deliver(rig: Rig, sent: Sent) -> str:
    """Send what nothing answered yet."""
    now = rig.climb()
    answers = len(now.acks(sent))
    return "" if answers > (sent.variant is Variant.AGAIN) else rig.send(sent)


def _wait(rig: Rig, done: Callable[[Climb], bool]) -> None:
    tries = 0
    while not done(rig.climb()) and rig.pause(tries):
        tries += 1


def _is_answered(now: Climb, sample: Sent) -> bool:
    confirmed = {row.entry for one in now.confirmations(sample) for row in one.rows}
    wanted = sample.count if now.confirms else 0
    return bool(now.acks(sample)) and len(confirmed) >= wanted


def _is_second_done(now: Climb) -> bool:
    """Only what the card promises is waited for."""
    bad = [sent for variant in BAD for sent in now.of(variant)]
    early, late = now.of(Variant.EARLY)[0], now.of(Variant.LATE)[0]
    return (
        (not now.claims(Rung.REFUSE) or all(now.acks(sent) for sent in bad))
        and (not now.claims(Rung.DUPLICATE) or _is_repeated(now))
        and (not now.claims(Rung.GAP) or bool(now.asked(late) and now.acks(early)))
    )


def _is_repeated(now: Climb) -> bool:
    return all(len(now.acks(again, "positive")) > 1 for again in now.of(Variant.AGAIN))
