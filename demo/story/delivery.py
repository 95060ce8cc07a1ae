"""Delivery: each partner's line when it happens, read from the worker's own log."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from demo.actor import Actor
from demo.peek import parcels_stored
from demo.screen import clock, count, short
from demo.shell import DemoFailed, Facts
from demo.stage import Stage


def tell(stage: Stage, batch: int) -> None:
    """Follow the batch until every partner's part of it has come."""
    with ThreadPoolExecutor(2) as pool:
        told = _Telling(stage, batch, _all_due(stage), pool)
        for fact in stage.worker.happenings(told.missing):
            told.hear(fact)


def _due(stage: Stage, actor: Actor) -> set[str]:
    """What must happen at a partner."""
    if not stage.expected.numbers[actor.id]:
        return {f"{actor.id} withheld"}
    steps = {"sent", "acknowledged"}
    if actor.player.answers:
        steps.add("confirmed")
    if actor.player.loses_reply:
        steps.add("lost reply")
    return {f"{actor.id} {step}" for step in steps}


@dataclass
class _Telling:
    """`left` is what has not happened yet. A line may need to know more of its delivery: that is
    fetched beside, and the lines still stand in the order of what happened."""

    stage: Stage
    batch: int
    left: set[str]
    pool: ThreadPoolExecutor
    head: str = "SENT"
    unsaid: deque[tuple[Future[Facts], Callable[[Facts], None]]] = field(default_factory=deque)

    def missing(self) -> str:
        """Say the lines that are ready; what is missing after that."""
        while self.unsaid and self.unsaid[0][0].done():
            known, say = self.unsaid.popleft()
            say(known.result())
        return ", ".join(sorted(self.left)) or ("what came of it" if self.unsaid else "")

    def hear(self, fact: Facts) -> None:
        """Tell a happening, if it is one of those that the story is about."""
        event = fact.get("event")
        if event == "sealed" and fact["reason"]:
            self._withheld(fact)
        elif event == "tried" and fact["outcome"] in ("sent", "published", "unknown"):
            self._tried(fact)
        elif event == "judged" and fact["kind"] in ("ack", "confirm"):
            self._judged(fact)
        elif event == "trouble" and fact["alert"]:  # any other is tried again by itself
            raise DemoFailed(f"{fact['step']} {fact['partner']}: {fact['text']}")

    def _done(self, partner: str, step: str) -> bool:
        """Whether this step was still missing."""
        missing = f"{partner} {step}" in self.left
        self.left.discard(f"{partner} {step}")
        return missing

    def _line(self, fact: Facts, partner: str, text: str) -> None:
        """Say it now."""
        head, self.head = self.head, ""
        self.stage.screen.part(head, f"{clock(fact['timestamp'])} {partner:<10} {text}")

    def _next(self, fact: Facts, partner: str, text: str) -> None:
        """Say it in its turn."""
        known: Future[Facts] = Future()
        known.set_result({})
        self.unsaid.append((known, lambda _known: self._line(fact, partner, text)))

    def _fetch(self, partner: str, say: Callable[[Facts], None]) -> None:
        """Say it in its turn, from what the gateway then knows of the delivery."""
        delivery = self.stage.actor(partner).delivery(self.batch)
        self.unsaid.append((self.pool.submit(self.stage.delivery, delivery), say))

    def _withheld(self, fact: Facts) -> None:
        partner = fact["delivery"].split(".")[1]
        if self._done(partner, "withheld"):
            self._next(fact, partner, f"WITHHELD: {fact['reason']}; nothing was sealed for it")

    def _tried(self, fact: Facts) -> None:
        partner = fact["partner"]
        if fact["outcome"] == "unknown":
            self._done(partner, "lost reply")
            self._next(fact, partner, "its reply got lost: the outcome is unknown, so once more")
        elif self._done(partner, "sent"):
            self._fetch(partner, lambda found: self._sent(fact, found))
        else:
            raise DemoFailed(f"{partner}: the parcel was sent once more than expected")

    def _sent(self, fact: Facts, found: Facts) -> None:
        actor = self.stage.actor(fact["partner"])
        how = _same_bytes(actor, found) if actor.player.loses_reply else _where(actor, found)
        self._line(fact, actor.id, f"{count(found['entries'])} entries {how}")

    def _judged(self, fact: Facts) -> None:
        partner = fact["partner"]
        if fact["state"] == "REFUSED":
            raise DemoFailed(f"a statement of {partner} was refused: {fact['note']}")
        step = "acknowledged" if fact["kind"] == "ack" else "confirmed"
        if self._done(partner, step) and not any(_is_answer(left) for left in self.left):
            count_of = sum(_is_answer(step) and "ack" in step for step in _all_due(self.stage))
            text = f"is the last: all {count_of} acknowledged, each signed with a key of its own"
            self._next(fact, partner, text)


def _is_answer(step: str) -> bool:
    return step.endswith((" acknowledged", " confirmed"))


def _all_due(stage: Stage) -> set[str]:
    return {step for actor in stage.actors.values() for step in _due(stage, actor)}


def _where(actor: Actor, found: Facts) -> str:
    if actor.player.channel == "pull":
        by = "openssl and curl" if actor.player.tool else "its kit"
        return f"at our listener, for {by}; a fetch begins the term"
    peer = short(found["attempts"][-1]["peer"])
    return f"by {actor.player.channel.upper()} to {actor.server}, server key {peer}"


def _same_bytes(actor: Actor, found: Facts) -> str:
    """Our record of two attempts with one sealing, and the kit's own of what it got."""
    sealings = {attempt["sealing"] for attempt in found["attempts"]}
    stored = parcels_stored(actor.home, found["delivery"])
    told = Counter(str(one.get("event")) for one in actor.service.told())
    got = (told["received"], told["received again"])
    if (len(found["attempts"]), len(sealings), len(stored), got) != (2, 1, 1, (1, 1)):
        raise DemoFailed(
            f"{actor.id}: expected one parcel that came twice and is stored once, got "
            f"{len(stored)} parcels, {got[0]} stored and {got[1]} known already"
        )
    how = actor.player.channel.upper()
    return f"by {how}: the same bytes ({short(stored[0])}) again, stored once"
