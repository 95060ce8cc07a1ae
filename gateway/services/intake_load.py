"""Loading: decided rows go into the store in chunks, a short transaction each (design 7).

Other writers get their turn between two chunks. Until the last transaction nobody sees the intake;
what a crash leaves is swept by the next one that loads.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from operator import itemgetter
from typing import Final

from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import Intake
from gateway.domain.row_digest import RowDigest, reading_digest
from gateway.domain.rules import Outcome
from gateway.domain.sheet_rows import DecidedRow
from gateway.domain.times import MINUTE, Micros
from gateway.ports import Clock, Store
from gateway.services.context import Context

CHUNK = 20_000  # rows of one transaction, at least; about 0.1 s
ABANDONED = 10 * MINUTE  # without a new row; far longer than a writer waits for its turn

# places in records.IntakeRow
_OUTCOME: Final = 2
_SHEET: Final = 14


class Loading:
    """One intake on its way into the store."""

    def __init__(self, store: Store, clock: Clock, head: Intake, context: Context) -> None:
        self._store = store
        self._clock = clock
        self._head = head
        self._context = context
        self._rows = 0
        self._outcomes: Counter[str] = Counter()
        self._sheets: Counter[str] = Counter()
        self._digest = RowDigest()

    def load(self, blocks: Iterable[list[DecidedRow]], follows: str = "") -> Intake:
        """Store all rows and make the intake one; `follows` is the digest of the file it corrects.

        Whatever stops it takes the rows away again. Raises what the blocks raise, and Conflict.
        """
        self._begin()
        try:
            with _no_search_for_cycles():
                for rows in _chunks(blocks):
                    self._put(rows)
            return self._finish(follows)
        except BaseException:
            sweep(self._store, self._head.id)
            raise

    def _begin(self) -> None:
        with self._store.write() as uow:
            number = uow.lists.begin_intake(self._head)
            # a crash here leaves a loading intake without rows, for the next sweep
            uow.commit("intake.begin")
        self._head = replace(self._head, id=number)

    def _put(self, rows: list[DecidedRow]) -> None:
        with self._store.write() as uow:
            kept = self._context.apply(uow, rows)
            uow.lists.put_rows(self._head.id, self._rows + 1, kept)
            # a crash here leaves a loading intake with some rows, for the next sweep
            uow.commit("intake.rows")
        self._rows += len(kept)
        self._outcomes.update(map(itemgetter(_OUTCOME), kept))
        self._sheets.update(map(itemgetter(_SHEET), kept))
        self._digest.add(kept)

    def _finish(self, follows: str) -> Intake:
        sheets = tuple((name, at, self._sheets[name]) for name, at, _ in self._head.sheets)
        counts = tuple((str(outcome), self._outcomes[outcome]) for outcome in Outcome)
        made = replace(self._head, counts=counts, sheets=sheets)
        event = LedgerEvent(Tag.INTAKE_ADD, made.added_at, _facts(made, self._digest, follows))
        with self._store.write() as uow:  # two at once: the database takes a file's digest once
            uow.lists.finish_intake(made, event)
            # a crash here leaves a loading intake with all rows: it is swept, add the file again
            uow.commit("intake.add")
        with self._store.read() as uow:
            return uow.lists.intake(made.id)


def sweep_abandoned(store: Store, now: Micros) -> int:
    """Take away what crashes left; how many intakes that were."""
    with store.read() as uow:
        found = uow.lists.abandoned(now - ABANDONED)
    for intake in found:
        sweep(store, intake)
    return len(found)


def sweep(store: Store, intake: int) -> None:
    """Take a loading intake away, in pieces."""
    done = False
    while not done:
        with store.write() as uow:
            done = uow.lists.sweep(intake, CHUNK)
            # a crash here leaves fewer rows, for the next sweep
            uow.commit("intake.sweep")


def _chunks(blocks: Iterable[list[DecidedRow]]) -> Iterator[list[DecidedRow]]:
    gathered: list[list[DecidedRow]] = []
    for rows in blocks:
        gathered.append(rows)
        if sum(map(len, gathered)) >= CHUNK:
            yield list(chain.from_iterable(gathered))
            gathered = []
    if gathered:
        yield list(chain.from_iterable(gathered))


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Rows are tuples of texts and numbers, so nothing here is in a cycle; to look for one in each
    new ten thousand takes a third of the time of loading."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _facts(intake: Intake, rows: RowDigest, follows: str) -> dict[str, object]:
    facts: dict[str, object] = {
        "source": intake.source,
        "file": intake.digest,
        "rules": intake.rules,
        "rows": dict(intake.counts),
        "decided": rows.value,
        "read": reading_digest(
            *(intake.kind, intake.encoding, intake.profile),
            *(intake.sheets, intake.dropped, intake.provenance),
        ),
    }
    return facts | ({"follows": follows} if follows else {})
