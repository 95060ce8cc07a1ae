"""Intake: a file of raw rows becomes decided rows that stay (promise F).

A number that a released batch already asked the same for ("sudah pernah dikirim") is a duplicate,
unless the officer adds the file with `resend`: partners that got it before get it again.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gateway.domain.canonical import digest
from gateway.domain.entries import BLOCK
from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.domain.ids import partner_id
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.numbers import Decision
from gateway.domain.records import Intake, IntakeRow
from gateway.domain.rules import RULES, Outcome, Rule
from gateway.domain.sheet import SheetRow, decide_rows, read_sheet
from gateway.domain.times import to_wib, to_wire
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.rulebook import Rulebook, rulebook

RELEASED_BEFORE = RULES["released_before"]
UNKNOWN_CODE = RULES["unknown_code"]

_REF_OTHER = re.compile(r"[^A-Za-z0-9_./:-]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is read: its number column, and what stands for a field that the file lacks.

    `account` is the login of the machine that adds it: told, not proven.
    """

    source: str
    column: str | None = None
    category: str = ""
    channel: str = ""
    evidence_date: str = ""
    resend: bool = False
    account: str = ""


class Intakes:
    """Files of raw rows, decided and kept."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def all(self) -> tuple[Intake, ...]:
        """All, newest first."""
        with self._store.read() as uow:
            return uow.lists.intakes()

    def show(self, intake: int) -> Intake:
        """One. Raises NotFound."""
        with self._store.read() as uow:
            return find(uow, intake)

    def rows(self, intake: int, outcome: str = "") -> list[IntakeRow]:
        """Its rows in order, all or of one outcome. Raises NotFound."""
        with self._store.read() as uow:
            find(uow, intake)
            return list(uow.lists.intake_rows(intake, outcome))

    def add(self, data: bytes, name: str, options: Options) -> Intake:
        """Decide every row of a file and keep it with its report.

        Raises InputError (unreadable, unsure column, unknown code), Conflict (the same file again).
        """
        at = self._clock.now()
        partner_id(options.source)
        with self._store.read() as uow:
            rules = rulebook(uow, at)
            _refuse_known(uow, digest(data))
        options = _coded(options, rules, to_wib(at).date().isoformat())
        sheet = read_sheet(data, options.column, name)
        decided = list(_decided(decide_rows(sheet.rows, rules.numbers), rules, options))
        intake = Intake(0, options.source, name, sheet.digest, at, options.account, rules.cited)
        with self._store.write() as uow:  # two at once: the database takes a file's digest once
            if not options.resend:
                decided = _without_released(uow, decided)
            intake = replace(intake, counts=_counts(decided))
            event = LedgerEvent(Tag.INTAKE_ADD, at, _facts(intake))
            number = uow.lists.add_intake(intake, decided, event)
            # a crash here leaves no intake: add the same file again
            uow.commit("intake.add")
        return replace(intake, id=number)


def find(uow: UnitOfWork, intake: int) -> Intake:
    """The intake of this id. Raises NotFound."""
    for found in uow.lists.intakes():
        if found.id == intake:
            return found
    raise NotFound(f"there is no intake {intake}", hint="palang intake list shows all")


def clean_reference(text: str) -> str:
    """An evidence or letter reference in the characters that entries allow, at most 64."""
    return _REF_OTHER.sub("-", text.strip()).strip("-")[:64]


def _refuse_known(uow: UnitOfWork, file: str) -> None:
    known = uow.lists.intake_by_digest(file)
    if known is not None:
        raise Conflict(
            f"this file is intake {known.id} already, added {to_wire(known.added_at)} from "
            f"{known.source}",
            hint=f"palang intake show {known.id}",
        )


def _coded(options: Options, rules: Rulebook, today: str) -> Options:
    """The options with codes for words. Raises InputError."""
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
    return replace(options, category=category, channel=channel)


def _decided(
    pairs: Iterable[tuple[SheetRow, Decision]], rules: Rulebook, options: Options
) -> Iterator[IntakeRow]:
    for row, decision in pairs:
        category = rules.categories.code_for(row.category) if row.category else options.category
        channel = rules.channels.code_for(row.channel) if row.channel else options.channel
        kept = IntakeRow(
            row=row.row,
            raw=row.raw,
            outcome=str(decision.outcome),
            number=decision.number or 0,
            confidence=decision.confidence,
            route=decision.route,
            rule=decision.rule,
            reason=decision.reason,
            category=category or "",
            channel=channel or "",
            evidence_ref=clean_reference(row.evidence_ref),
            evidence_date=row.evidence_date or options.evidence_date,
            action=row.action or BLOCK,
            test=decision.test,
        )
        unknown = category is None or channel is None
        yield _refused(kept, UNKNOWN_CODE) if unknown and kept.number else kept


def _without_released(uow: UnitOfWork, rows: list[IntakeRow]) -> list[IntakeRow]:
    """Accepted rows whose number was last released with the same action become duplicates."""
    before = uow.lists.released_before([row.number for row in rows if row.number])
    return [
        _refused(row, RELEASED_BEFORE)
        if row.number and before.get(row.number) == row.action
        else row
        for row in rows
    ]


def _refused(row: IntakeRow, rule: Rule) -> IntakeRow:
    return row._replace(
        outcome=str(rule.outcome),
        number=0,
        confidence="",
        route="",
        rule=rule.code,
        reason=rule.reason,
    )


def _counts(rows: list[IntakeRow]) -> tuple[tuple[str, int], ...]:
    totals = dict.fromkeys(map(str, Outcome), 0)
    for row in rows:
        totals[row.outcome] += 1
    return tuple(totals.items())


def _facts(intake: Intake) -> dict[str, object]:
    return {
        "source": intake.source,
        "file": intake.digest,
        "rules": intake.rules,
        "rows": dict(intake.counts),
    }
