"""Lists of sources that wait, and how one becomes an intake.

A list is unsealed again for each take: of the file itself nothing is kept but the sealed parcel,
since columns that hold people must not be stored (issue 4, item 2).
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.errors import Conflict, NotVerified
from gateway.domain.records import Intake
from gateway.domain.source_list import ReceivedList, SourceList, read_list
from gateway.domain.times import to_wire
from gateway.ports import Store
from gateway.services.intake import Intakes, Options, Watch
from gateway.services.source_lists import ListReader

WORKER = "palang worker"
"""Who adds an intake that no person asked for."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A list and what became of it: `intake` is the one made of it, `same` the one that another way
    brought the same file in by; 0 where there is none."""

    received: ReceivedList
    listed: SourceList
    intake: int
    same: int

    @property
    def waits(self) -> bool:
        """Whether somebody must take it."""
        return not (self.intake or self.same)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a list is taken: sheet and column where they are not clear by themselves; `resend` takes
    numbers again that were released before. `account` is the login of who asks."""

    account: str
    sheet: str = ""
    column: str | None = None
    resend: bool = False


@dataclass(frozen=True, slots=True)
class ListTaken:
    """A list that became an intake by itself."""

    partner: str
    serial: int
    intake: int
    held: int


@dataclass(frozen=True, slots=True)
class SourceInbox:
    """The verified lists, and taking one."""

    store: Store
    intakes: Intakes
    reader: ListReader

    def all(self) -> tuple[Waiting, ...]:
        """Every list, oldest first."""
        with self.store.read() as uow:
            received = uow.inbox.source_lists.all()
            intakes = uow.lists.intakes() if received else ()
        return tuple(_waiting(one, intakes) for one in received)

    def take(self, number: int, wanted: Wanted, watch: Watch | None = None) -> Intake:
        """Decide the rows of a list and keep them as an intake; its provenance is the signature.

        Raises NotFound, Conflict (taken, or the same file came another way), InputError (unreadable
        file, unsure column), NotVerified (the seal key is not here).
        """
        return self._take(number, wanted, watch, unattended=False)

    def take_alone(self, number: int) -> ListTaken:
        """The same without a person: what is not certain is held. Raises as take."""
        made = self._take(number, Wanted(WORKER), None, unattended=True)
        with self.store.read() as uow:
            received = uow.inbox.source_lists.get(number)
        held = dict(made.counts).get("held", 0)
        return ListTaken(received.partner, received.serial, made.id, held)

    def _take(
        self, number: int, wanted: Wanted, watch: Watch | None, *, unattended: bool
    ) -> Intake:
        with self.store.read() as uow:
            received = uow.inbox.source_lists.get(number)
            _refuse_taken(_waiting(received, uow.lists.intakes()))
        listed = read_list(received.head)
        options = Options(
            source=received.partner,
            column=wanted.column,
            category=listed.category,
            channel=listed.channel,
            evidence_date=listed.evidence_date,
            resend=wanted.resend,
            account=wanted.account,
            sheet=wanted.sheet,
            provenance=received.provenance,
            unattended=unattended,
        )
        with self._file(received, listed) as path:
            return self.intakes.add(path, listed.name, options, watch)

    @contextmanager
    def _file(self, received: ReceivedList, listed: SourceList) -> Iterator[Path]:
        """The file, for its owner only, gone with the block; a crash leaves it in the system's
        folder of temporary files."""
        with self.store.read() as uow:
            record = uow.inbox.inbound_by_digest(received.parcel)
            trust = uow.registry.trust()
        signed = self.reader.open(record, trust)
        with tempfile.NamedTemporaryFile(prefix="palang-", suffix=Path(listed.name).suffix) as file:
            found = signed.contents.copy(file)
            if (signed.contents.head, found) != (received.head, listed.digest):
                raise NotVerified("bad-digest", "the kept parcel is not the one that was recorded")
            file.flush()
            yield Path(file.name)


class AutoTake:
    """What the worker takes by itself: lists of sources with a saved profile, where the settings
    say so. Each is tried once while the worker runs: what fails needs a person."""

    def __init__(self, inbox: SourceInbox, *, on: bool) -> None:
        self._inbox = inbox
        self._on = on
        self._tried: set[int] = set()

    def due(self) -> tuple[ReceivedList, ...]:
        """Lists to take now, oldest first."""
        if not self._on:
            return ()
        waiting = (one.received for one in self._inbox.all() if one.waits)
        return tuple(
            one
            for one in waiting
            if one.id not in self._tried and self._inbox.intakes.profiles.find(one.partner)
        )

    def take(self, received: ReceivedList) -> ListTaken:
        """Take one. Raises as SourceInbox.take."""
        self._tried.add(received.id)
        return self._inbox.take_alone(received.id)


def _waiting(received: ReceivedList, intakes: Iterable[Intake]) -> Waiting:
    made = {one.provenance: one.id for one in intakes if one.provenance}
    intake = made.get(received.provenance, 0)
    same = next((one.id for one in intakes if one.digest == received.file and not intake), 0)
    return Waiting(received, read_list(received.head), intake, same)


def _refuse_taken(found: Waiting) -> None:
    number, at = found.received.id, to_wire(found.received.received_at)
    if found.intake:
        raise Conflict(
            f"list {number} is intake {found.intake} already",
            hint=f"palang intake show {found.intake}",
        )
    if found.same:
        raise Conflict(
            f"the file of list {number}, received {at}, is a duplicate: intake {found.same} has it",
            hint=f"nothing to do: palang intake show {found.same}",
        )
