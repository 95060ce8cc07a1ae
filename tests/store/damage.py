"""Doing to a database what no part of Palang does; the only helper here that knows SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import make_url


def path(url: str) -> Path:
    """Return the database file."""
    return Path(str(make_url(url).database))


def raw(url: str, *statements: str) -> list[Any]:
    """Run statements beside the store; return the rows of the last one."""
    rows: list[Any] = []
    with closing(sqlite3.connect(path(url))) as connection, connection:
        for statement in statements:
            rows = connection.execute(statement).fetchall()
    return rows
