"""Delivery: each partner's line when it happens, read from the worker's own log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from demo.partners import Actor
from demo.peek import parcels_stored
from demo.screen import clock, count, short
from demo.shell import DemoFailed, Facts
from demo.stage import Stage


@dataclass
class _Waiting:
    """What has not happened yet, as words for a person."""

    left: set[str] = field(default_factory=set)

    def __call__(self) -> str:
        return ", ".join(sorted(self.left))


def tell(stage: Stage, batch: int) -> None:
    """Follow the batch until every partner's part of it has come."""
    told = _Telling(stage, batch, _Waiting())
    for actor in stage.actors.values():
        told.waiting.left |= _due(stage, actor)
    for fact in stage.worker.happenings(told.waiting):
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
    stage: Stage
    batch: int
    waiting: _Waiting
    head: str = "SENT"

    def hear(self, fact: Facts) -> None:
        """Tell a happening, if it is one of those that the story is about."""
        event = fact.get("event")
        if event == "sealed" and fact["reason"]:
            self._withheld(fact)
        elif event == "tried" and fact["outcome"] in ("sent", "unknown"):
            self._tried(fact)
        elif event == "judged" and fact["kind"] in ("ack", "confirm"):
            self._judged(fact)
        elif event == "trouble" and fact["alert"]:  # any other is tried again by itself
            raise DemoFailed(f"{fact['step']} {fact['partner']}: {fact['text']}")

    def _line(self, fact: Facts, partner: str, text: str) -> None:
        head, self.head = self.head, ""
        self.stage.screen.part(head, f"{clock(fact['timestamp'])} {partner:<10} {text}")

    def _done(self, partner: str, step: str) -> bool:
        """Whether this step was still missing."""
        missing = f"{partner} {step}" in self.waiting.left
        self.waiting.left.discard(f"{partner} {step}")
        return missing

    def _withheld(self, fact: Facts) -> None:
        partner = fact["delivery"].split(".")[1]
        if self._done(partner, "withheld"):
            self._line(fact, partner, f"WITHHELD: {fact['reason']}; nothing was sealed for it")

    def _tried(self, fact: Facts) -> None:
        actor = self.stage.actor(fact["partner"])
        if fact["outcome"] == "unknown":
            self._done(actor.id, "lost reply")
            self._line(fact, actor.id, "its reply got lost: the outcome is unknown, so once more")
            return
        if not self._done(actor.id, "sent"):
            raise DemoFailed(f"{actor.id}: the parcel was sent once more than expected")
        found = self.stage.delivery(actor.delivery(self.batch))
        peer = short(found["attempts"][-1]["peer"])
        where = f"{actor.player.channel.upper()} to {actor.server}, server key {peer}"
        self._line(fact, actor.id, f"{count(found['entries'])} entries by {where}")
        if actor.player.loses_reply:
            self._same_bytes(fact, actor, found)

    def _same_bytes(self, fact: Facts, actor: Actor, found: Facts) -> None:
        """Our record of two attempts with one sealing, and the kit's own of what it got."""
        sealings = {attempt["sealing"] for attempt in found["attempts"]}
        stored = parcels_stored(actor.kit.home, found["delivery"])
        told = Counter(str(one.get("event")) for one in actor.service.told())
        got = (told["received"], told["received again"])
        if (len(found["attempts"]), len(sealings), len(stored), got) != (2, 1, 1, (1, 1)):
            raise DemoFailed(
                f"{actor.id}: expected one parcel that came twice and is stored once, got "
                f"{len(stored)} parcels, {got[0]} stored and {got[1]} known already"
            )
        same = f"the same bytes ({short(stored[0])}) as in attempt 1: its kit stored them once"
        self._line(fact, actor.id, same)

    def _judged(self, fact: Facts) -> None:
        partner = fact["partner"]
        if fact["state"] == "REFUSED":
            raise DemoFailed(f"a statement of {partner} was refused: {fact['note']}")
        found = self.stage.delivery(self.stage.actor(partner).delivery(self.batch))
        if fact["kind"] == "ack" and self._done(partner, "acknowledged"):
            key = short(found["receipts"][-1]["key"])
            self._line(fact, partner, f"acknowledged, signed with its pinned key {key}")
        elif fact["kind"] == "confirm" and self._done(partner, "confirmed"):
            said = sum(found["confirmed"].values())
            self._line(fact, partner, f"answered for {said} of {found['entries']}, signed")
