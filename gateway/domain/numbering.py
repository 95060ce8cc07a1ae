"""Numbering plan and protected numbers: dated, sourced rows that decide where a number goes.

Numbers are E.164 digits as an int, without plus. Prefixes are compared as digit strings of the same
form, longest first (domain.md 3.5: Indonesia has no number portability, so prefix routing holds).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from gateway.domain.errors import InputError

_COMMON_DIGITS = 7  # by which the rows of most numbers are remembered, as 628703
_NDC_DIGITS = 5  # of an Indonesian prefix with the country code, 62870: most rows have these
OTT_ROUTE = "ott"  # the route of foreign numbers: messaging partners only, never an operator


class Table(Protocol):
    """One versioned table of dated facts, from the seed files or read back from the database."""

    @property
    def kind(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> tuple[tuple[str, ...], ...]: ...


_LONGEST_NATIONAL, _LONGEST = 12, 15  # digits of an Indonesian number, and of any with its country
_DOUBLE = re.compile(r"628\d{8,}")  # the country code of a mobile number, taken for an area code


def e164_prefix(written: str) -> str:
    """E.164 digits of a prefix or number as tables write it: `870`, `0870`, `+62870`, `+61491570`.

    Without plus it is a national Indonesian number. Raises InputError for anything else, above all
    for `62870`, `0062870` and `+620870`: no number begins with what they would be read as, so
    nothing would be protected or routed (promise F).
    """
    digits = written.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise _odd_prefix("digits", "another text")
    if written.startswith("+"):
        if digits.startswith(("0", "620")) or len(digits) > _LONGEST:
            raise _odd_prefix("a country code behind the plus, without a zero", "another form")
        return digits
    national = digits.removeprefix("0")
    if national.startswith("0") or digits.startswith("62") or _DOUBLE.match(national):
        raise _odd_prefix("62 with a plus before it", "62 or 00 without")
    if not 0 < len(national) <= _LONGEST_NATIONAL:
        raise _odd_prefix(f"1 to {_LONGEST_NATIONAL} digits behind the zero", str(len(national)))
    return "62" + national


def _odd_prefix(expected: str, came: str) -> InputError:
    """An error that does not show the cell: it may be a whole number (promise H)."""
    return InputError(
        f"expected a prefix or number as 870, 0870, +62870 or +61491570, here {expected}; got "
        f"{came}",
        hint="write it as 870 or 0870, or with + and the country code",
    )


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One prefix of the plan: numbers under `ndc` belong to `partner` from `valid_from` on.

    `valid_to` is the last day, or None. A `test` row routes synthetic numbers only.
    """

    ndc: str
    partner: str
    valid_from: date
    valid_to: date | None
    source: str
    test: bool

    def holds_on(self, on: date) -> bool:
        """Whether the row is in force on that day (both ends included)."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class NumberingPlan:
    """All rows of one version. Raises InputError when two rows claim one prefix on one day."""

    version: str
    rows: tuple[PlanRow, ...]
    _by_prefix: dict[str, list[PlanRow]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: dict[str, list[PlanRow]] = {}
        for row in self.rows:
            others = index.setdefault(e164_prefix(row.ndc), [])
            if any(_overlap(row, other) for other in others):
                raise InputError(
                    f"expected one partner for prefix {row.ndc} at a time, numbering plan "
                    f"{self.version} has {others[0].partner} and {row.partner}",
                    hint="end the older row with valid_to before the newer one begins",
                )
            others.append(row)
        object.__setattr__(self, "_by_prefix", index)

    def active(self, on: date) -> dict[str, PlanRow]:
        """Prefix (E.164 digits) -> the row in force on that day."""
        return {
            prefix: row
            for prefix, rows in self._by_prefix.items()
            for row in rows
            if row.holds_on(on)
        }

    def partner_for(self, number: int, on: date) -> PlanRow | None:
        """The row of the longest prefix in force on that day, or None: unmapped."""
        digits = str(number)
        for length in range(len(digits), 0, -1):
            for row in self._by_prefix.get(digits[:length], ()):
                if row.holds_on(on):
                    return row
        return None


def _overlap(one: PlanRow, other: PlanRow) -> bool:
    starts_in_time = one.valid_to is None or other.valid_from <= one.valid_to
    return starts_in_time and (other.valid_to is None or one.valid_from <= other.valid_to)


@dataclass(frozen=True, slots=True)
class ProtectedRow:
    """A number (`exact`) or the head of a range (`prefix`) that is never blocked (promise F)."""

    pattern: str
    match: Literal["exact", "prefix"]
    source: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class NumberRules:
    """Everything that `decide` needs: plan and protected numbers as they stand on one day."""

    plan: NumberingPlan
    protected: tuple[ProtectedRow, ...]
    on: date
    _active: dict[str, PlanRow] = field(init=False, repr=False, compare=False)
    _lengths: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _exact: frozenset[str] = field(init=False, repr=False, compare=False)
    _heads: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _finer: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _common: dict[str, PlanRow | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        active = self.plan.active(self.on)
        rows = [row for row in self.protected if row.valid_from <= self.on]
        lengths = sorted({len(prefix) for prefix in active}, reverse=True)
        exact = frozenset(e164_prefix(row.pattern) for row in rows if row.match == "exact")
        heads = tuple(e164_prefix(row.pattern) for row in rows if row.match == "prefix")
        object.__setattr__(self, "_active", active)
        object.__setattr__(self, "_lengths", tuple(lengths))
        object.__setattr__(self, "_exact", exact)
        object.__setattr__(self, "_heads", heads)
        finer = (prefix for prefix in (*active, *exact, *heads) if len(prefix) > _NDC_DIGITS)
        object.__setattr__(self, "_finer", tuple(finer))
        object.__setattr__(self, "_common", {})

    def plan_row(self, digits: str) -> PlanRow | None:
        """The plan row for E.164 digits on the day of these rules; None: unmapped."""
        for length in self._lengths:
            row = self._active.get(digits[:length])
            if row is not None:
                return row
        return None

    def is_protected(self, digits: str) -> bool:
        """Whether E.164 digits (or 62 and a short code) are on the protected list."""
        return digits in self._exact or digits.startswith(self._heads)

    def common_row(self, mobile: str) -> PlanRow | None:
        """The plan row of a mobile number (E.164 digits) that is not protected, where all that
        begin like it have the same; else None, which says nothing."""
        head = mobile[:_COMMON_DIGITS]
        known = self._common
        if head not in known:  # a few thousand at most: there are no other beginnings
            known[head] = self.uniform_row(head)
        return known[head]

    def uniform_row(self, head: str) -> PlanRow | None:
        """The plan row of every number that begins with these E.164 digits.

        None where they differ, where one of them is protected, or where they have no row.
        """
        longer = (prefix for prefix in self._finer if len(prefix) > len(head))
        if self.is_protected(head) or any(prefix.startswith(head) for prefix in longer):
            return None
        return self.plan_row(head)


def rules_from_tables(tables: Iterable[Table], on: date) -> NumberRules:
    """Number rules from the tables `numbering_plan` and `protected_numbers`.

    Works on seed tables and on tables read back from the database. Raises InputError when one of
    the two is missing, has another column, or a date or flag that can't be read.
    """
    by_kind = {table.kind: table for table in tables}
    missing = [kind for kind in ("numbering_plan", "protected_numbers") if kind not in by_kind]
    if missing:
        raise InputError(
            f"expected the tables numbering_plan and protected_numbers, missing: {missing}",
            hint="run `palang init`, which loads them",
        )
    plan = by_kind["numbering_plan"]
    rows = tuple(_plan_row(plan, named) for named in _named(plan, "ndc"))
    return NumberRules(
        NumberingPlan(plan.version, rows), protected_rows(by_kind["protected_numbers"]), on
    )


def protected_rows(table: Table) -> tuple[ProtectedRow, ...]:
    """The rows of a version of `protected_numbers`. Raises InputError as `rules_from_tables`."""
    return tuple(_protected_row(table, named) for named in _named(table, "pattern"))


def _named(table: Table, prefix: str) -> Iterator[dict[str, str]]:
    """The cells of each row by column; what stands in `prefix` has a form that tables use."""
    for number, row in enumerate(table.rows, 1):
        named = dict(zip(table.columns, row, strict=True))
        try:
            e164_prefix(_field(table, named, prefix))
        except InputError as bad:
            where = f"{table.kind} {table.version}, row {number}"
            raise InputError(f"{where}: {bad}", hint=bad.hint) from None
        yield named


def _plan_row(table: Table, named: dict[str, str]) -> PlanRow:
    test = _field(table, named, "test")
    if test not in ("0", "1"):
        raise InputError(f"expected test 0 or 1 in {table.kind} {table.version}, got {test!r}")
    ends = _field(table, named, "valid_to")
    return PlanRow(
        ndc=_field(table, named, "ndc"),
        partner=_field(table, named, "partner"),
        valid_from=_day(table, _field(table, named, "valid_from")),
        valid_to=_day(table, ends) if ends else None,
        source=_field(table, named, "source"),
        test=test == "1",
    )


def _protected_row(table: Table, named: dict[str, str]) -> ProtectedRow:
    match = _field(table, named, "match")
    if match != "exact" and match != "prefix":
        raise InputError(
            f"expected match exact or prefix in {table.kind} {table.version}, got {match!r}"
        )
    return ProtectedRow(
        pattern=_field(table, named, "pattern"),
        match="exact" if match == "exact" else "prefix",
        source=_field(table, named, "source"),
        valid_from=_day(table, _field(table, named, "valid_from")),
    )


def _field(table: Table, named: dict[str, str], column: str) -> str:
    if column not in named:
        raise InputError(f"expected a column {column} in {table.kind} {table.version}")
    return named[column]


def _day(table: Table, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as bad:
        raise InputError(
            f"expected a date YYYY-MM-DD in {table.kind} {table.version}, got {text!r}"
        ) from bad


def mask(number: int) -> str:
    """A number for screens, `+62870•••••90`: head and last two digits, never the middle.

    The count of dots is fixed, so that the length shows nothing either.
    """
    digits = str(number)
    if len(digits) < 9:
        return "+" + "•" * 7
    head = digits[:5] if digits.startswith("62") else digits[:4]
    return f"+{head}•••••{digits[-2:]}"
