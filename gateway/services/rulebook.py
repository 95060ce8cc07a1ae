"""The dated tables as they rule today: number rules, code lists, legal basis, review term."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

from gateway.domain.codes import CodeList, code_list
from gateway.domain.errors import InputError
from gateway.domain.numbering import NumberRules, rules_from_tables
from gateway.domain.records import ReferenceTable
from gateway.domain.times import DAY, Micros, duration, to_wib
from gateway.ports import UnitOfWork

_KINDS = ("numbering_plan", "protected_numbers", "categories", "channels", "legal_bases", "terms")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What decides rows and fills entries on one day, a Jakarta day."""

    numbers: NumberRules
    categories: CodeList
    channels: CodeList
    tables: Mapping[str, ReferenceTable]
    on: date

    @property
    def cited(self) -> str:
        """Kind and version of every table that decides a row."""
        kinds = ("numbering_plan", "protected_numbers", "categories", "channels")
        return "; ".join(f"{kind} {self.tables[kind].version}" for kind in kinds)

    @property
    def plan(self) -> str:
        """The versions that route and protect, as a review cites them."""
        return f"{self.tables['numbering_plan'].version}/{self.tables['protected_numbers'].version}"

    def legal_basis(self) -> str:
        """The citation of the mandatory basis in force."""
        today = self.on.isoformat()
        for row in _named(self.tables["legal_bases"]):
            ends = row["valid_to"] or "9999-12-31"
            if row["basis"] == "mandatory" and row["valid_from"] <= today <= ends:
                return row["citation"]
        raise InputError(
            f"table legal_bases {self.tables['legal_bases'].version} has no mandatory basis in "
            f"force on {today}",
            hint="name one: palang batch new --basis CODE",
        )

    def review_date(self) -> str:
        """When an entry of today must be looked at again: its number may have a new owner."""
        for row in _named(self.tables["terms"]):
            if row["term"] == "entry_review":
                return (self.on + timedelta(days=duration(row["duration"]) // DAY)).isoformat()
        raise InputError(f"table terms {self.tables['terms'].version} has no row entry_review")


def rulebook(uow: UnitOfWork, at: Micros) -> Rulebook:
    """The tables that rule at `at`. Raises NotFound before `palang init`, InputError where one
    can't be read."""
    tables = tuple(uow.registry.reference(kind, at) for kind in _KINDS)
    return _read(tables, to_wib(at).date())


@lru_cache(4)
def _read(tables: tuple[ReferenceTable, ...], on: date) -> Rulebook:
    """Of the same tables on the same day once: to read them takes longer than what is asked."""
    by_kind = {table.kind: table for table in tables}
    return Rulebook(
        numbers=rules_from_tables(tables, on),
        categories=code_list(by_kind["categories"]),
        channels=code_list(by_kind["channels"]),
        tables=MappingProxyType(by_kind),
        on=on,
    )


def _named(table: ReferenceTable) -> list[dict[str, str]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]
