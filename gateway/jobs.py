"""What the ticker runs: rounds over our own tables (design 2; threats.md 3.1).

APScheduler is a clock here and nothing else: one job in memory, UTC, coalesced, never two at once,
never dropped for being late. Every round is a sweep over what is stored, so a missed or doubled
tick changes nothing. Several workers may do this over one database: each part claims what it does,
or leaves it to the one that has it.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

# apscheduler ships no type information
from apscheduler.executors.pool import (  # type: ignore[import-untyped]
    ThreadPoolExecutor as TickExecutor,
)
from apscheduler.jobstores.memory import MemoryJobStore  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]

from gateway.domain.delivery import Priority
from gateway.domain.ending import until
from gateway.domain.errors import LedgerUnavailable, NotVerified, PalangError, Taken
from gateway.domain.records import InboundRecord, SignedCheckpoint
from gateway.domain.times import MINUTE, SECOND, Micros
from gateway.ports import Clock, SendError
from gateway.services.attempts import AttemptBook
from gateway.services.checkpoints import CheckpointService
from gateway.services.circuit import FAILURES
from gateway.services.consents import Consents
from gateway.services.dispatch import DispatchService, Tried
from gateway.services.heads import HeadService, Issued
from gateway.services.lanes import PATIENCE, Lanes
from gateway.services.list_wants import ListTaking
from gateway.services.outbox import OutboxService, Spoken
from gateway.services.receiving import CollectService, Judged, JudgeService
from gateway.services.reminders import KeyReminder
from gateway.services.sealing import Sealed, SealingService
from gateway.services.source_inbox import ListTaken
from gateway.services.sweep import SweepService, Swept
from gateway.services.timestamps import Stamped
from gateway.services.trials import Trial

T = TypeVar("T")

TURN = 10
"""Parcels of one turn; then the next partner's turn comes."""

QUIET: Micros = 10 * MINUTE
"""The same trouble is told once in this time: what heals by no waiting fills no log."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A step that did not succeed this time; the next round tries it again. `text` never holds a
    number (promise H); `hint` is what a person does about it."""

    step: str
    partner: str
    text: str
    alert: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Yielded:
    """A step that was left to another worker, which has it right now."""

    step: str
    partner: str
    text: str


@dataclass(frozen=True, slots=True)
class Collected:
    """How many items a partner's reply channel gave."""

    partner: str
    items: int


@dataclass(frozen=True, slots=True)
class Published:
    """A pulling partner's keys, standing or rules went out to the listener anew."""

    partner: str


@dataclass(frozen=True, slots=True)
class Recovered:
    """An attempt whose worker ended; its outcome counts as unknown."""

    delivery: str


Happening = (
    Sealed
    | Tried
    | Judged
    | Swept
    | Collected
    | Recovered
    | Published
    | SignedCheckpoint
    | Stamped
    | Issued
    | Spoken
    | Trial
    | KeyReminder
    | ListTaken
    | Yielded
    | Trouble
)
"""What a round can tell, as it happens."""


@dataclass(frozen=True, slots=True)
class Work:
    """The services that a round calls.

    `lists` takes lists of sources that officers want, or that need no person. `publish` keeps the
    listener's partners as they are now and names those that changed; `heart` says at the round's
    end that this worker lives; `stamp` has a head of the ledger stamped where one is due.
    """

    sealing: SealingService
    dispatch: DispatchService
    collect: CollectService
    judge: JudgeService
    sweep: SweepService
    checkpoints: CheckpointService
    consents: Consents
    heads: HeadService
    outbox: OutboxService
    lists: ListTaking | None = None
    publish: Callable[[], Sequence[str]] = tuple
    trials: Callable[[], Sequence[Trial]] = tuple
    remind: Callable[[Callable[[KeyReminder], None]], None] = lambda _tell: None
    heart: Callable[[], None] = lambda: None
    stamp: Callable[[], Stamped | None] = lambda: None

    @property
    def book(self) -> AttemptBook:
        """The attempts, for recovery."""
        return self.dispatch.book


