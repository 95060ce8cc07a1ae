"""`run`: one round after the other until told to stop; a round may be repeated at any point."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from gateway.domain.errors import PalangError
from gateway.domain.times import HOUR, MINUTE, Micros, to_wire
from partner import answers, applying, asking, checkpoints, heard, rehearsal
from partner.freshness import freshness, signs_statements
from partner.kit import Kit
from partner.messages import MessageRefused, Word
from partner.receive import Received
from partner.refusal import ParcelRefused
from partner.taken import Taken
from partner.ways import Way, way_of

_ALARM_AGAIN = 1 * HOUR  # microseconds between two tellings of the same alarm

Say = Callable[[str, dict[str, object]], None]
"""Tell a person or a log: an event's name and its facts, never a number."""


@dataclass(slots=True)
class Rounds:
    """What `run` repeats. `wake` makes the next round come at once; the service sets it."""

    kit: Kit
    say: Say
    way: Way = field(init=False)
    wake: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)
    _applying: threading.Event = field(default_factory=threading.Event)
    _alarms: dict[str, Micros] = field(default_factory=dict)
    _leaving: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.way = way_of(self.kit)

    def forever(self) -> None:
        """Rounds at the rhythm of poll_seconds until `stop` is set; trouble is told, not fatal.

        Applying has a thread of its own: a hook may take an hour, and receipts must not wait for
        it. The thread is not waited for at the end: a hook that outlives us is picked up later.
        """
        threading.Thread(target=self._apply_forever, name="applying", daemon=True).start()
        while not self.stop.is_set():
            self._do(self._take, self._acknowledge, *self._asking(), self._publish, self._watch)
            self._do(self._rehearse)
            self._applying.set()
            self.wake.wait(self.kit.settings.poll_seconds)
            self.wake.clear()

    def _apply_forever(self) -> None:
        while not self.stop.is_set():
            self._applying.wait(self.kit.settings.poll_seconds)
            self._applying.clear()
            self._do(self._apply, self._confirm, self._publish)

    def once(self) -> bool:
        """One round; returns whether all of it went well."""
        receiving = (self._take, self._acknowledge, self._apply, self._confirm)
        return self._do(*receiving, *self._asking(), self._publish, self._watch, self._rehearse)

    def _asking(self) -> tuple[Callable[[], bool], ...]:
        return self._request, self._repeat

    def _do(self, *steps: Callable[[], bool]) -> bool:
        """Each step is tried whatever became of the others: a broken hook keeps nothing back."""
        went_well = [self._try(step) for step in steps]
        return all(went_well)

    def _try(self, step: Callable[[], bool]) -> bool:
        try:
            return step()
        except PalangError as trouble:
            self._trouble(trouble)
            return False

    def _trouble(self, trouble: PalangError) -> None:
        self.say("trouble", {"what": str(trouble), "next": trouble.hint})

    def _take(self) -> bool:
        good = True
        for taken in self.way.take():
            good = good and taken.good
            self._tell(taken)
        return good

    def _tell(self, taken: Taken) -> None:
        if taken.left is not None:
            self._trouble(taken.left)
        elif isinstance(taken.refused, ParcelRefused):
            tell_refused(self.say, taken.refused)
        elif isinstance(taken.refused, MessageRefused):
            tell_word_refused(self.say, taken.refused, taken.name)
        elif isinstance(taken.got, Received):
            tell_received(self.say, taken.got)
        elif isinstance(taken.got, Word):
            tell_word(self.say, taken.got)

    def _acknowledge(self) -> bool:
        made = answers.acknowledge(self.kit)
        if made:
            self.say("acknowledged", {"statements": len(made)})
        return True

    def _apply(self) -> bool:
        done = applying.apply(self.kit, patient=True)
        for operation in done.ruled:
            self.say("applied", {"operation": operation})
        for operation in done.enforced:
            self.say("enforced", {"operation": operation})
        for trouble in done.troubles:
            self._trouble(trouble)
        return not done.troubles

    def _confirm(self) -> bool:
        for made in answers.confirm(self.kit):
            self.say("confirmed", {"delivery": made.subject, "statement": made.statement})
        return True

    def _request(self) -> bool:
        for made in asking.request(self.kit):
            self.say("requested", {"from": made.subject})
        return True

    def _repeat(self) -> bool:
        """What the gateway did not answer for long is said once more, in the same bytes."""
        if not signs_statements(self.kit.pins()):
            return True
        wait = self.kit.settings.say_again_minutes * MINUTE
        with self.kit.state.write() as tx:
            again = heard.say_again(tx, wait, self.kit.clock.now())
            if again:
                # a crash before leaves them unsaid; the next round finds the same ones
                tx.commit("kit.repeat")
        if again:
            self.say("said again", {"statements": again})
        return True

    def _publish(self) -> bool:
        with self._leaving:  # both threads say something, and nothing is to leave twice
            self.way.publish()
        return True

    def _rehearse(self) -> bool:
        """What the ladder's parcels are answered, from their own state and lists."""
        good = [self._do(*self._rehearsing(kit)) for kit in rehearsal.running(self.kit)]
        return all(good)

    def _rehearsing(self, kit: Kit) -> Iterator[Callable[[], bool]]:
        def publish() -> bool:
            with self._leaving:
                way_of(kit).publish()
            return True

        for step in (answers.acknowledge, _apply_now, answers.confirm, asking.request):
            yield partial(_done, step, kit)
        yield publish

    def _watch(self) -> bool:
        """Alarms: a gateway that is silent for too long, and words that contradict each other."""
        with self.kit.state.read() as tx:
            fresh, alarms = freshness(self.kit, tx), heard.alarms(tx)
            unproven = checkpoints.overdue(tx, self.kit.clock.now())
        standing = {name: what for name, what, _at in alarms}
        if fresh.frozen:
            since = to_wire(fresh.until) if fresh.until else "it was pinned"
            standing["frozen"] = f"no fresh head of the gateway since {since}"
        if unproven:
            standing["unproven"] = f"{unproven} Next: {checkpoints.WHAT_NOW}"
        now = self.kit.clock.now()
        self._alarms = {name: at for name, at in self._alarms.items() if name in standing}
        for name, what in standing.items():
            if now - self._alarms.get(name, now - _ALARM_AGAIN) >= _ALARM_AGAIN:
                self._alarms[name] = now
                self.say("alarm", {"name": name, "what": what, "next": _ASK})
        return not standing


def _apply_now(kit: Kit) -> object:
    return applying.apply(kit, patient=True)


def _done(step: Callable[[Kit], object], kit: Kit) -> bool:
    step(kit)
    return True


_ASK = "ask the gateway's officers by phone; palang-partner status"


def tell_received(say: Say, got: Received) -> None:
    """A parcel was stored, or came again."""
    facts: dict[str, object] = {
        "delivery": got.delivery,
        "sequence": got.sequence,
        "entries": got.entries,
    }
    say("received" if got.new else "received again", facts)


def tell_refused(say: Say, refused: ParcelRefused) -> None:
    """A parcel was not taken."""
    code = str(refused.code)
    say("refused", {"parcel": refused.parcel, "reason": code, "why": str(refused)})


def tell_word(say: Say, word: Word) -> None:
    """An answer or a head was kept; one that was kept before is nothing new."""
    if word.new:
        say(word.event, word.facts)


def tell_word_refused(say: Say, refused: MessageRefused, name: str) -> None:
    """An answer or a head was not taken."""
    if refused.stale:
        say("late", {"word": name, "why": str(refused)})
    else:
        facts: dict[str, object] = {"word": name, "reason": refused.reason, "why": str(refused)}
        say("word refused", facts | {"next": refused.hint})
