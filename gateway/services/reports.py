"""Reports of a month or a quarter: a cut-off is recorded in the ledger with the figures that held
at it, and the same figures come out of the rows again at any later time (domain.md 6.4)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from gateway.domain.canonical import JsonObject, digest, encode
from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.periods import Period, PeriodKind, read_period
from gateway.ports import Clock, Store, UnitOfWork
from gateway.ports.views.reports import Marks, Reports, Scope
from gateway.services.report_figures import compute
from gateway.services.report_frame import Frame, kinds_of, read_frame

SERIES = digest(b"palang/report/v1")
"""Every recorded cut-off names it, so that the ledger's index of digests finds them."""

Tell = Callable[[str], None]


def _quiet(_what: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Report:
    """A recorded cut-off with its figures; `leaf` is where the ledger has it. `digest` is over
    period, cut-off, frame and figures: two of one digest say the same."""

    leaf: int
    period: Period
    test: bool
    marks: Marks
    frame: Frame
    figures: JsonObject
    digest: str

    @property
    def number(self) -> str:
        """What a letter quotes: gateway, period and ledger size."""
        return f"{self.frame.gateway}/{self.period.name}/{self.marks.size}" + "-UJI" * self.test

    @property
    def provisional(self) -> bool:
        """Whether the period had not ended at the cut-off."""
        return self.marks.at < self.period.end


@dataclass(frozen=True, slots=True)
class ReportService:
    """Makes reports, lists them, and proves that they still come out of the rows."""

    store: Store
    reports: Reports
    clock: Clock

    def make(self, period: Period, *, test: bool = False, tell: Tell = _quiet) -> Report:
        """Take a cut-off now, count, and record both. Raises InputError for a period to come."""
        if period.begin > self.clock.now():
            raise InputError(
                f"{period.kind} {period.name} has not begun",
                hint="name one that has; a running one gives provisional figures",
            )
        marks = self.reports.fix(period.end, test=test)
        with self.store.read() as uow:  # after the marks: it knows every partner that they do
            frame = read_frame(uow, period, marks.at)
        figures = self._figures(period, test, marks, frame, tell)
        made = _report(0, period, test, marks, frame, figures)
        return self._record(made)

    def listed(self, limit: int = 0, before: int = 0) -> Iterator[Report]:
        """Recorded cut-offs, newest first, from the one before that leaf on; 0 is no limit."""
        with self.store.read() as uow:
            leaves = [leaf for leaf in uow.log.find(SERIES) if not before or leaf < before]
            leaves.reverse()
            for leaf in leaves[:limit] if limit else leaves:
                found = _of_leaf(uow, leaf)
                if found is not None:
                    yield found

    def at(self, leaf: int) -> Report:
        """The report that this leaf records. Raises NotFound."""
        with self.store.read() as uow:
            found = _of_leaf(uow, leaf) if leaf in uow.log.find(SERIES) else None
        if found is None:
            raise NotFound(f"leaf {leaf} records no report", hint="see the list of reports")
        return found

    def find(self, period: Period, size: int) -> Report:
        """The report of that period and cut-off. Raises NotFound."""
        for found in self.listed():
            if found.period == period and found.marks.size == size:
                return found
        raise NotFound(
            f"no cut-off at ledger size {size} is recorded for {period.name}",
            hint="palang report list shows those that are",
        )

    def check(self, report: Report, tell: Tell = _quiet) -> None:
        """Count again from the rows as they were known at the cut-off.

        Raises Conflict where other figures come out: rows were purged, or changed.
        """
        figures = self._figures(report.period, report.test, report.marks, report.frame, tell)
        if (
            _digest(report.period, report.test, report.marks, report.frame, figures)
            == report.digest
        ):
            return
        parts = sorted(key for key in figures if figures[key] != report.figures.get(key))
        raise Conflict(
            f"report {report.number}: other figures come out of the rows now, in "
            f"{', '.join(parts)}",
            hint="the recorded ones stand in the ledger; rows may have been purged since, or "
            "changed: palang fsck tells which",
        )

    def _figures(
        self, period: Period, test: bool, marks: Marks, frame: Frame, tell: Tell
    ) -> JsonObject:
        scope = Scope(period.begin, period.end, test, marks)
        with self.reports.open(scope) as view:
            return compute(view, scope, kinds_of(frame), tell)

    def _record(self, made: Report) -> Report:
        facts: JsonObject = {
            "series": SERIES,
            "report": made.digest,
            "kind": str(made.period.kind),
            "period": made.period.name,
            "test": made.test,
            "marks": _plain(made.marks),
            "frame": made.frame.document(),
            "figures": made.figures,
        }
        with self.store.write() as uow:
            uow.note(LedgerEvent(Tag.REPORT_CUT, self.clock.now(), facts))
            leaf = uow.log.size()
            # a crash here leaves no report: make it again, with a later cut-off
            uow.commit("report.cut")
        return _report(leaf, made.period, made.test, made.marks, made.frame, made.figures)


def _report(
    leaf: int, period: Period, test: bool, marks: Marks, frame: Frame, figures: JsonObject
) -> Report:
    named = _digest(period, test, marks, frame, figures)
    return Report(leaf, period, test, marks, frame, figures, named)


def _digest(period: Period, test: bool, marks: Marks, frame: Frame, figures: JsonObject) -> str:
    return digest(
        encode(
            {
                "kind": str(period.kind),
                "period": period.name,
                "test": test,
                "marks": _plain(marks),
                "frame": frame.document(),
                "figures": figures,
            }
        )
    )


def _plain(marks: Marks) -> JsonObject:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(marks).items()
    }


def _marks(document: JsonObject) -> Marks:
    tuples = {name: tuple(document[name]) for name in ("unhanded", "halted", "loading")}
    return Marks(**(document | tuples))


def _of_leaf(uow: UnitOfWork, leaf: int) -> Report | None:
    """None where the leaf's opening was deleted."""
    event = uow.log.leaf(leaf).event
    if not event:
        return None
    facts = json.loads(event)  # our own bytes; read strictly, a list of reports takes 10 ms more
    period = read_period(PeriodKind(facts["kind"]), facts["period"])
    frame = Frame.read(facts["frame"])
    marks, figures = _marks(facts["marks"]), facts["figures"]
    return Report(leaf, period, facts["test"], marks, frame, figures, facts["report"])
