"""Signing in with a real browser: its own headers, its cookies on loopback, axe on each page."""

from __future__ import annotations

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # no types
from flask import Flask
from playwright.sync_api import Page, sync_playwright

from gateway.domain.accounts import Role
from gateway.main.wiring import SystemClock
from gateway.web.console.server import Serving, consoling
from tests.web.console.staff import BASE, Person, StaffHouse

CHROMIUM = "/usr/bin/chromium"
ARGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def test_a_browser_hides_the_origin_of_our_own_forms_and_they_are_taken(
    house: StaffHouse, stranger: Person
) -> None:
    handed = house.account("tono", Role.PREPARER)
    form = {"csrf": stranger.csrf, "name": "tono", "password": handed}
    for site, expect in (("cross-site", 403), ("same-site", 403), ("same-origin", 303)):
        headers = {"Origin": "null", "Sec-Fetch-Site": site}
        answer = stranger.client.post("/sign-in", data=form, headers=headers, base_url=BASE)
        assert answer.status_code == expect, site


def _send(page: Page, step: str, **fields: str) -> None:
    """Look at the page with axe, then fill it in and go on."""
    found = Axe().run(page).response["violations"]
    assert not found, (step, [(one["id"], one["nodes"][0]["html"]) for one in found])
    for field, value in fields.items():
        page.fill(f"#f-{field}", value)
    page.click("main form button.primary, main a.primary")


@pytest.mark.chromium
@pytest.mark.long
@pytest.mark.parametrize("language", ["id", "en"])
def test_an_approver_signs_in_for_the_first_time_in_a_real_browser(
    house: StaffHouse, app: Flask, language: str
) -> None:
    house.clock.at = SystemClock().now()
    handed = house.account("siti", Role.APPROVER, language)
    with (
        consoling(app, Serving("127.0.0.1:0")) as url,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS)) as browser,
    ):
        page = browser.new_page()
        page.goto(f"{url}/account")
        _send(page, "sign-in", name="siti", password=handed)
        _send(page, "choose", password="kuda laut mendaki bukit")
        secret = (page.text_content("code") or "").replace(" ", "")
        house.clock.at = SystemClock().now()
        code = pyotp.TOTP(secret).at(house.clock.at // 1_000_000)
        _send(page, "enrol", code=code)
        _send(page, "codes")
        assert page.url == f"{url}/account"
        assert not Axe().run(page).response["violations"]
        names = {cookie.get("name") for cookie in page.context.cookies()}
        assert "__Host-palang" in names
    assert house.failures == []
