"""Loader of the dated facts in config/seed: numbering plan, protected numbers, terms, code lists.

Each file is a CSV whose head says, in `# version:` and `# source:` lines, as of which day it
holds and where it comes from. `palang init` copies them into versioned tables, which then rule
(design 2).
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from gateway.domain.errors import InputError
from gateway.domain.numbering import rules_from_tables

KINDS = (
    "numbering_plan",
    "protected_numbers",
    "legal_bases",
    "terms",
    "categories",
    "channels",
    "nack_reasons",
    "calendar",
)


@dataclass(frozen=True, slots=True)
class SeedTable:
    """One table: rows as tuples in the order of `columns`; `digest` is of the file's bytes."""

    kind: str
    version: str
    source: str
    digest: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Seed:
    """All tables of this release, in the order of KINDS."""

    tables: tuple[SeedTable, ...]

    def table(self, kind: str) -> SeedTable:
        """The table of that kind. Raises InputError when there is none."""
        for table in self.tables:
            if table.kind == kind:
                return table
        raise InputError(f"expected one of {', '.join(KINDS)}, got {kind!r}")


def load_seed() -> Seed:
    """Read all seed files, from a checkout or an installed wheel alike.

    Raises InputError when a file lacks version or source, a row has another number of cells, or the
    numbering plan or the protected list has a row that can't be read.
    """
    folder = files("config").joinpath("seed")
    tables = tuple(parse(kind, (folder / f"{kind}.csv").read_bytes()) for kind in KINDS)
    rules_from_tables(tables, date.fromisoformat(tables[0].version))
    return Seed(tables)


def parse(kind: str, data: bytes) -> SeedTable:
    """One seed file. Raises InputError as `load_seed` does."""
    lines = _text(kind, data).splitlines(keepends=True)
    head = dict(_meta(line) for line in lines if line.startswith("#"))
    body = [line for line in lines if not line.startswith("#")]
    columns, *rows = _cells(kind, body)
    for number, row in enumerate(rows, start=1):
        if len(row) != len(columns):
            raise InputError(
                f"expected {len(columns)} cells in seed table {kind}, row {number} has {len(row)}"
            )
    version = _required(head, kind, "version")
    try:
        date.fromisoformat(version)
    except ValueError as bad:
        raise InputError(f"expected a date as version of seed {kind}, got {version!r}") from bad
    return SeedTable(
        kind=kind,
        version=version,
        source=_required(head, kind, "source"),
        digest="sha256:" + hashlib.sha256(data).hexdigest(),
        columns=columns,
        rows=tuple(rows),
    )


def _text(kind: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as bad:
        raise InputError(f"expected table {kind} as CSV in UTF-8", hint="save it anew") from bad


def _cells(kind: str, lines: list[str]) -> list[tuple[str, ...]]:
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO("".join(lines)), strict=True)]
    except csv.Error as bad:
        raise InputError(f"expected table {kind} as CSV, its quotes are not closed") from bad
    if not rows:
        raise InputError(f"expected a header and rows in table {kind}, found none")
    return rows


def _meta(line: str) -> tuple[str, str]:
    name, _, value = line.removeprefix("#").partition(":")
    return name.strip(), value.strip()


def _required(head: dict[str, str], kind: str, name: str) -> str:
    if not head.get(name):
        raise InputError(f"expected a line '# {name}: ...' in seed table {kind}")
    return head[name]
