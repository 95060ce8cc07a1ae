"""Statements are compiled once a run, where a gateway does it once a start.

SQLAlchemy keeps compiled statements with each engine, and a test with a database of its own has an
engine of its own: compiling was a third of such a test's time. Two engines for SQLite differ in the
file alone, so that what one of them compiled serves the other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from gateway.store import engine

_COMPILED: LRUCache[Any, Any] = LRUCache(4000)


def _create_sharing(*arguments: Any, **options: Any) -> Engine:
    made = create_engine(*arguments, **options)
    if isinstance(made.dialect, SQLiteDialect_pysqlite):
        made._compiled_cache = _COMPILED
    return made


def _same_class(one: object, other: object) -> bool:
    return type(one) is type(other)


def compile_once() -> None:
    """Let all engines of the store share what they compile; the cache's keys hold the dialect."""
    engine.create_engine = _create_sharing  # type: ignore[attr-defined]  # its import, replaced
    SQLiteDialect_pysqlite.__eq__ = _same_class  # type: ignore[method-assign]  # of a class
    SQLiteDialect_pysqlite.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]  # as above
