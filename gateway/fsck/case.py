"""What a check is given: the databases, the ledger's events, the pinned keys, where to tell."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from gateway.domain.errors import NotFound, NotVerified
from gateway.domain.period_keys import NoPeriods, Periods, Place, Purged, split
from gateway.domain.retention import Went
from gateway.domain.times import SECOND, Micros, to_wire
from gateway.domain.trust import Owner, OwnerKind, Trust
from gateway.fsck.facts import Facts
from gateway.fsck.report import Report
from gateway.fsck.sql import Database
from gateway.ports import Notes, Signatures

T = TypeVar("T")

Progress = Callable[[str, int], None]
"""Told now and then: the step, and how many rows it has looked at."""

EVERY = 5_000
"""Rows between two words of progress."""


class DatedTable(Protocol):
    """A dated table as it ships with this program."""

    @property
    def source(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> tuple[tuple[str, ...], ...]: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept outside the database, for comparing with it.

    `trust` are the keys of a trust file; `high_water` the file's path; `notes` are checkpoints kept
    elsewhere, by name; `copies` partners' state files, by partner; `shipped` the dated tables of
    this program, by kind and version; `periods` opens content under period keys, `gone` are
    the tombstones kept beside destroyed ones, by month.
    """

    trust: Trust | None = None
    high_water: Path | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, Path] = field(default_factory=dict)
    exchange: str = ""
    shipped: Mapping[tuple[str, str], DatedTable] = field(default_factory=dict)
    periods: Periods = field(default_factory=NoPeriods)
    gone: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verifiers:
    """Signature checks, given from outside: fsck and keys are blind to each other."""

    signatures: Signatures
    notes: Notes


@dataclass(slots=True)
class Case:
    """One run over one gateway. `high_water` are the file's bytes, None where there is none, and
    `exchange` the exchange store: both as they were before the core was looked at."""

    core: Database
    facts: Facts
    report: Report
    verify: Verifiers
    kept: Kept
    progress: Progress
    gateway: str = ""
    origin: str = ""
    trust: Trust = field(default_factory=lambda: Trust("", ()))
    high_water: bytes | None = None
    exchange: Database | None = None
    emptied: Counter[str] = field(default_factory=Counter)
    """How many cells are purged with their period key, by month."""

    emptied_subjects: set[str] = field(default_factory=set)
    """What they are of."""

    stones: list[Went] = field(default_factory=list)
    """What the tombstones of this database name."""

    @property
    def own(self) -> Owner:
        """The gateway as an owner of keys."""
        return Owner(OwnerKind.GATEWAY, self.gateway)

    def counted(self, what: str, rows: Iterable[T]) -> Iterator[T]:
        """The rows as they are, counted for the report, with a word of progress now and then."""
        for number, row in enumerate(rows, 1):
            self.report.figures[what] += 1
            if number % EVERY == 0:
                self.progress(what, number)
            yield row

    def opened(self, place: Place, sealed: bytes) -> bytes | None:
        """A cell's content: b"" where it was purged, None where it can't be read, which is told."""
        try:
            return self.kept.periods.open(place, sealed) if sealed else b""
        except Purged:
            self.emptied[split(sealed).label[:7]] += 1
            self.emptied_subjects.add(place.subject)
            return b""
        except NotFound:
            wanted = f"the period key {split(sealed).label}"
            self.found("period-key-missing", place.subject, wanted, "none")
        except NotVerified as error:
            self.found(
                "sealed-content", f"{place.cell} of {place.subject}", "content", error.reason
            )
        return None

    def emptied_by_purge(self, what: str, name: str | int, about: str) -> None:
        """Something is not there: a tombstone must name it among its `what`."""
        if not any(name in getattr(stone, what) for stone in self.stones):
            self.found("purge-unrecorded", about, f"a tombstone that names its {what}", "none")

    def differs(self, code: str, about: str, what: str, expected: object, came: object) -> None:
        """As Report.differs."""
        self.report.differs(code, about, what, expected, came)

    def found(self, code: str, about: str, expected: object, came: object) -> None:
        """As Report.found."""
        self.report.found(code, about, expected, came)

    def holds(self, code: str, about: str, expected: str, check: Callable[[], T]) -> T | None:
        """What a verification gives; where it fails, a finding and None."""
        try:
            return check()
        except NotVerified as error:
            self.report.found(code, about, expected, f"{error.reason}: {error}")
            return None


def exact(at: Micros | None) -> str:
    """A moment for comparing two rows to the last microsecond, as people read it."""
    return f"{wire(at)} + {at % SECOND} us" if at is not None and at % SECOND else wire(at)


def wire(at: Micros | None) -> str:
    """A moment as leaves write it, "" for none; a moment that no calendar has as it is."""
    if at is None:
        return ""
    try:
        return to_wire(at)
    except (ValueError, OverflowError, OSError):
        return f"{at} microseconds"
