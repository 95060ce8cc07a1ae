"""Intake: a file of raw rows becomes decided rows that stay (promise F).

A number that a released batch already asked the same for ("sudah pernah dikirim") is a duplicate,
unless the officer adds the file with `resend`: partners that got it before get it again.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.domain.columns import letter
from gateway.domain.errors import Conflict, InputError
from gateway.domain.ids import partner_id
from gateway.domain.opened import Opened
from gateway.domain.records import Intake, IntakeRow
from gateway.domain.sheet_judge import clean_reference
from gateway.domain.sheet_plan import ReadingPlan, Wanted, plan_reading
from gateway.domain.sheet_rows import DecidedRows, Deciding, decide_file
from gateway.domain.times import to_wib, to_wire
from gateway.ports import Clock, Reader, Store, UnitOfWork
from gateway.services.context import QUARANTINE_DAYS, Context
from gateway.services.intake_load import Loading, sweep_abandoned
from gateway.services.intake_profiles import Profiles
from gateway.services.intake_resend import Resend
from gateway.services.rulebook import Rulebook, rulebook
from gateway.services.unattended import hold_uncertain

__all__ = ["DecidedFile", "Intakes", "Options", "Watch", "clean_reference", "find"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is read: its sheet and number column, and what stands for a field that it lacks.

    `follows` is the intake that this file corrects, 0 where the file itself says so or it corrects
    none. `account` is the login of the machine that adds it: told, not proven. `provenance` is the
    digest of the source's signature, where a signed parcel brought the file; `unattended` holds
    what is not certain, as no person looks on.
    """

    source: str
    column: str | None = None
    category: str = ""
    channel: str = ""
    evidence_date: str = ""
    resend: bool = False
    account: str = ""
    sheet: str = ""
    follows: int = 0
    provenance: str = ""
    unattended: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Who looks on: told what will be read before anything is stored, then the rows as they come.

    Nothing is stored where `planned` raises. `undated` is told at the end how many rows have no
    evidence date to compare with the declared end of their number (services/context.py), `dropped`
    of how many cells nothing was kept, by field.
    """

    planned: Callable[[Opened, ReadingPlan], None] = lambda _opened, _plan: None
    decided: Callable[[int], None] = lambda _rows: None
    undated: Callable[[int], None] = lambda _rows: None
    dropped: Callable[[Mapping[str, int]], None] = lambda _cells: None


@dataclass(frozen=True, slots=True)
class DecidedFile:
    """An open file whose rows are decided as `blocks` is read, before the rules of `context` and
    before anything is stored. `follows` is the intake that it corrects; `dropped` counts the cells
    of which nothing is kept, by field, and is complete when all rows were taken."""

    head: Intake
    follows: Intake | None
    blocks: Iterator[DecidedRows]
    context: Context
    dropped: Mapping[str, int]


class Intakes:
    """Files of raw rows, decided and kept."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        reader: Reader,
        quarantine_days: int = QUARANTINE_DAYS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._reader = reader
        self._quarantine_days = quarantine_days
        self.profiles = Profiles(store, clock)

    def all(self) -> tuple[Intake, ...]:
        """All, newest first."""
        with self._store.read() as uow:
            return uow.lists.intakes()

    def show(self, intake: int) -> Intake:
        """One. Raises NotFound."""
        with self._store.read() as uow:
            return uow.lists.intake(intake)

    def rows(self, intake: int, outcome: str = "") -> list[IntakeRow]:
        """Its rows in order, all or of one outcome. Raises NotFound."""
        with self.stream(intake, outcome) as rows:
            return [row for _, row in rows]

    @contextmanager
    def stream(self, intake: int, outcome: str = "") -> Iterator[Iterator[tuple[int, IntakeRow]]]:
        """Its rows with their positions, however many. Raises NotFound."""
        with self._store.read() as uow:
            find(uow, intake)
            yield uow.lists.placed_rows(intake, outcome)

    @contextmanager
    def planned(
        self, path: Path, name: str, sheet: str = "", column: str = ""
    ) -> Iterator[tuple[Opened, ReadingPlan]]:
        """An open file and what would be read of it; nothing is stored. Raises InputError."""
        with self._reader.open(path, name) as opened:
            yield opened, plan_reading(opened, Wanted(sheet, column))

    def add(self, path: Path, name: str, options: Options, watch: Watch | None = None) -> Intake:
        """Decide every row of a file and keep it with its report; memory stays bounded.

        Raises InputError (unreadable, unsure column, unknown code), Conflict (the same file again,
        a correction of another source's intake).
        """
        watch = watch or Watch()
        sweep_abandoned(self._store, self._clock.now())
        with self.decided(path, name, options, watch) as file:
            loading = Loading(self._store, self._clock, file.head, file.context)
            made = loading.load(file.blocks, file.follows.digest if file.follows else "")
        watch.undated(file.context.undated)
        watch.dropped(file.dropped)
        return made

    @contextmanager
    def decided(
        self, path: Path, name: str, options: Options, watch: Watch
    ) -> Iterator[DecidedFile]:
        """An open file and its decided rows, which are read as they are taken; nothing is stored.

        Raises as `add`; what is wrong with a row is raised while the rows are taken.
        """
        at = self._clock.now()
        partner_id(options.source)
        with self._store.read() as uow:
            rules = rulebook(uow, at)
        by = _deciding(options, rules, to_wib(at).date().isoformat())
        with self._reader.open(path, name) as opened:
            with self._store.read() as uow:
                _refuse_known(uow, opened.digest)
            plan, profile = self.plan(opened, options)
            resend = Resend(self._store, opened, plan, options.source, options.follows)
            watch.planned(opened, plan)
            follows = resend.intake
            head = _head(opened, plan, options, rules.cited)
            head = replace(
                head, added_at=at, profile=profile, follows=follows.id if follows else None
            )
            decided = decide_file(opened, plan, by)
            if options.unattended:
                decided = hold_uncertain(decided)
            blocks = _watched(decided, resend, watch)
            true_numbers = rules.channels.true_numbers
            context = Context(true_numbers, self._quarantine_days, resend=options.resend)
            yield DecidedFile(head, follows, blocks, context, by.dropped)

    def plan(self, opened: Opened, options: Options) -> tuple[ReadingPlan, str]:
        """What is read, and the profile that said so as "source version" or "".

        Raises InputError where a column is not certain."""
        saved = self.profiles.find(options.source)
        wanted = Wanted(options.sheet, options.column or "", saved.profile if saved else None)
        if saved and Resend.returned(opened):
            wanted = replace(wanted, profile=None)  # our own file has our own columns
        plan = plan_reading(opened, wanted)
        used = saved if saved and wanted.profile and not wanted.column else None
        return plan, f"{options.source} {used.version}" if used else ""


