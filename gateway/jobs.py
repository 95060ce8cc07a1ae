"""What the ticker runs: rounds over our own tables (design 2; threats.md 3.1).

APScheduler is a clock here and nothing else: one job in memory, UTC, coalesced, never two at once,
never dropped for being late. Every round is a sweep over what is stored, so a missed or doubled
tick changes nothing. Each partner has its own slot in a small thread pool: a slow one delays nobody
but itself.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
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

from gateway.domain.ending import until
from gateway.domain.errors import NotVerified, PalangError
from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import SECOND, Micros
from gateway.ports import Clock, SendError
from gateway.services.attempts import AttemptBook
from gateway.services.checkpoints import CheckpointService
from gateway.services.consents import Consents
from gateway.services.dispatch import DispatchService, Tried
from gateway.services.receiving import CollectService, Judged, JudgeService
from gateway.services.sealing import Sealed, SealingService
from gateway.services.sweep import SweepService, Swept

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A step that did not succeed this time; the next round tries it again. `text` never holds a
    number (promise H)."""

    step: str
    partner: str
    text: str
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Collected:
    """How many items a partner's reply channel gave."""

    partner: str
    items: int


@dataclass(frozen=True, slots=True)
class Recovered:
    """An attempt whose worker ended; its outcome counts as unknown."""

    delivery: str


Happening = Sealed | Tried | Judged | Swept | Collected | Recovered | SignedCheckpoint | Trouble
"""What a round can tell, as it happens."""


@dataclass(frozen=True, slots=True)
class Work:
    """The services that a round calls."""

    sealing: SealingService
    dispatch: DispatchService
    collect: CollectService
    judge: JudgeService
    sweep: SweepService
    checkpoints: CheckpointService
    consents: Consents

    @property
    def book(self) -> AttemptBook:
        """The attempts, for recovery."""
        return self.dispatch.book


@dataclass
class Rounds:
    """Does everything that is due. `tell` hears of each happening, from several threads.

    `rhythm` is how often a partner's reply channel is read, in microseconds.
    """

    work: Work
    clock: Clock
    tell: Callable[[Happening], None]
    rhythm: Micros = 30 * SECOND
    slots: int = 4
    _pool: ThreadPoolExecutor = field(init=False)
    _busy: dict[str, Future[None]] = field(init=False, default_factory=dict)
    _read_at: dict[str, Micros] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.slots, thread_name_prefix="partner")

    def run_once(self) -> None:
        """One round of everything, finished when it returns; for tests, the demo and `--once`."""
        self._before_sending()
        for future in self._send_and_collect(every=True):
            future.result()
        self._after_collecting()

    def tick(self) -> None:
        """One round that does not wait for slow partners: they keep their slot until done."""
        self._before_sending()
        self._send_and_collect(every=False)
        self._after_collecting()

    def close(self) -> None:
        """Let sends that have begun come to their end; nothing new begins."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _before_sending(self) -> None:
        self._judge()  # first: a withdrawal that is here already stops what has not begun
        for delivery in self._try("recover", "", self.work.book.recover) or ():
            self.tell(Recovered(delivery))
        for swept in self._try("sweep", "", self.work.sweep.run) or ():
            self.tell(swept)
        self._try("consents", "", self.work.consents.settle_withdrawals)
        for partner in self._try("seal", "", self.work.sealing.waiting) or ():
            seal = partial(self.work.sealing.seal_partner, partner)
            for sealed in self._try("seal", partner, seal) or ():
                self.tell(sealed)

    def _send_and_collect(self, *, every: bool) -> list[Future[None]]:
        self._busy = {p: future for p, future in self._busy.items() if not future.done()}
        due = set(self._try("dispatch", "", self.work.dispatch.due) or ())
        readable = self._try("collect", "", self.work.collect.partners) or ()
        reading = {partner for partner in readable if every or self._is_due(partner)}
        for partner in sorted((due | reading) - set(self._busy)):
            self._busy[partner] = self._pool.submit(self._partner, partner, partner in reading)
        return list(self._busy.values())

    def _is_due(self, partner: str) -> bool:
        last = self._read_at.get(partner)
        return last is None or self.clock.now() - last >= self.rhythm

    def _partner(self, partner: str, read: bool) -> None:
        """One partner's turn, in its own slot."""
        self._try("dispatch", partner, lambda: self.work.dispatch.run_partner(partner, self.tell))
        if read:
            self._read_at[partner] = self.clock.now()
            items = self._try("collect", partner, lambda: self.work.collect.collect(partner))
            if items:
                self.tell(Collected(partner, items))

    def _after_collecting(self) -> None:
        self._judge()
        self._try("consents", "", self.work.consents.settle_withdrawals)
        if made := self._try("checkpoint", "", self.work.checkpoints.due):
            self.tell(made)

    def _judge(self) -> None:
        for record in self._try("judge", "", self.work.judge.pending) or ():
            judged = self._try("judge", record.partner, partial(self.work.judge.judge, record))
            if judged is not None:
                self.tell(judged)

    def _try(self, step: str, partner: str, act: Callable[[], T]) -> T | None:
        """One step's failure never stops another's; it is told, and tried again next round."""
        try:
            return act()
        except SendError as error:
            self.tell(Trouble(step, partner, str(error), error.alert))
        except PalangError as error:
            # a key that is missing or a signature that does not hold heals by no waiting
            self.tell(Trouble(step, partner, str(error), alert=isinstance(error, NotVerified)))
        except Exception as error:  # noqa: BLE001  # a bug in one step must not stop the others;
            # only its type is told: a foreign error's text may quote a row (promise H)
            self.tell(Trouble(step, partner, f"internal error {type(error).__name__}", alert=True))
        return None


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
