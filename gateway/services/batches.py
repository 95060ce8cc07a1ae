"""Preparing a batch from intakes, or from a list of wrongly blocked numbers (design 1).

A batch is either one of blocks or one of unblocks. An unblock frees a person and goes first in the
queue, so nothing else may ride along with it or hold it up.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.batch import Batch, Entry
from gateway.domain.canonical import JsonObject
from gateway.domain.delivery import Priority
from gateway.domain.entries import BLOCK, UNBLOCK
from gateway.domain.errors import Conflict, InputError
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import ApprovalRecord, IntakeRow
from gateway.domain.references import reference
from gateway.domain.times import Micros
from gateway.ports import Clock, Reader, Store, UnitOfWork
from gateway.services.approvals import Approvals
from gateway.services.batch_rows import (
    LeftOut,
    TakenRow,
    left_out,
    merged,
    refuse_freed,
    taken_rows,
    without_freed,
)
from gateway.services.intake import clean_reference
from gateway.services.replan import Replanned, is_test, replan, replan_facts
from gateway.services.rulebook import Rulebook, rulebook
from gateway.services.unblock_file import read_unblocks

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accepted rows make the batch. `action` picks one where an intake holds both; `basis` is
    the legal basis as a code, "" for the one in force. `leave_freed` leaves out rows whose number
    was unblocked after they were accepted; else they stop the batch."""

    intakes: tuple[int, ...]
    action: str = ""
    urgent: bool = False
    basis: str = ""
    leave_freed: bool = False


@dataclass(frozen=True, slots=True)
class Unblocks:
    """A file of numbers to free. `reference` names the decision, e.g. a letter's number."""

    file: Path
    name: str
    reference: str
    column: str | None = None
    basis: str = ""


class Batches:
    """Batches before anybody signed them, and all of them for reading."""

    def __init__(self, store: Store, clock: Clock, reader: Reader, approvals: Approvals) -> None:
        self._store = store
        self._clock = clock
        self._reader = reader
        self._approvals = approvals

    def all(self) -> tuple[Batch, ...]:
        """All, newest first."""
        with self._store.read() as uow:
            return uow.lists.batches()

    def show(self, batch: int) -> Batch:
        """One. Raises NotFound."""
        with self._store.read() as uow:
            return uow.lists.batch(batch)

    def signatures(self, batch: int) -> tuple[ApprovalRecord, ...]:
        """What officers signed about it, oldest first."""
        with self._store.read() as uow:
            return uow.registry.approvals(f"batch:{batch}")

    def left_out(self, wanted: Wanted) -> LeftOut:
        """How many accepted rows of these intakes a new batch does not take. Raises NotFound."""
        with self._store.read() as uow:
            return left_out(uow, wanted.intakes, wanted.action)

    def prepare(
        self, wanted: Wanted, tell: Callable[[Replanned], None] = lambda _: None
    ) -> tuple[Batch, int]:
        """A batch of the accepted rows of these intakes; with how many entries.

        Each number goes where the tables of today send it: `tell` hears how many that moved, and
        how many were left out. Raises NotFound, InputError (nothing accepted, blocks and unblocks,
        test and real numbers), Conflict (all left out).
        """
        at = self._clock.now()
        if not wanted.intakes:
            raise InputError("a batch is made of one or more intakes", hint="palang intake list")
        with self._store.write() as uow:
            rules = rulebook(uow, at)
            rows = taken_rows(uow, self._approvals, wanted.intakes, wanted.action, at)
            if wanted.leave_freed:
                rows = without_freed(uow, rows)
            refuse_freed(uow, rows)
            basis, until = _basis(wanted.basis, rules), rules.review_date()
            asked = [_entry(one.row, one.intake, basis, until) for one in merged(rows)]
            entries, done = replan(asked, rules.numbers)
            refuse_all_left_out(entries, done)
            tell(done)
            facts: JsonObject = {"intakes": list(wanted.intakes)}
            facts |= replan_facts(done, rules)
            if wanted.leave_freed:
                facts["without_freed"] = True
            lane = Priority.URGENT if wanted.urgent else Priority.ROUTINE
            taken = {entry.number for entry in entries}
            rows = [one for one in rows if one.row.number in taken]
            sources = [(one.row.number, one.intake, one.position) for one in rows]
            return save_batch(uow, entries, _is_test(rows, rules), lane, facts, at, sources)

    def unblock(self, wanted: Unblocks) -> tuple[Batch, int]:
        """A batch that frees the numbers of a file; each row must be certain.

        A number that became protected or unmapped since can be freed too. Raises InputError (a
        reason that is no reference, a row in doubt).
        """
        at = self._clock.now()
        reason = reference(wanted.reference, "an unblock", "--reason SURAT-123/2026")
        with self._store.read() as uow:
            rules = rulebook(uow, at)
        freed = read_unblocks(self._reader, wanted.file, wanted.name, wanted.column, rules)
        basis = _basis(wanted.basis, rules)
        entries = [_freed(row, reason, basis) for row in freed.rows]
        facts: JsonObject = {"file": freed.digest, "reference": reason}
        one_kind = _one_kind({row.test for row in freed.rows})
        with self._store.write() as uow:
            return save_batch(uow, entries, one_kind, Priority.UNBLOCK, facts, at)