def find(uow: UnitOfWork, intake: int) -> Intake:
    """The intake of this id. Raises NotFound."""
    return uow.lists.intake(intake)


def _watched(blocks: Iterator[DecidedRows], resend: Resend, watch: Watch) -> Iterator[DecidedRows]:
    for rows in blocks:
        yield resend.matched(rows)
        watch.decided(len(rows))


def _head(opened: Opened, plan: ReadingPlan, options: Options, rules: str) -> Intake:
    return Intake(
        id=0,
        source=options.source,
        name=opened.name,
        digest=opened.digest,
        added_at=0,
        officer=options.account,
        rules=rules,
        kind=opened.kind,
        encoding=opened.encoding,
        sheets=tuple((one.name, letter(one.columns.number), 0) for one in plan.sheets),
        dropped=tuple((one.sheet, one.letter, str(one.kind)) for one in plan.dropped),
        provenance=options.provenance,
    )


def _refuse_known(uow: UnitOfWork, file: str) -> None:
    known = uow.lists.intake_by_digest(file)
    if known is not None:
        raise Conflict(
            f"this file is intake {known.id} already, added {to_wire(known.added_at)} from "
            f"{known.source}",
            hint=f"palang intake show {known.id}",
        )


def _deciding(options: Options, rules: Rulebook, today: str) -> Deciding:
    """By what rows are decided, with codes for the options' words. Raises InputError."""
    category = rules.categories.code_for(options.category) if options.category else ""
    channel = rules.channels.code_for(options.channel) if options.channel else ""
    if category is None:
        raise InputError(
            f"category {options.category!r} is in no list",
            hint="known: " + ", ".join(rules.categories.codes),
        )
    if channel is None:
        raise InputError(
            f"channel {options.channel!r} is in no list",
            hint="known: " + ", ".join(rules.channels.codes),
        )
    date = options.evidence_date
    if date and (not _DATE.fullmatch(date) or date > today):
        raise InputError(f"evidence date: expected YYYY-MM-DD, not after {today}")
    return Deciding(rules.numbers, rules.categories, rules.channels, category, channel, date, today)
