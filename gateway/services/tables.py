"""Dated tables: import a version, see what it would change, activate it by two officers."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from gateway.domain.canonical import JsonObject
from gateway.domain.dated import Activation, Change, activation_digest, changes
from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.numbering import NumberRules, protected_rows, rules_from_tables
from gateway.domain.protection import matches_nothing
from gateway.domain.records import ReferenceTable
from gateway.domain.times import WIB, Micros, to_wib, to_wire
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.approvals import NEEDED, Act, Approvals, Asked, Signatory, approval_event

RULES = ("numbering_plan", "protected_numbers")
"""The tables that decide where a number goes."""

Parse = Callable[[str, bytes], ReferenceTable]
"""A table of this kind from a file's bytes; raises InputError."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a dated table; `begins` is when it rules or ruled from, None while nobody
    activated it; `rules` whether it does now."""

    table: ReferenceTable
    begins: Micros | None
    rules: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a version would change among the numbers that stand blocked."""

    table: ReferenceTable
    against: str
    listed: int
    changes: tuple[Change, ...]

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """Numbers by what they are and what they would be."""
        return dict(Counter((change.was, change.now) for change in self.changes))


class Tables:
    """The administration of dated tables."""

    def __init__(self, store: Store, approvals: Approvals, clock: Clock, parse: Parse) -> None:
        self._store = store
        self._approvals = approvals
        self._clock = clock
        self._parse = parse

    def all(self) -> tuple[Version, ...]:
        """All versions by kind, oldest first."""
        at = self._clock.now()
        with self._store.read() as uow:
            return tuple(_versions(uow, at))

    def load(self, kind: str, data: bytes) -> ReferenceTable:
        """Keep a new version. It rules nothing until two officers activate it.

        Raises InputError (a kind that is none, a file that is no such table), Conflict (the version
        is there with other content).
        """
        table = self._parse(kind, data)
        at = self._clock.now()
        with self._store.write() as uow:
            _check(table, uow.registry.reference(kind, at), to_wib(at).date())
            facts: JsonObject = {"kind": kind, "version": table.version, "digest": table.digest}
            if table in uow.registry.references():
                raise Conflict(f"version {table.version} of {kind} is loaded already")
            uow.save(table, LedgerEvent(Tag.REFERENCE_LOAD, at, facts))
            # a crash here leaves no version: load the file again
            uow.commit("reference.load")
        return table

    def idle(self, table: ReferenceTable) -> tuple[int, ...]:
        """The rows of a version, from 1, that protect no number: written wrongly, most likely."""
        if table.kind != "protected_numbers":
            return ()
        rows = enumerate(protected_rows(table), 1)
        return tuple(number for number, row in rows if matches_nothing(row))

    def compare(self, kind: str, version: str, day: str = "") -> Comparison:
        """The numbers that stand blocked and would go elsewhere, nowhere, or be protected.

        The rules are compared as of `day` (YYYY-MM-DD), by default today. Raises NotFound,
        InputError (another table decides no numbers).
        """
        if kind not in RULES:
            raise InputError(
                f"table {kind} decides no numbers", hint=f"compare one of {', '.join(RULES)}"
            )
        at = self._clock.now()
        on = _day(day) if day else to_wib(at).date()
        with self._store.read() as uow:
            table = _find(uow, kind, version)
            now = {name: uow.registry.reference(name, at) for name in RULES}
            old = rules_from_tables(now.values(), on)
            new = rules_from_tables((now | {kind: table}).values(), on)
            return _compared(uow, table, now[kind].version, old, new)

    def activate(self, kind: str, version: str, day: str, by: Signatory) -> Activation | None:
        """One officer's signature under "this version rules from this Jakarta day on"; the second
        over the same day makes it so, and the Activation is returned.

        Raises NotFound, InputError (a day that is past), Conflict (it rules already), NotPermitted
        (signs twice, or is not live), NotVerified.
        """
        at = self._clock.now()
        begins = begin_of_day(day)
        future_day(f"version {version} of {kind}", day, at)
        with self._store.write() as uow:
            table = _find(uow, kind, version)
            _refuse_ruling(uow, table, begins)
            gateway = uow.registry.gateway().name
            about = f"reference:{kind} {version}"
            asked = Asked(Act.REFERENCE_ACTIVATE, about, activation_digest(gateway, table, day))
            words = self._approvals.join(uow, by, asked, at)
            made = Activation(kind, version, max(begins, at), at) if len(words) >= NEEDED else None
            event = approval_event(
                Tag.REFERENCE_ACTIVATE, words[-1], activation_facts(table, day, made)
            )
            uow.save(words[-1], event)
            if made is not None:
                uow.save(made, event)
            # a crash here leaves the tables as they were, without this signature: sign again
            uow.commit("reference.activate")
        return made


