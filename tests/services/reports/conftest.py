"""A store on each database, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gateway.services.reports import ReportService
from gateway.store.store import SqlStore, open_store
from gateway.store.views.reports import SqlReports
from tests.services.reports.making import KINDS, MONTH
from tests.services.reports.raw import partners
from tests.store import samples
from tests.store.conftest import DATABASES, fresh_database
from tests.store.samples import FixedClock

__all__ = ["DATABASES"]


@pytest.fixture
def clock() -> FixedClock:
    """Five days after the month."""
    return FixedClock(MONTH.end + 5 * 86_400 * 1_000_000)


@contextmanager
def opened(kind: str, folder: Path, clock: FixedClock) -> Iterator[SqlStore]:
    """A store with a gateway, its partners and tables."""
    with fresh_database(kind, folder) as url, closing(open_store(url, clock)) as made:
        with made.write() as uow:
            uow.save(samples.gateway(), samples.event())
            uow.commit("test.gateway")
        partners(made, KINDS)
        yield made


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[SqlStore]:
    """On each database."""
    with opened(request.param, tmp_path, clock) as made:
        yield made


@pytest.fixture
def service(store: SqlStore, clock: FixedClock) -> ReportService:
    """Reports over it."""
    return ReportService(store, SqlReports(store), clock)