@dataclass
class Rounds:
    """Does everything that is due. `tell` hears of each happening, from several threads.

    `rhythm` is how often a partner's reply channel is read, in microseconds; `patience` the seconds
    after which a partner's turn no longer counts against the slots.
    """

    work: Work
    clock: Clock
    tell: Callable[[Happening], None]
    rhythm: Micros = 30 * SECOND
    slots: int = 4
    patience: float = PATIENCE
    _lanes: Lanes = field(init=False)
    _to_read: set[str] = field(init=False, default_factory=set)
    _read_at: dict[str, Micros] = field(init=False, default_factory=dict)
    _told: dict[Trouble, Micros] = field(init=False, default_factory=dict)
    _telling: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._lanes = Lanes(self._turn, self.slots, self.patience)

    def run_once(self) -> None:
        """One round of everything, finished when it returns; for tests, the demo and `--once`."""
        self._before_sending(most=None)
        self._send_and_collect(every=True)
        self._lanes.wait()
        self._after_collecting()
        self._say_answers()

    def tick(self) -> None:
        """One round that does not wait for slow partners: their turns go on until done."""
        self._before_sending(most=TURN)
        self._send_and_collect(every=False)
        self._after_collecting()

    def close(self) -> None:
        """Let turns that have begun come to their end; nothing new begins."""
        self._lanes.close()

    def _before_sending(self, *, most: int | None) -> None:
        """Up to `most` sealings of each partner: what is sealed does not wait for the rest."""
        for partner in self._try("publish", "", self.work.publish) or ():
            self.tell(Published(partner))
        self._judge()  # first: a withdrawal that is here already stops what has not begun
        for delivery in self._try("recover", "", self.work.book.recover) or ():
            self.tell(Recovered(delivery))
        for swept in self._try("sweep", "", self.work.sweep.run) or ():
            self.tell(swept)
        self._try("consents", "", self.work.consents.settle_withdrawals)
        for partner in self._try("seal", "", self.work.sealing.waiting) or ():
            seal = partial(self.work.sealing.seal_partner, partner, self.tell, most)
            self._try("seal", partner, seal)
        for issued in self._try("head", "", self.work.heads.run) or ():
            self.tell(issued)

    def _send_and_collect(self, *, every: bool) -> None:
        lanes = dict(self._try("dispatch", "", self.work.dispatch.lanes) or {})
        readable = self._try("collect", "", self.work.collect.partners) or ()
        # idle first, then due: a turn that ends between the two has set its time of reading
        idle = [partner for partner in readable if self._lanes.is_idle(partner)]
        reading = {partner for partner in idle if every or self._is_due(partner)}
        speaking = self._try("say", "", self.work.outbox.partners) or ()
        for partner in (*reading, *speaking):
            lanes.setdefault(partner, Priority.ROUTINE)
        self._to_read |= reading
        self._lanes.offer((lane, partner) for partner, lane in sorted(lanes.items()))

    def _say_answers(self) -> None:
        """What was judged last is answered in the same round."""
        for partner in self._try("say", "", self.work.outbox.partners) or ():
            self._say(partner)

    def _is_due(self, partner: str) -> bool:
        last = self._read_at.get(partner)
        return last is None or self.clock.now() - last >= self.rhythm

    def _turn(self, partner: str) -> bool:
        """One partner's turn, in its own slot; whether more parcels wait for it."""
        send = partial(self.work.dispatch.run_partner, partner, self.tell, TURN)
        done = self._try("dispatch", partner, send) or []
        more = len(done) >= TURN
        if not (done and done[-1].outcome in FAILURES):
            self._say(partner)
        if partner in self._to_read:
            self._collect(partner)
            if not more:  # else its next turn reads again what came meanwhile
                self._to_read.discard(partner)
        return more

    def _collect(self, partner: str) -> None:
        self._read_at[partner] = self.clock.now()
        items = self._try("collect", partner, lambda: self.work.collect.collect(partner))
        if items:
            self.tell(Collected(partner, items))

    def _say(self, partner: str) -> None:
        """Answers and heads, after the parcels; a channel that is down is left alone."""
        if self._try("say", partner, lambda: self.work.dispatch.held(partner)) is None:
            for spoken in self._try("say", partner, lambda: self.work.outbox.say_to(partner)) or ():
                self.tell(spoken)

    def _after_collecting(self) -> None:
        self._judge()
        self._take_lists()
        self._try("consents", "", self.work.consents.settle_withdrawals)
        for trial in self._try("trial", "", self.work.trials) or ():
            self.tell(trial)
        if made := self._try("checkpoint", "", self.work.checkpoints.due):
            self.tell(made)
        if stamped := self._try("timestamp", "", self.work.stamp):
            self.tell(stamped)
        self._try("remind", "", lambda: self.work.remind(self.tell))
        self._try("heartbeat", "", self.work.heart)

    def _take_lists(self) -> None:
        lists = self.work.lists
        if lists is None:
            return
        for due in self._try("take", "", lists.due) or ():
            taken = self._try("take", lists.named(due), partial(lists.take, due))
            if taken:
                self.tell(taken)

    def _judge(self) -> None:
        """All that is pending; what can't be judged now is left to the next round."""
        seen: set[int] = set()
        while batch := self._unseen(seen):
            for record in batch:
                seen.add(record.id)
                judged = self._try("judge", record.partner, partial(self.work.judge.judge, record))
                if judged is not None:
                    self.tell(judged)
                    self._tell_unanswered(judged)

    def _unseen(self, seen: set[int]) -> list[InboundRecord]:
        pending = self._try("judge", "", lambda: self.work.judge.pending(100 + len(seen))) or ()
        return [record for record in pending if record.id not in seen]

    def _tell_unanswered(self, judged: Judged) -> None:
        if judged.unanswered:
            self._trouble(Trouble("answer", judged.partner, judged.unanswered, alert=True))

    def _try(self, step: str, partner: str, act: Callable[[], T]) -> T | None:
        """One step's failure never stops another's; it is told, and tried again next round."""
        try:
            return act()
        except Taken as error:
            self.tell(Yielded(step, partner, str(error)))
        except SendError as error:
            self._trouble(Trouble(step, partner, str(error), error.alert, error.hint))
        except PalangError as error:
            # a key that is missing, a signature that does not hold, a disk: they heal by no waiting
            alert = isinstance(error, NotVerified | LedgerUnavailable)
            self._trouble(Trouble(step, partner, str(error), alert, error.hint))
        except Exception as error:  # noqa: BLE001  # a bug in one step must not stop the others;
            # only its type is told: a foreign error's text may quote a row (promise H)
            text = f"internal error {type(error).__name__}"
            self._trouble(Trouble(step, partner, text, alert=True))
        return None

    def _trouble(self, trouble: Trouble) -> None:
        now = self.clock.now()
        with self._telling:
            self._told = {one: at for one, at in self._told.items() if now - at < QUIET}
            if trouble in self._told:
                return
            self._told[trouble] = now
        self.tell(trouble)


@dataclass(frozen=True, slots=True)
class Ticker:
    """Runs rounds until it is told to stop. `every` is in microseconds."""

    rounds: Rounds
    every: Micros = 2 * SECOND

    def run(self, stop: threading.Event) -> None:
        """Tick until `stop` is set, then let what has begun come to its end."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            jobstores={"default": MemoryJobStore()},
            executors={"default": TickExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        scheduler.add_job(
            self.rounds.tick,
            "interval",
            seconds=self.every / SECOND,
            id="round",
            next_run_time=datetime.now(UTC),
        )
        scheduler.start()
        try:
            until(stop)
        finally:
            scheduler.shutdown(wait=True)
            self.rounds.close()
