"""The console makes a report with the rights of its own role on a server, and no others."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from gateway.domain.times import DAY
from gateway.services.reports import ReportService
from gateway.store import roles
from gateway.store.store import open_store
from gateway.store.views.reports import SqlReports
from tests.services.reports.conftest import opened
from tests.services.reports.making import MONTH, history
from tests.services.reports.test_cut_offs import load
from tests.store.samples import FixedClock


@pytest.mark.postgres
def test_the_consoles_role_may_make_list_and_check_reports(tmp_path: Path) -> None:
    clock = FixedClock(MONTH.end + 5 * DAY)
    with opened("postgresql", tmp_path, clock) as store:
        load(store, history(7))
        url = store._ground.engine.url.render_as_string(hide_password=False)
        roles.apply(url, roles.core(roles.database_of(url)))
        console = make_url(url).set(username=roles.CONSOLE).render_as_string(hide_password=False)
        with closing(open_store(console, clock)) as own:
            service = ReportService(own, SqlReports(own), clock)
            report = service.make(MONTH)
            service.check(report)
            assert list(service.listed()) == [report]
