"""Least privilege on PostgreSQL: four roles, and what each may do in the core and in the exchange.

`palang_owner` owns the tables and runs migrations; no process runs as it, because an owner can take
triggers away. `palang_worker` seals, sends and judges; what is history it may only add to
(an intake whose last row is not in is not yet history).
`palang_console` reads all and writes what staff decide; what is sealed, sent, received or signed by
the gateway it can't write, and of the access log it only adds. `palang_listener` faces the
internet: it can't even connect to a core database of its own, and beside the exchange store in one
database it reads no core table.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import URL, Table

from gateway.domain.errors import InputError
from gateway.store import dialect
from gateway.store.engine import make_engine, read_url
from gateway.store.errors import translated
from gateway.store.exchange.tables import METADATA as EXCHANGE
from gateway.store.exchange.tables import VERSION_TABLE
from gateway.store.tables import METADATA as CORE

OWNER, WORKER, CONSOLE, LISTENER = (
    f"palang_{name}" for name in ("owner", "worker", "console", "listener")
)
ROLES = (OWNER, WORKER, CONSOLE, LISTENER)

#: rows that are added and never changed
ADDED = frozenset(
    {
        *("ledger_leaves", "ledger_nodes", "ledger_digests", "checkpoints", "timestamps"),
        *("approvals", "receipts", "confirmation_rows", "nothings", "reference_tables"),
        "source_lists",
        "activations",
        "ladder",
        "tombstones",
        *("intake_rows", "intake_pages", "entries", "slices"),
        *("resolutions", "source_profiles", "entry_sources"),
        *("access_log", "wanted_heads", "wanted_lists"),
    }
)
#: rows of which only these columns change
PARTLY = {
    "ledger_head": ("size",),
    "counters": ("value",),
    "inbound": ("state", "reason", "body"),
    "slice_entries": ("number",),
    "legal_holds": ("number", "salt", "lifted_at"),
    "confirmations": ("conflict",),
    "wanted_lists": ("ended_at", "problem", "hint"),
    "intakes": ("state", "digest", "counts", "sheets", "dropped", "loaded_at"),
}
#: rows that may also go, where the triggers say so: of an intake that is not complete, or purged
LOADED = frozenset(
    {"intakes", "intake_pages", "intake_rows", "entries", "entry_sources", "resolutions"}
)
#: what the triggers call
REFUSING = (
    *("palang_refuse", "palang_refuse_ready", "palang_refuse_loading"),
    "palang_refuse_salted",
)
#: written by migrations only
FIXED = frozenset({"schema_state", "alembic_version", VERSION_TABLE})

#: what the console adds, never changes: history, and what staff sign
CONSOLE_ADDS = frozenset(
    {
        *("ledger_leaves", "ledger_nodes", "ledger_digests"),
        *("approvals", "reference_tables", "activations", "ladder"),
        *("intake_rows", "intake_pages", "entries", "resolutions", "source_profiles"),
        *("entry_sources", "access_log", "wanted_heads", "wanted_lists"),
    }
)
#: what it adds and changes; of PARTLY the same columns as the worker
CONSOLE_CHANGES = frozenset(
    {
        *("accounts", "sessions", "sign_in_attempts"),
        *("officers", "partners", "keys", "consents", "batches", "deliveries", "streams"),
        *("ledger_head", "counters", "intakes"),
    }
)

#: what the listener adds to and changes in the exchange store; it reads all of it
_LISTENER = {
    "exchange_inbound": "INSERT, UPDATE",
    "exchange_fetches": "INSERT",
    "exchange_requests": "INSERT",
    "exchange_counters": "INSERT, UPDATE",
    "exchange_parcels": "UPDATE (fetched_at)",
}


def core(database: str) -> list[str]:
    """The statements for a core database that has its schema; they can be repeated.

    They need a superuser.
    """
    tables = [*CORE.tables.values()]
    names = sorted({table.name for table in tables} | {"alembic_version"})
    return [
        *map(create, ROLES),
        *_entrance(database, (OWNER, WORKER, CONSOLE)),
        *_owned(names),
        *(f"ALTER FUNCTION {name}() OWNER TO {OWNER}" for name in REFUSING),
        *(_grant("SELECT", names, role) for role in (WORKER, CONSOLE)),
        *(statement for table in tables for statement in _of_worker(table.name)),
        *(statement for table in tables for statement in _of_console(table.name)),
        *_numbers(tables, (WORKER,), "USAGE, SELECT"),
        *_numbers(
            [t for t in tables if t.name in CONSOLE_ADDS | CONSOLE_CHANGES], (CONSOLE,), "USAGE"
        ),
    ]


def exchange(database: str) -> list[str]:
    """The statements for an exchange store that has its schema; they can be repeated."""
    tables = [*EXCHANGE.tables.values()]
    names = sorted(table.name for table in tables)
    every = [*names, VERSION_TABLE]
    return [
        *map(create, ROLES),
        *_entrance(database, (OWNER, WORKER, LISTENER)),
        *_owned(every),
        *(_grant("SELECT", every, role) for role in (WORKER, LISTENER)),
        _grant("INSERT, UPDATE, DELETE", names, WORKER),
        *(_grant(rights, [name], LISTENER) for name, rights in _LISTENER.items()),
        *_numbers(tables, (LISTENER,), "USAGE"),
        *_numbers(tables, (WORKER,), "USAGE, SELECT"),
    ]


def apply(url: str, statements: Sequence[str]) -> None:
    """Run them in one transaction. Raises InputError for SQLite, LedgerUnavailable where this user
    may not."""
    engine = make_engine(_server(url))
    try:
        with translated("the roles"), engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def database_of(url: str) -> str:
    """The name of the URL's database. Raises InputError where it names none, or for SQLite."""
    name = _server(url).database
    if not name:
        raise InputError(
            "the URL names no database", hint="postgresql+psycopg://postgres@HOST/NAME"
        )
    return name


