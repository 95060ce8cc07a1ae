"""A source's list for the console, which has no key: it asks, the worker takes the list.

What a person would be told at once stands in the wish: the page shows it, and they ask anew with
the column named.
"""

from dataclasses import dataclass

from gateway.domain.errors import Conflict, PalangError
from gateway.domain.list_wants import ListWant
from gateway.domain.records import Intake
from gateway.domain.source_list import ReceivedList
from gateway.ports import Clock, Store
from gateway.services.source_inbox import AutoTake, ListTaken, SourceInbox, Wanted


@dataclass(frozen=True, slots=True)
class AskedLists:
    """Asking, seeing what became of it, and the worker's side."""

    store: Store
    clock: Clock

    def ask(self, number: int, wanted: Wanted) -> None:
        """Want a list taken. Raises NotFound, Conflict (it is wanted already)."""
        at = self.clock.now()
        want = ListWant(
            0, number, wanted.account, wanted.sheet, wanted.column or "", wanted.resend, at
        )
        with self.store.write() as uow:
            uow.inbox.source_lists.get(number)
            if any(one.list == number for one in uow.inbox.list_wants.waiting()):
                raise Conflict(
                    f"list {number} is wanted already", hint="the worker takes it in its next round"
                )
            uow.inbox.list_wants.add(want)
            # a crash before leaves nothing asked; after it the worker takes the list
            uow.commit("list.want")

    def newest(self) -> dict[int, ListWant]:
        """The last wish about each list."""
        with self.store.read() as uow:
            return uow.inbox.list_wants.newest()

    def waiting(self) -> tuple[ListWant, ...]:
        """What the worker has to do, oldest first."""
        with self.store.read() as uow:
            return uow.inbox.list_wants.waiting()

    def take(self, want: ListWant, inbox: SourceInbox) -> Intake:
        """Take the list and end the wish, with the reason where that can't be. Raises as
        SourceInbox.take."""
        wanted = Wanted(want.account, want.sheet, want.number_column or None, want.resend)
        try:
            made = inbox.take(want.list, wanted)
        except PalangError as problem:
            self._end(want, str(problem), problem.hint)
            raise
        self._end(want)
        return made

    def _end(self, want: ListWant, problem: str = "", hint: str = "") -> None:
        with self.store.write() as uow:
            uow.inbox.list_wants.end(want.id, self.clock.now(), problem, hint)
            # a crash before leaves it waiting: the worker tries again, and is told that the list is
            # an intake already where it became one
            uow.commit("list.want.end")


class ListTaking:
    """What the worker takes in a round: first what officers want, then what needs no person."""

    def __init__(self, inbox: SourceInbox, asked: AskedLists, auto: AutoTake) -> None:
        self._inbox = inbox
        self._asked = asked
        self._auto = auto

    def due(self) -> tuple[ListWant | ReceivedList, ...]:
        """Wishes and lists to take now, oldest first."""
        return (*self._asked.waiting(), *self._auto.due())

    def named(self, due: ListWant | ReceivedList) -> str:
        """Whose it is, for what the worker tells of it."""
        return due.partner if isinstance(due, ReceivedList) else f"list {due.list}"

    def take(self, due: ListWant | ReceivedList) -> ListTaken:
        """Take one. Raises as SourceInbox.take."""
        if isinstance(due, ReceivedList):
            return self._auto.take(due)
        made = self._asked.take(due, self._inbox)
        with self._asked.store.read() as uow:
            received = uow.inbox.source_lists.get(due.list)
        return ListTaken(
            received.partner, received.serial, made.id, dict(made.counts).get("held", 0)
        )
