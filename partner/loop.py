"""`run`: one round after the other until told to stop; a round may be repeated at any point."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.domain.errors import PalangError
from partner import answers, applying, inbox, outgoing
from partner.kit import Kit
from partner.receive import Received
from partner.refusal import ParcelRefused

Say = Callable[[str, dict[str, object]], None]
"""Tell a person or a log: an event's name and its facts, never a number."""


@dataclass(slots=True)
class Rounds:
    """What `run` repeats. `wake` makes the next round come at once; the service sets it."""

    kit: Kit
    say: Say
    wake: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)
    _applying: threading.Event = field(default_factory=threading.Event)

    def forever(self) -> None:
        """Rounds at the rhythm of poll_seconds until `stop` is set; trouble is told, not fatal.

        Applying has a thread of its own: a hook may take an hour, and receipts must not wait for
        it. The thread is not waited for at the end: a hook that outlives us is picked up later.
        """
        threading.Thread(target=self._apply_forever, name="applying", daemon=True).start()
        while not self.stop.is_set():
            self._do(self._take, self._acknowledge, self._request, self._publish)
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
        receiving = (self._take, self._acknowledge, self._apply, self._confirm, self._request)
        return self._do(*receiving, self._publish)

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
        for taken in inbox.take_all(self.kit):
            good = good and taken.received is not None
            if taken.received is not None:
                tell_received(self.say, taken.received)
            elif taken.refused is not None:
                tell_refused(self.say, taken.refused)
            elif taken.left is not None:
                self._trouble(taken.left)
        return good

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
        for made in answers.request(self.kit):
            self.say("requested", {"from": made.subject})
        return True

    def _publish(self) -> bool:
        outgoing.publish(self.kit)
        return True


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
