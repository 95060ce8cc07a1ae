"""W8, W9 and P2 in a real browser: what others wrote stays text, and no number leaks."""

from __future__ import annotations

import csv
import io
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request

from bench.console_pages import Asked
from bench.console_town import Town as Large
from gateway.domain.accounts import RIGHTS, Role
from gateway.web.console.access import Public, SignedIn, rules
from gateway.web.console.app import HEADERS
from tests.web.console.browser.driver import opened
from tests.web.console.browser.naughty import FIELDS, FORMULAS, NAUGHTY
from tests.web.console.browser.pages import all_pages, served, small_town
from tests.web.console.staff import BASE

pytestmark = [pytest.mark.chromium, pytest.mark.long]
TOGETHER = 12
"""Strings that stand in one cell: each has its turn to be first."""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Large]:
    with small_town(tmp_path) as made:
        yield made


@contextmanager
def by_hand(town: Large) -> Iterator[sqlite3.Connection]:
    """The database without its triggers: as if no check had kept anything out."""
    with closing(sqlite3.connect(town.house.home / "state" / "palang.sqlite")) as db:
        names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in db.execute(names).fetchall():
            db.execute(f"DROP TRIGGER {name}")
        yield db
        db.commit()


def put_everywhere(town: Large, text: str) -> None:
    """This text in every field of theirs."""
    with by_hand(town) as db:
        for table, columns in FIELDS.items():
            changes = ", ".join(f"{column} = ?" for column in columns)
            db.execute(f"UPDATE {table} SET {changes}", [text] * len(columns))


