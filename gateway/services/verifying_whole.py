"""Verifies a bundle of several deliveries: each by itself, one after the other, then together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from gateway.domain.bundle import Members
from gateway.domain.errors import NotVerified
from gateway.domain.trust import PinnedKey
from gateway.services import checks_form, whole
from gateway.services.checks_whole import Inner, WholeExam, inner_of
from gateway.services.examination import Check, Exam, Finding, Status, not_checked
from gateway.services.verdict import Report, Result, Told, Watched, run

_TOGETHER = range(31, 34)

Runs = Mapping[int, Callable[[], Finding]]

Examine = Callable[[bytes], tuple[Report, Exam | None]]


@dataclass
class _Sum:
    """Of each check the first failure, or how often it held."""

    failed: dict[int, Result] = field(default_factory=dict)
    held: dict[int, list[str]] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)
    unable: dict[int, Result] = field(default_factory=dict)
    keys: dict[str, PinnedKey] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    inners: list[Inner] = field(default_factory=list)

    def add(self, name: str, report: Report, exam: Exam | None) -> None:
        for result in report.results:
            self._count(name, result)
        self.keys |= {key.kid: key for key in report.keys}
        self.told += report.told
        if exam is not None and report.told:
            self.inners.append(inner_of(name, exam.dossier, exam.manifest))

    def _count(self, name: str, result: Result) -> None:
        if result.number in _TOGETHER:
            return
        if result.status is Status.FAILED:
            told = replace(result, detail=f"delivery {name}: {result.detail}")
            self.failed.setdefault(result.number, told)
        elif result.unable:
            self.unable.setdefault(result.number, result)
        elif result.status is Status.OK:
            self.held.setdefault(result.number, []).append(result.detail)
        else:
            self.skipped.setdefault(result.number, result.detail)

    def result(self, check: Check) -> Result:
        if check.number in self.failed:
            return self.failed[check.number]
        if check.number in self.unable:
            return self.unable[check.number]
        if check.number in self.held:
            details = self.held[check.number]
            told = details[0] if len(set(details)) == 1 else f"{len(details)} deliveries"
            return Result(check.number, check.title, Status.OK, told)
        why = self.skipped.get(check.number, "the bundle shows no delivery")
        return Result(check.number, check.title, Status.NOT_CHECKED, why)


def examine(
    data: bytes, members: Members, pins: Watched | None, one: Examine, checks: Sequence[Check]
) -> Report:
    """The report over the whole file; `one` examines a delivery's bundle."""
    try:
        read = whole.read(members)
    except NotVerified as unreadable:
        return unread(unreadable, pins is not None, checks, file_runs(data, members))
    found = _Sum()
    for name, inside in read.deliveries.items():
        found.add(name, *_one(inside, one, checks))
    exam = WholeExam(data, members, read, tuple(found.inners), pins)
    results = tuple(_result(check, exam, found) for check in checks)
    return Report(
        results,
        pinned=pins is not None,
        keys=tuple(found.keys.values()),
        told=tuple(found.told),
        readable=len(found.inners) == len(read.deliveries),
        used=pins.uses() if pins is not None else (),
        whole=read.head,
    )


def _one(data: bytes, one: Examine, checks: Sequence[Check]) -> tuple[Report, Exam | None]:
    try:
        return one(data)
    except NotVerified as error:
        return unread(error, False, checks), None


def _result(check: Check, exam: WholeExam, found: _Sum) -> Result:
    """What is wrong with the whole comes first, then what is wrong with a delivery in it."""
    if check.whole is None:
        return found.result(check)
    own = run(check, partial(check.whole, exam))
    inside = check.number not in _TOGETHER and check.number in found.failed
    return found.failed[check.number] if inside and own.status is not Status.FAILED else own


def unread(
    why: NotVerified, pinned: bool, checks: Sequence[Check], runs: Runs | None = None
) -> Report:
    """The report of what can't be read: check 3 fails; `runs` are what can be looked at still."""

    def fail() -> Finding:
        raise why

    skip = partial(not_checked, "the bundle can't be read")
    made: Runs = {**(runs or {}), 3: fail}
    return Report(tuple(run(c, made.get(c.number, skip)) for c in checks), pinned)


def file_runs(data: bytes, members: Members) -> Runs:
    """Checks 1 and 2, which look at the file alone."""
    return {
        1: partial(checks_form.same_bytes, data, members),
        2: partial(checks_form.as_listed, members),
    }
