"""The console's reports: made, seen with charts, taken away, each export noted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.domain.accounts import Account, Role, Session
from gateway.domain.errors import NotPermitted
from gateway.domain.times import DAY
from gateway.services.approvals import Signatory
from gateway.services.reports import ReportService
from gateway.store.store import SqlStore, open_store
from gateway.store.tables.inbox import INBOUND
from gateway.store.views.reports import SqlReports
from gateway.web.console.app import make_console
from gateway.web.console.frame import Frame
from gateway.web.console.gate import COOKIE
from gateway.web.console.reports.area import reports_area
from tests.services.reports.conftest import opened
from tests.services.reports.making import MONTH, OPERATORS, history
from tests.services.reports.raw import fill
from tests.services.reports.test_cut_offs import load
from tests.store.conftest import SQLITE
from tests.store.samples import FixedClock
from tests.web.console.intake.office import CSRF, Person, text
from tests.web.console.standins import with_stand_ins


class Desk:
    """A console with reports alone, and who signs in to it."""

    def __init__(self, store: SqlStore, clock: FixedClock) -> None:
        self.looks: list[tuple[str, str, str]] = []
        self.sessions: dict[str, Session] = {}
        self.failures: list[object] = []
        self.store = store
        self.service = ReportService(store, SqlReports(store), clock)
        frame = Frame("palang-uji", clock, self, _no_key, self._looked)
        areas = with_stand_ins([reports_area(self.service, frame)])
        self.app = make_console(frame, areas, self.failures.append)

    def session(self, token: str) -> Session | None:
        return self.sessions.get(token)

    def _looked(self, what: str, subject: str, reason: str = "") -> None:
        self.looks.append((str(what), subject, reason))

    def person(self, role: Role, language: str = "en") -> Person:
        account = Account("ani", "Ani", role, "", language, disabled=False, totp=True)
        self.sessions["s"] = Session(account, CSRF, 0, 2**62)
        client = self.app.test_client()
        client.set_cookie(COOKIE, "s", secure=True)
        return Person(client)


def _no_key(account: Account, passphrase: str) -> Signatory:
    raise NotPermitted("no key")


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database with a month of history; tests work on copies."""
    folder = tmp_path_factory.mktemp("pattern")
    with opened(SQLITE, folder, FixedClock(MONTH.end + 5 * DAY)) as store:
        load(store, history(31, 30))
    yield folder / "palang.db"


@pytest.fixture
def desk(pattern: Path, tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "palang.db").write_bytes(pattern.read_bytes())
    clock = FixedClock(MONTH.end + 5 * DAY)
    with closing(open_store(f"sqlite:///{tmp_path / 'palang.db'}", clock)) as store:
        made = Desk(store, clock)
        yield made
    assert not made.failures


def test_a_report_is_made_and_shown_with_charts_and_tables(desk: Desk) -> None:
    ani = desk.person(Role.PREPARER)
    where = ani.post("/reports", period="month:2026-11")
    page = ani.raw(where).text
    assert page.count("<svg") == 2 and page.count("<table") > 8
    (report,) = desk.service.listed()
    done = sum(one["block"].get("done", 0) for one in report.figures["operators"])
    assert f"Entries declared blocked entries {done}" in text(page)
    assert all(f"Mitra {one}" in page for one in OPERATORS)
    assert report.number in text(page)


def test_the_page_is_in_bahasa_indonesia_with_its_figures(desk: Desk) -> None:
    ani = desk.person(Role.AUDITOR, "id")
    page = ani.get(ani.post("/reports", period="quarter:2026-Q4"))
    assert "Laporan Triwulanan Pelaksanaan Pemblokiran Nomor, Triwulan 4 2026" in page
    assert "Dikirim tetapi tidak pernah dikonfirmasi" in page and "SEMENTARA" in page


def test_nothing_on_the_page_is_styled_or_run_inline(desk: Desk) -> None:
    ani = desk.person(Role.PREPARER)
    page = ani.raw(ani.post("/reports", period="month:2026-11")).text
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", page)
    assert re.findall(r"<script[^>]*>", page) == re.findall(r"<script src=[^>]*>", page)


def test_recorded_reports_are_listed_and_paged_newest_first(desk: Desk) -> None:
    ani = desk.person(Role.PREPARER)
    places = [ani.post("/reports", period="month:2026-11") for _ in range(14)]
    first = ani.raw("/reports").text
    listed = re.findall(r'href="(/reports/\d+)"', first)
    assert listed == places[:1:-1]
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first)
    assert re.findall(r'href="(/reports/\d+)"', ani.raw(older).text) == places[1::-1]


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "csv"])
def test_each_file_that_is_taken_away_is_noted_and_the_same_again(desk: Desk, kind: str) -> None:
    ani = desk.person(Role.AUDITOR)
    where = ani.post("/reports", period="month:2026-11")
    address = f"{where}/report.{kind}"
    answers = [ani.raw(address) for _ in range(2)]
    assert answers[0].data == answers[1].data
    assert "laporan-2026-11-" in answers[0].headers["Content-Disposition"]
    leaf = where.rpartition("/")[2]
    made = ("act", f"report:{leaf}", "cut-off of 2026-11")
    assert desk.looks == [made, *[("export.report", f"report:{leaf}", kind)] * 2]


def test_a_report_that_comes_out_of_the_rows_again_says_so(desk: Desk) -> None:
    ani = desk.person(Role.AUDITOR)
    where = ani.post("/reports", period="month:2026-11")
    assert "The same figures come out" in ani.post(f"{where}/check", expect=200)


def test_a_report_that_does_not_come_out_again_says_what_differs(desk: Desk) -> None:
    ani = desk.person(Role.AUDITOR)
    where = ani.post("/reports", period="month:2026-11")
    forged = {"id": -1, "partner": OPERATORS[0], "state": "REFUSED", "reason": "entry-outside"}
    fill(desk.store, {INBOUND: [forged | {"received_at": MONTH.begin}]})
    page = ani.post(f"{where}/check", expect=409)
    assert "other figures come out" in page and "strange_statements" in page


@pytest.mark.parametrize("period", ["", "month:2026-13", "week:2026-11", "month:2999-01"])
def test_a_period_that_is_none_is_refused_on_the_form(desk: Desk, period: str) -> None:
    page = desk.person(Role.PREPARER).post("/reports", expect=400, period=period)
    assert "Nothing was changed." in page and not list(desk.service.listed())


def test_an_administrator_sees_reports_and_takes_none_away(desk: Desk) -> None:
    where = desk.person(Role.PREPARER).post("/reports", period="month:2026-11")
    admin = desk.person(Role.ADMINISTRATOR)
    desk.looks.clear()
    page = admin.raw(where).text
    assert "report.pdf" not in page and "Count again" not in page
    admin.raw(f"{where}/report.pdf", 403)
    admin.post("/reports", expect=403, period="month:2026-11")
    admin.post(f"{where}/check", expect=403)
    assert "Make a report" not in admin.get("/reports") and desk.looks == []


def test_what_is_no_report_is_not_found(desk: Desk) -> None:
    ani = desk.person(Role.PREPARER)
    where = ani.post("/reports", period="month:2026-11")
    ani.get("/reports/0", 404)
    ani.get("/reports/99999", 404)
    ani.raw(f"{where}/report.docx", 404)
