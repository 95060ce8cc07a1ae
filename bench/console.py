"""First bytes of every page of the console over a large gateway, beside a bare hello page.

1,000,000 entries, 5,000 deliveries and 1,000,000 confirmation rows; the pages are those of the
application itself (its `url_map`), asked for by somebody who may see them.
"""

from __future__ import annotations

import http.client
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine.default import DefaultExecutionContext

from bench.console_pages import Asked, asked_pages
from bench.console_rows import Size
from bench.console_town import HELLO, LARGE, SMALL, Town
from bench.report import Ratio, Report, Scale
from gateway.web.console.gate import COOKIE
from gateway.web.console.server import Serving, consoling

GOAL = 20.0
"""Times a bare hello page of the same server."""
MOST_ROWS = 2_000
"""Rows that a page may fetch."""
_SIZES: dict[Scale, tuple[Size, int]] = {
    Scale.TINY: (SMALL, 1),
    Scale.QUICK: (SMALL, 5),
    Scale.USUAL: (LARGE, 9),
    Scale.FULL: (LARGE, 25),
}
"""Size, runs."""


@dataclass
class Measured:
    """Seconds to the first byte, the least and the median of several; rows that were fetched,
    statements, bytes of the page."""

    page: Asked
    least: float
    median: float
    rows: int
    statements: int
    size: int


class _Counting(sqlite3.Cursor):
    """A cursor that counts what is fetched from it."""

    rows = 0

    def fetchone(self) -> Any:
        found = super().fetchone()
        _Counting.rows += found is not None
        return found

    def fetchmany(self, size: int | None = None) -> list[Any]:
        found = super().fetchmany(self.arraysize if size is None else size)
        _Counting.rows += len(found)
        return found

    def fetchall(self) -> list[Any]:
        found = super().fetchall()
        _Counting.rows += len(found)
        return found

    def __next__(self) -> Any:
        found = super().__next__()
        _Counting.rows += 1
        return found


@contextmanager
def counting() -> Iterator[Callable[[], tuple[int, int]]]:
    """Rows fetched from SQLite and statements sent by whatever store, since the last look."""
    statements = 0
    before = DefaultExecutionContext.create_cursor

    def create_cursor(context: Any) -> Any:
        nonlocal statements
        statements += 1
        return context._dbapi_connection.dbapi_connection.cursor(_Counting)

    def look() -> tuple[int, int]:
        nonlocal statements
        seen = _Counting.rows, statements
        _Counting.rows = statements = 0
        return seen

    setattr(DefaultExecutionContext, "create_cursor", create_cursor)  # noqa: B010  # a method, put back below
    try:
        yield look
    finally:
        setattr(DefaultExecutionContext, "create_cursor", before)  # noqa: B010  # as it was


def first_byte(address: str, page: Asked) -> tuple[float, int]:
    """Seconds until the first byte of the answer, and its bytes. Raises AssertionError."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.connect()
    headers = {"Cookie": f"{COOKIE}={page.token}"} if page.token else {}
    begun = time.perf_counter()
    connection.request("GET", page.path, headers=headers)
    answer = connection.getresponse()
    seconds = time.perf_counter() - begun
    size = len(answer.read())
    connection.close()
    if answer.status not in (200, 303):
        raise AssertionError(f"{page.path}: status {answer.status}")
    return seconds, size


def measured(town: Town, runs: int) -> tuple[float, list[Measured]]:
    """Least seconds of hello, and every page; in turns. The least is what the work takes: whatever
    else runs on the machine can only add to it, and adds to a page more often than to hello."""
    pages = list(asked_pages(town))
    hello = Asked("hello.say", HELLO, "")
    with consoling(town.app, Serving("127.0.0.1:0")) as address:
        rows = {}
        with counting() as look:
            for page in pages:
                first_byte(address, page)
                look()
                _, size = first_byte(address, page)
                rows[page.path] = (*look(), size)
        times: dict[str, list[float]] = {}
        for _ in range(runs):
            for page in pages:
                for one in (hello, page):
                    times.setdefault(one.path, []).append(first_byte(address, one)[0])
    found = [
        Measured(page, min(times[page.path]), statistics.median(times[page.path]), *rows[page.path])
        for page in pages
    ]
    return min(times[HELLO]), found


def run(scale: Scale) -> Iterator[Report]:
    """One report."""
    size, runs = _SIZES[scale]
    with tempfile.TemporaryDirectory(prefix="palang-bench-") as folder:
        town = Town(Path(folder), size)
        try:
            hello, pages = measured(town, runs)
        finally:
            town.close()
    entries = size.batches * size.partners * size.each
    report = Report("console", f"first byte of every page, {entries} entries")
    report.figure("a bare hello page", hello * 1000, "ms")
    for one in sorted(pages, key=lambda page: -page.least):
        report.lines.append(
            f"  {one.page.path[:44]:<44} {one.least * 1000:7.1f} ms {one.least / hello:6.1f} x"
            f" (median {one.median * 1000:5.1f} ms)"
            f" {one.rows:6} rows {one.statements:4} statements {one.size:7} bytes"
        )
    slowest = max(pages, key=lambda page: page.least)
    ratio = slowest.least / hello
    report.ratios.append(Ratio("the slowest page", ratio, "a bare hello page", at_most=GOAL))
    most = max(page.rows for page in pages)
    report.ratios.append(
        Ratio("most rows of a page", most / MOST_ROWS, f"{MOST_ROWS} rows", at_most=1.0)
    )
    yield report