def future_day(about: str, day: str, at: Micros) -> None:
    """Raises InputError where the day is past."""
    if _day(day) < to_wib(at).date():
        raise InputError(
            f"{about}: expected a day from today on, got {day}",
            hint="what was decided until now keeps the version that ruled then",
        )


def activation_facts(table: ReferenceTable, day: str, made: Activation | None) -> JsonObject:
    """What the ledger says of a signature under an activation."""
    facts: JsonObject = {"kind": table.kind, "version": table.version, "from": day}
    return facts | ({"begins": to_wire(made.begins)} if made else {})


def _versions(uow: UnitOfWork, at: Micros) -> Iterator[Version]:
    begun = {(made.kind, made.version): made.begins for made in uow.registry.activations()}
    first: dict[str, str] = {}
    start = uow.registry.gateway().initialised_at
    for table in uow.registry.references():
        oldest = first.setdefault(table.kind, table.version) == table.version
        begins = begun.get((table.kind, table.version), start if oldest else None)
        ruling = uow.registry.reference(table.kind, at).version == table.version
        yield Version(table, begins, ruling)


def _find(uow: UnitOfWork, kind: str, version: str) -> ReferenceTable:
    for table in uow.registry.references():
        if (table.kind, table.version) == (kind, version):
            return table
    raise NotFound(f"no version {version} of {kind} is loaded", hint="palang table list")


def _check(table: ReferenceTable, ruling: ReferenceTable, on: date) -> None:
    """A new version has the columns of the ruling one, and makes rules that can be read."""
    if table.columns != ruling.columns:
        raise InputError(
            f"table {table.kind} {table.version}: expected the columns "
            f"{', '.join(ruling.columns)}, got {', '.join(table.columns)}",
            hint=f"palang table show {table.kind} --out FILE writes the ruling one as a pattern",
        )
    if table.kind in RULES:
        other = ReferenceTable(*_EMPTY[table.kind])
        rules_from_tables((table, other), on)


_EMPTY = {
    "numbering_plan": ("protected_numbers", "", "", "", (), ()),
    "protected_numbers": ("numbering_plan", "", "", "", (), ()),
}


def _compared(
    uow: UnitOfWork, table: ReferenceTable, against: str, old: NumberRules, new: NumberRules
) -> Comparison:
    standing = [(block.number, block.batch) for block in uow.standing.blocked()]
    return Comparison(table, against, len(standing), tuple(changes(standing, old, new)))


def _refuse_ruling(uow: UnitOfWork, table: ReferenceTable, begins: Micros) -> None:
    if uow.registry.reference(table.kind, begins) == table:
        raise Conflict(
            f"version {table.version} of {table.kind} rules on that day already",
            hint="palang table list",
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"expected a day as YYYY-MM-DD, got {text!r}") from None


def begin_of_day(text: str) -> Micros:
    """The first moment of a Jakarta day, given as YYYY-MM-DD. Raises InputError."""
    day = _day(text)
    return int(datetime(day.year, day.month, day.day, tzinfo=WIB).timestamp()) * 1_000_000