def watched(page: Page, url: str) -> list[str]:
    """What the page does that it must not, as it comes."""
    heard: list[str] = []

    def asked(dialog: Dialog) -> None:
        heard.append("dialog")
        dialog.dismiss()

    def said(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            heard.append(message.text)

    def fetched(request: Request) -> None:
        if not request.url.startswith((url, "data:")):
            heard.append(f"request {request.url}")

    page.on("dialog", asked)
    page.on("pageerror", lambda error: heard.append(f"error {error}"))
    page.on("console", said)
    page.on("request", fetched)
    return heard


FOREIGN = """() => [
  window.ran === undefined ? "" : "a script ran",
  document.querySelectorAll("script").length === 1 ? "" : "a script",
  document.querySelectorAll("iframe, object, embed, base, style, animate").length ? "a frame" : "",
  document.querySelectorAll("link:not([rel=icon]):not([href^='/static/'])").length ? "a link" : "",
  [...document.querySelectorAll("*")].some(one => [...one.attributes].some(
    attribute => attribute.name.startsWith("on"))) ? "a handler" : "",
  ...[...document.querySelectorAll("a[href], form[action], button[formaction]")].map(
    one => one.getAttribute("href") || one.getAttribute("action") || one.getAttribute("formaction"))
    .filter(one => !/^([/#?]|mailto:|tel:)/.test(one) || one.startsWith("//"))
    .map(one => "a way out: " + one),
].filter(one => one)"""


@pytest.mark.parametrize("begin", range(0, len(NAUGHTY), TOGETHER))
def test_w8_what_others_wrote_runs_nowhere(small: Large, browser: Browser, begin: int) -> None:
    pages = all_pages(small)
    put_everywhere(small, " ".join(NAUGHTY[begin : begin + TOGETHER]))
    seen = []
    with served(small) as url:
        for asked in pages:
            page = opened(browser, url, asked.token)
            heard = watched(page, url)
            answer = page.goto(url + asked.path)
            assert answer is not None
            assert answer.status == 200, asked.path
            policy = answer.headers.get("content-security-policy", "")
            assert policy == HEADERS["Content-Security-Policy"]
            assert "unsafe" not in policy
            seen += [(asked.path, one) for one in (*heard, *page.evaluate(FOREIGN))]
            page.context.close()
    assert seen == []


def test_w8_a_file_and_its_name_are_text_too(small: Large, browser: Browser) -> None:
    seen = []
    with served(small) as url:
        page = opened(browser, url, small.siti.token)
        heard = watched(page, url)
        for at, text in enumerate(NAUGHTY):
            cell = text.replace('"', '""')
            sheet = f'nomor hp;"{cell}";no bukti\n"0870-1111-{2300 + at}";"{cell}";"{cell}"\n'
            sheet += f'"{cell}";x;y\n'
            name = text.replace("\x00", "").replace("/", "") + ".csv"
            page.goto(f"{url}/intake/add")
            page.fill("#f-source", "iasc")
            file = {"name": name, "mimeType": "text/csv", "buffer": sheet.encode()}
            page.set_input_files("#f-file", file)  # type: ignore[arg-type]  # a FilePayload
            page.get_by_role("button", name="Continue to the preview").click()
            page.wait_for_load_state()
            seen += [(text, one) for one in (*heard, *page.evaluate(FOREIGN))]
            heard.clear()
        page.context.close()
    assert seen == []


def exports(town: Large) -> Iterator[tuple[str, Asked]]:
    """Every list to take away, as CSV and XLSX, by whoever may."""
    declared = rules(town.app)
    people = {"preparer": town.siti, "auditor": town.ratna, "administrator": town.agus}
    for route in town.app.url_map.iter_rules():
        rule = declared[route.endpoint]
        if isinstance(rule, Public | SignedIn) or ".<" not in route.rule:
            continue
        who = next(people[str(one)] for one in (Role.AUDITOR, Role.PREPARER) if rule in RIGHTS[one])
        for kind in ("csv", "xlsx"):
            path = route.rule.replace("<int:intake>", "1").replace("<kind_>", kind)
            path = path.replace("<kind>", kind).replace("<format>", kind)
            path = path.replace("<int:leaf>", town.report.rpartition("/")[2])
            if "<" not in path:
                yield kind, Asked(route.endpoint, path, who.token)


def test_w9_no_cell_of_an_export_is_a_formula(small: Large) -> None:
    wanted = list(exports(small))
    assert len(wanted) >= 10
    with by_hand(small) as db:
        for at, first in enumerate(FORMULAS):
            for table, columns in FIELDS.items():
                changes = ", ".join(f"{column} = ?" for column in columns)
                some = f"UPDATE {table} SET {changes} WHERE rowid % {len(FORMULAS)} = {at}"
                if table not in ("intake_rows", "entries", "confirmation_rows"):
                    db.execute(some, [f"{first}1+cmd|x"] * len(columns))
    for kind, asked in wanted:
        client = small.app.test_client()
        client.set_cookie("__Host-palang", asked.token, secure=True)
        answer = client.get(asked.path, base_url=BASE)
        assert answer.status_code == 200, asked.path
        if kind == "csv":
            text = answer.get_data().decode("utf-8-sig")
            cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
            assert [one for one in cells if one.startswith(FORMULAS)] == [], asked.path
        else:
            with zipfile.ZipFile(io.BytesIO(answer.get_data())) as book:
                sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
                assert sheets
                for name in sheets:
                    assert b"<f>" not in book.read(name), asked.path
                    assert b"<f " not in book.read(name), asked.path


def test_p2_a_number_is_in_no_address_title_or_log(small: Large, browser: Browser) -> None:
    """The case's number, in any of its writings, is pushed through every page."""
    digits = str(small.number)[2:]
    canaries = (digits, f"0{digits}", f"{digits[:3]}-{digits[3:7]}-{digits[7:]}")
    found = []
    with served(small) as url:
        for asked in all_pages(small):
            page = opened(browser, url, asked.token)
            said: list[str] = []
            page.on("console", partial(_told, said))
            page.goto(url + asked.path)
            links = page.eval_on_selector_all(
                "a[href], form[action], img[src]",
                "all => all.map(one => one.href || one.action || one.src)",
            )
            said += [page.title(), page.url, *links]
            found += [(asked.path, one) for one in said if any(c in one for c in canaries)]
            if asked.endpoint != "holds.row":  # whoever decides a cell sees it as it came
                shown = page.inner_text("body")
                found += [(asked.path, "shown")] if any(c in shown for c in canaries) else []
            page.context.close()
        _ask_in_every_form(small, browser, url, f"0{digits}")
    with by_hand(small) as db:
        for table in ("access_log", "ledger_leaves"):
            for row in db.execute(f"SELECT * FROM {table}"):
                text = repr(row)
                found += [(table, text)] if any(c in text for c in canaries) else []
    assert found == []
    assert small.house.failures == []


def _told(said: list[str], message: ConsoleMessage) -> None:
    said.append(message.text)


def _ask_in_every_form(town: Large, browser: Browser, url: str, number: str) -> None:
    """Look it up, unmask it, answer its holder; no address that follows names it."""
    page = opened(browser, url, town.ratna.token)
    addresses: list[str] = []
    page.on("request", lambda one: addresses.append(one.url))
    page.goto(f"{url}/cases")
    page.fill("#f-number", number)
    page.fill("#f-reason", "Permintaan 12/2026")
    page.locator("main form button.primary").click()
    page.wait_for_url("**/cases/*")
    page.fill('form[action$="/number"] [name="reason"]', "Permintaan 12/2026")
    page.locator('form[action$="/number"] button').click()
    page.wait_for_load_state()
    assert number[1:] in page.inner_text("main")
    page.goto(f"{url}/audit/subject")
    page.fill('main [name="number"]', number)
    page.fill('main [name="reason"]', "Permintaan 13/2026")
    page.locator("main form button").last.click()
    page.wait_for_load_state()
    assert [one for one in addresses if number[1:] in one] == []
    page.context.close()
