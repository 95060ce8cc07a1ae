"""The guides in a real browser: for a screen reader, on a phone, with links that land."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.accounts import Role
from gateway.web.console.help.guides import GUIDES
from gateway.web.console.server import Serving, consoling
from tests.web.console.staff import StaffHouse

pytestmark = [pytest.mark.chromium, pytest.mark.long]
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
WIDE = "document.documentElement.scrollWidth - window.innerWidth"
BROKEN = "[...document.images].filter(one => one.loading !== 'lazy' && !one.naturalWidth).length"


@pytest.fixture
def page(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A signed-in page of the console, in the language of the test."""
    from playwright.sync_api import sync_playwright

    house = StaffHouse(tmp_path)
    app = house.app()
    who = house.person(app, "siti", Role.AUDITOR, language=request.param)
    with consoling(app, Serving("127.0.0.1:0")) as address, sync_playwright() as started:
        url = address.replace("127.0.0.1", "localhost")
        chromium = started.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        context = chromium.new_context(base_url=url)
        secure = url.replace("http:", "https:")
        context.add_cookies(
            [{"name": "__Host-palang", "value": who.token, "secure": True, "url": secure}]
        )
        yield context.new_page()
        chromium.close()
    house.close()


@pytest.mark.parametrize("page", ["id", "en"], indirect=True)
def test_every_guide_is_read_on_a_phone_and_by_a_screen_reader(page: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # no types

    for path in ("/help", *(f"/help/{name}" for name in GUIDES)):
        assert page.goto(path).status == 200
        for width in (360, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(WIDE) <= 0, (path, width)
            assert page.evaluate(BROKEN) == 0, (path, width)
            found = [one["id"] for one in Axe().run(page).response["violations"]]
            assert found == [], (path, width)


@pytest.mark.parametrize("page", ["id"], indirect=True)
def test_help_leads_to_its_section(page: Any) -> None:
    page.goto("/audit/access")
    page.locator("a.guide").click()
    page.wait_for_url("**/help/auditor#access")
    assert page.evaluate("document.querySelector(':target').textContent").strip() == "Log akses"
    assert page.locator("nav.menu a[aria-current]").inner_text() == "Panduan"
