"""The intake's and the hold queue's pages in a real browser: by hand, and for a screen reader."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.domain.accounts import Role
from gateway.domain.returned import row_mark
from gateway.web.console.server import Serving, consoling
from tests.intake.holding import DOUBT, LETTER, TWO, sheet
from tests.web.console.intake.office import PASSPHRASE, Office, Person

pytestmark = [pytest.mark.chromium, pytest.mark.long]
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
WIDTHS = (360, 768, 1440)
TWO_COLUMNS = "No HP;No WA\n0870-1111-2211;0871-1111-2212\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium
        chromium.close()


def opened(browser: Any, url: str, who: str, width: int) -> Any:
    context = browser.new_context(viewport={"width": width, "height": 900})
    cookie = {"name": "__Host-palang", "value": f"s-{who}", "secure": True}
    context.add_cookies([{**cookie, "url": url.replace("http:", "https:")}])
    return context.new_page()


def addresses(office: Office, who: Person) -> list[str]:
    """Every kind of page, with something on it."""
    intake = office.world.intake(sheet("0870-1111-2201", LETTER, TWO, DOUBT, "1500888"))
    file = (io.BytesIO(TWO_COLUMNS.encode()), "dua.csv")
    unsure = who.post("/intake/add", source="iasc", pasted="", file=file)
    clear = who.post("/intake/add", source="iasc", pasted="0870-1111-2207\n")
    row = f"/holds/row/{row_mark(intake, 3)}"
    why = {"reason": "evidence_shows", "reference": "TIKET-1"}
    draft = who.post(row, 303, way="split", **why)
    return [
        *("/intake", "/intake/add", unsure, clear, f"/intake/{intake}", "/intake/inbox"),
        *("/intake/profiles", f"/intake/{intake}/rules", "/holds", f"/holds?intake={intake}", row),
        *(draft, f"/holds/rule?intake={intake}&rule=letters", "/intake?source=polri"),
    ]


@pytest.mark.parametrize("language", ["id", "en"])
def test_axe_finds_nothing_and_no_page_is_wider_than_its_screen(
    office: Office, browser: Any, language: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # no types

    app = office.app()
    paths = addresses(office, office.signed_in(app, "siti", Role.PREPARER, language))
    with consoling(app, Serving("127.0.0.1:0")) as address:
        url = address.replace("127.0.0.1", "localhost")
        for width in WIDTHS:
            page = opened(browser, url, "siti", width)
            for path in paths:
                page.goto(url + path)
                wide = "document.documentElement.scrollWidth - window.innerWidth"
                assert page.evaluate(wide) <= 0, (path, width)
                found = [one["id"] for one in Axe().run(page).response["violations"]]
                assert found == [], (path, width)
            page.context.close()


def test_an_officer_takes_a_file_in_and_decides_a_row_by_keyboard_and_mouse(
    office: Office, browser: Any, tmp_path: Any
) -> None:
    list_ = tmp_path / "laporan.csv"
    list_.write_text(sheet("0870-1111-2201", TWO), "utf-8")
    app = office.app()
    office.signed_in(app, "siti", Role.PREPARER, "en")
    with consoling(app, Serving("127.0.0.1:0")) as address:
        url = address.replace("127.0.0.1", "localhost")
        page = opened(browser, url, "siti", 1440)
        page.goto(f"{url}/intake/add")
        page.get_by_label("Source").fill("iasc")
        page.get_by_label("File", exact=False).first.set_input_files(str(list_))
        page.get_by_role("button", name="Continue").press("Enter")
        page.get_by_role("button", name="take the rows in").click()
        page.get_by_role("link", name="To the held rows").click()
        page.get_by_role("link", name=row_mark(1, 2)).click()
        page.get_by_label("All proposed numbers were reported").check()
        page.get_by_label("Why", exact=True).select_option("evidence_shows")
        page.get_by_label("Reference of the evidence").fill("TIKET-1")
        page.get_by_role("button", name="Show what would be signed").click()
        page.get_by_label("Passphrase").fill(PASSPHRASE)
        page.get_by_role("button", name="Sign this decision").click()
        assert "What was decided is final" in page.inner_text("main")
        page.context.close()
    assert len(office.world.holds.final(1)) == 1
