"""The dated tables as stored, and the number rules of one version of them."""

import json
from datetime import date
from typing import NamedTuple

from gateway.domain.errors import InputError
from gateway.domain.numbering import (
    NumberingPlan,
    NumberRules,
    protected_rows,
    rules_from_tables,
)
from gateway.fsck.sql import Database


class Table(NamedTuple):
    """One version of a dated table."""

    kind: str
    version: str
    source: str
    digest: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def dated_tables(database: Database) -> list[Table]:
    """All versions of all tables; a text that is no JSON reads as no rows."""
    sql = (
        "SELECT kind, version, source, digest, column_names, cells FROM reference_tables"
        " ORDER BY key"
    )
    return [
        Table(kind, version, source, named, _texts(columns), _lines(cells))
        for kind, version, source, named, columns, cells in database.rows(sql)
    ]


def _texts(text: str) -> tuple[str, ...]:
    found = _json(text)
    return tuple(map(str, found))


def _lines(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(str, line)) for line in _json(text) if isinstance(line, list))


def _json(text: str) -> list[object]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def protecting(tables: list[Table], version: str, on: date) -> NumberRules | None:
    """The rules of protected numbers of a version, None where it is not stored or unreadable."""
    found = [t for t in tables if t.kind == "protected_numbers" and t.version == version]
    if not found:
        return None
    try:
        return NumberRules(NumberingPlan("", ()), protected_rows(found[0]), on)
    except InputError:
        return None  # an older program took rows that protect nothing, or they were changed


def routing(tables: list[Table], cited: str, on: date) -> NumberRules | None:
    """The rules of the versions that a batch cites (`plan/protected`), None where they can't be
    had."""
    versions = dict(zip(("numbering_plan", "protected_numbers"), cited.split("/"), strict=False))
    found = [table for table in tables if versions.get(table.kind) == table.version]
    try:
        return rules_from_tables(found, on)
    except InputError:
        return None  # one of them is not stored, or no longer as it was loaded: told elsewhere