def save_batch(
    uow: UnitOfWork,
    entries: Sequence[Entry],
    test: bool,
    lane: Priority,
    facts: JsonObject,
    at: Micros,
    sources: Iterable[tuple[int, int, int]] = (),
) -> tuple[Batch, int]:
    """Keep a PREPARED batch of these entries and commit; with how many numbers it has.

    `sources` are the rows that ask for them: (number, intake, position).

    Raises InputError where there are none.
    """
    if not entries:
        raise InputError(
            "there is no accepted row to make a batch of",
            hint="palang intake list shows what was accepted; held rows: palang intake holds",
        )
    number = uow.lists.next_batch()
    if any(entry.action == UNBLOCK for entry in entries):
        lane = Priority.UNBLOCK
    batch = Batch(number, test, lane, secrets.token_bytes(SALT_BYTES), at)
    count = len({entry.number for entry in entries})
    about = {"batch": number, "test": test, "entries": count}
    uow.save(batch, LedgerEvent(Tag.BATCH_PREPARE, at, about | facts))
    uow.lists.put_entries(number, entries)
    uow.lists.put_sources(number, sources)
    # a crash here leaves no batch: prepare it again
    uow.commit("batch.prepare")
    return batch, count


def _one_kind(tests: set[bool]) -> bool:
    if len(tests) > 1:
        raise InputError(
            "test numbers and real ones can't be in one batch",
            hint="take intakes of one kind: palang intake list",
        )
    return True in tests


def refuse_all_left_out(entries: Sequence[Entry], done: Replanned) -> None:
    """Raises Conflict where the tables of today leave nothing of what was asked for."""
    if done.left_out and not entries:
        raise Conflict(
            f"by the tables of today none of the numbers can be blocked: {done.protected} are "
            f"protected, {done.unmapped} have no row in the numbering plan",
            hint="palang table list; what stands blocked: palang batch unblock-due, or "
            "palang batch new --unblock",
        )


def _is_test(rows: Iterable[TakenRow], rules: Rulebook) -> bool:
    """Whether these are test numbers: blocks by the plan of today, unblocks as they were read."""
    return _one_kind(
        {
            is_test(one.row.number, rules.numbers) if one.row.action == BLOCK else one.row.test
            for one in rows
        }
    )


def _basis(wanted: str, rules: Rulebook) -> str:
    if wanted:
        return reference(wanted, "a legal basis", "--basis TAP-BRTI-04/2018")
    return clean_reference(rules.legal_basis())


def _entry(row: IntakeRow, intake: int, basis: str, until: str) -> Entry:
    return Entry(
        number=row.number,
        action=row.action,
        category=row.category,
        channel=row.channel,
        evidence_ref=row.evidence_ref,
        evidence_date=row.evidence_date,
        basis=basis,
        review_date=until if row.action == BLOCK else "",
        route=row.route,
        source=intake,
    )


def _freed(row: IntakeRow, reason: str, basis: str) -> Entry:
    return Entry(row.number, UNBLOCK, "", "", reason, "", basis, "", row.route, 0)
