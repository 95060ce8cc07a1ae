"""The triggers that keep rows as they were written (threats.md I1): all there, none beside them.

They are defence in depth: who dropped one could change rows unhindered, and the ledger still shows
it. fsck checks their names, and on SQLite their form.
"""

import re

from gateway.fsck.case import Case
from gateway.fsck.schema import CORE

_FREE = frozenset(
    {"alembic_version", "schema_state", "heartbeats", "officers", "partners", "batches", "slices"}
    | {"accounts", "sessions", "sign_in_attempts", "wanted_heads", "tallies"}
    | {"wanted_lists"}
)
"""Tables whose rows may change."""

_PURGED = frozenset({"ledger_digests", "slice_entries"})
"""Tables whose rows may go: numbers and openings, with the purge."""

_MORE = {"intakes": ("moves",), "entries": ("founded",)}
"""Guards that one table has: how its state moves, what a row may stand on."""

_FORMS = {
    "intakes_moves": (
        "BEFORE UPDATE OF state ON intakes WHEN OLD.state <> NEW.state AND (OLD.state || '>' ||"
        " NEW.state) NOT IN ('loading>ready', 'ready>purged') BEGIN"
        " SELECT RAISE(ABORT, 'rows of intakes do not change once written'); END"
    ),
    "intakes_kept": (
        "BEFORE DELETE ON intakes WHEN OLD.state <> 'loading' BEGIN"
        " SELECT RAISE(ABORT, 'rows of intakes are never deleted'); END"
    ),
    **{
        f"{table}_kept": (
            f"BEFORE DELETE ON {table} WHEN EXISTS"  # noqa: S608  # names of this file
            " (SELECT 1 FROM intakes WHERE id = OLD.intake"
            " AND state = 'ready') BEGIN"
            f" SELECT RAISE(ABORT, 'rows of {table} are never deleted'); END"
        )
        for table in ("intake_rows", "intake_pages", "resolutions")
    },
    **{
        f"{table}_kept": (
            f"BEFORE DELETE ON {table} WHEN EXISTS"  # noqa: S608  # names of this file
            " (SELECT 1 FROM batches WHERE id = OLD.batch AND length(salt) > 0) BEGIN"
            f" SELECT RAISE(ABORT, 'rows of {table} are never deleted'); END"
        )
        for table in ("entries", "entry_sources")
    },
    "entries_founded": (
        "BEFORE INSERT ON entries WHEN EXISTS (SELECT 1 FROM intakes WHERE id = NEW.source"
        " AND state = 'loading') BEGIN"
        " SELECT RAISE(ABORT, 'an entry of an intake that is not complete'); END"
    ),
}
"""The forms of those that are not as the others."""

_CONDITION = (
    r"(?:OLD\.(\w+) IS NOT NEW\.(\w+)"
    r"|\(OLD\.(\w+) IS NOT NEW\.(\w+) AND (?:NEW\.\w+ <> (?:x''|0)|OLD\.\w+ IS NOT NULL"
    r"|OLD\.state <> 'loading')\)"
    r"|NEW\.(\w+) < OLD\.(\w+))"
)
_COLUMN = re.compile(r"(?:OLD|NEW)\.(\w+)")


def check_guards(case: Case) -> None:
    """Every guard of the tables that are there, and no trigger or view that is nobody's."""
    database, report = case.core, case.report
    found, tables = database.triggers(), database.columns().keys() & CORE.keys()
    wanted = {name: table for table in tables for name in _names(table, database.loose)}
    for name in sorted(wanted.keys() - found.keys()):
        report.found("guard-missing", f"trigger {name}", "one that is on", "none")
    for name in sorted(found.keys() - wanted.keys()):
        report.found("schema-unknown", f"trigger {name}", "triggers that are known", "another")
    for name in sorted(wanted.keys() & found.keys()):
        if database.loose and not _has_form(name, wanted[name], found[name]):
            report.found("guard-missing", f"trigger {name}", "its own form", "another")


def _names(table: str, sqlite: bool) -> list[str]:
    if table in _FREE:
        return []
    kinds = ["frozen"] + ["kept"] * (table not in _PURGED) + ["whole"] * (not sqlite)
    return [f"{table}_{kind}" for kind in [*kinds, *_MORE.get(table, ())]]


def _has_form(name: str, table: str, sql: str) -> bool:
    if name in _FORMS:
        return sql == f"CREATE TRIGGER {name} {_FORMS[name]}"
    if name.endswith("_kept"):
        refused = f"SELECT RAISE(ABORT, 'rows of {table} are never deleted'); END"
        return sql == f"CREATE TRIGGER {name} BEFORE DELETE ON {table} BEGIN {refused}"
    refused = re.escape(f"SELECT RAISE(ABORT, 'rows of {table} do not change once written'); END")
    form = (
        rf"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN"
        rf" {_CONDITION}(?: OR {_CONDITION})* BEGIN {refused}"
    )
    return re.fullmatch(form, sql) is not None and set(_COLUMN.findall(sql)) <= set(CORE[table])
