"""Loading: decided rows go into the store in pages, some of them a short transaction (design 7).

A block becomes a page at once, while it is in the processor's cache: to gather blocks first takes
twice the time. What is known of its numbers is asked in a view of its own, as what is released
until the last transaction could escape it either way.

Other writers get their turn between two of them. Until the last transaction nobody sees the intake;
what a crash leaves is swept by the next one that loads.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import Intake
from gateway.domain.row_digest import reading_digest
from gateway.domain.row_pages import PagesDigest, write_page
from gateway.domain.rules import Outcome
from gateway.domain.sheet_rows import DecidedRows
from gateway.domain.times import MINUTE, Micros
from gateway.ports import Clock, Store
from gateway.services.context import Context

PAGES = 100  # of one transaction, a block each: 100,000 rows, 5 MB, a tenth of a second
ABANDONED = 10 * MINUTE  # without a new row; far longer than a writer waits for its turn


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
        self._digest = PagesDigest()

    def load(self, blocks: Iterable[DecidedRows], follows: str = "") -> Intake:
        """Store all rows and make the intake one; `follows` is the digest of the file it corrects.

        Whatever stops it takes the rows away again. Raises what the blocks raise, and Conflict.
        """
        self._begin()
        blocks = iter(blocks)
        try:
            with _no_search_for_cycles():
                while pages := self._pages(islice(blocks, PAGES)):
                    self._put(pages)
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

    def _pages(self, blocks: Iterable[DecidedRows]) -> list[tuple[int, bytes]]:
        """Each block as a page, with the position of its first row."""
        pages: list[tuple[int, bytes]] = []
        with self._store.read() as uow:
            for rows in filter(len, blocks):
                kept = self._context.apply(uow, rows)
                pages.append((self._rows + 1, write_page(kept)))
                self._rows += len(kept)
                self._outcomes.update(kept.column("outcome"))
                self._sheets[kept.column("sheet")[0]] += len(kept)  # a block is of one sheet
        return pages

    def _put(self, pages: list[tuple[int, bytes]]) -> None:
        with self._store.write() as uow:
            uow.lists.put_pages(self._head.id, pages)
            # a crash here leaves a loading intake with some rows, for the next sweep
            uow.commit("intake.rows")
        for _, page in pages:
            self._digest.add(page)

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
    """Take a loading intake away."""
    with store.write() as uow:
        uow.lists.sweep(intake)
        # a crash here leaves it as it was, for the next sweep
        uow.commit("intake.sweep")


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


def _facts(intake: Intake, pages: PagesDigest, follows: str) -> dict[str, object]:
    facts: dict[str, object] = {
        "source": intake.source,
        "file": intake.digest,
        "rules": intake.rules,
        "rows": dict(intake.counts),
        "decided": pages.value,
        "read": reading_digest(
            *(intake.kind, intake.encoding, intake.profile),
            *(intake.sheets, intake.dropped, intake.provenance),
        ),
    }
    return facts | ({"follows": follows} if follows else {})
