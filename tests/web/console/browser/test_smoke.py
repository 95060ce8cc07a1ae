"""The shortest way through the console in a real browser; the days are in the long run."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from gateway.domain.accounts import Role
from tests.web.console.browser.driver import WIDER, opened, sign_in, violations
from tests.web.console.browser.town import Town

pytestmark = pytest.mark.chromium


def test_a_preparer_signs_in_and_finds_today(town: Town, browser: Browser) -> None:
    handed, url = town.staff("tono", Role.PREPARER, "id"), town.open()
    page = opened(browser, url, width=360)
    assert sign_in(page, url, "tono", handed, town.clock) == ""
    page.wait_for_selector('nav.menu a[href="/batches"]', state="attached")
    assert page.get_attribute("html", "lang") == "id"
    assert page.evaluate(WIDER) <= 0
    assert violations(page) == []
    page.context.close()