def _server(url: str) -> URL:
    """The URL of a server's database. Raises InputError for SQLite."""
    parsed = read_url(url)
    if parsed.get_backend_name() != dialect.POSTGRESQL:
        raise InputError(
            "SQLite has no roles: who may read the file may read all of it",
            hint="nothing to do here: the listener's own file (exchange.sqlite) keeps it from the "
            "numbers. For a server that is to come: palang db roles --database NAME, or --apply "
            "postgresql+psycopg://postgres@HOST/NAME",
        )
    return parsed


def create(role: str) -> str:
    """A role of that name that may log in, unless the server has it."""
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
        f"CREATE ROLE {role} LOGIN; END IF; END $$"
    )


def _entrance(database: str, roles: Sequence[str]) -> list[str]:
    """Who may come in at all; what every role of the server may by default is taken back."""
    name = '"' + database.replace('"', '""') + '"'
    inside = ", ".join(roles)
    return [
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {name} TO {inside}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {inside}",
        f"GRANT CREATE ON SCHEMA public TO {OWNER}",
    ]


def _owned(names: Sequence[str]) -> list[str]:
    """The tables belong to the owner, and nobody else has any right in them yet."""
    others = ", ".join(role for role in ROLES if role != OWNER)
    return [
        *(f'ALTER TABLE "{name}" OWNER TO {OWNER}' for name in names),
        f"REVOKE ALL ON TABLE {_listed(names)} FROM PUBLIC, {others}",
    ]


def _of_worker(name: str) -> list[str]:
    return [] if name in FIXED else [_writes(name, WORKER)]


def _of_console(name: str) -> list[str]:
    return [_writes(name, CONSOLE)] if name in CONSOLE_ADDS | CONSOLE_CHANGES else []


def _writes(name: str, role: str) -> str:
    """What a role that writes a table at all may do there."""
    more = ", DELETE" if name in LOADED else ""
    if name in ADDED:
        return _grant(f"INSERT{more}", [name], role)
    if name in PARTLY:
        columns = ", ".join(PARTLY[name])
        return _grant(f"INSERT, UPDATE ({columns}){more}", [name], role)
    return _grant("INSERT, UPDATE", [name], role)


def _grant(rights: str, names: Sequence[str], role: str) -> str:
    return f"GRANT {rights} ON TABLE {_listed(names)} TO {role}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _numbers(tables: Iterable[Table], roles: Sequence[str], rights: str) -> list[str]:
    """The sequences behind rising keys; whoever makes backups reads them too (pg_dump)."""
    rising = (
        f'"{table.name}_{column.name}_seq"'
        for table in tables
        if (column := table.autoincrement_column) is not None
    )
    return [f"GRANT {rights} ON SEQUENCE {', '.join(rising)} TO {', '.join(roles)}"]
