"""Every page in a real browser: axe, widths, titles, languages, paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.console_town import Town
from tests.web.console.browser.driver import WIDER, opened, violations
from tests.web.console.browser.pages import all_pages, served, small_town, speak

pytestmark = [pytest.mark.chromium, pytest.mark.long]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with small_town(Path(tmp_path_factory.mktemp("looks"))) as made:
        yield made


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("language", ["id", "en"])
def test_axe_finds_nothing_on_any_page_and_none_is_wider_than_its_screen(
    small: Town, browser: Browser, language: str, width: int
) -> None:
    speak(small, language)
    found: list[tuple[str, object]] = []
    with served(small) as url:
        for asked in all_pages(small):
            page = opened(browser, url, asked.token, width)
            page.goto(url + asked.path)
            if asked.token and page.get_attribute("html", "lang") != language:
                found.append((asked.path, "language"))
            if page.evaluate(WIDER) > 0:
                found.append((asked.path, "wider than the screen"))
            found += [(asked.path, one) for one in violations(page)]
            page.context.close()
    assert found == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_has_a_title_of_its_own_and_prints_without_its_menu(
    small: Town, browser: Browser, language: str
) -> None:
    speak(small, language)
    titles: dict[str, set[str]] = {}
    with served(small) as url:
        for asked in all_pages(small):
            page = opened(browser, url, asked.token)
            page.goto(url + asked.path)
            titles.setdefault(page.title(), set()).add(asked.endpoint)
            page.emulate_media(media="print")
            assert page.locator("main h1").first.is_visible(), asked.path
            for part in ("nav.menu", "a.skip", "details.who"):
                assert page.locator(f"{part}:visible").count() == 0, (asked.path, part)
            page.context.close()
    same = {title: ends for title, ends in titles.items() if len(ends - _ALIKE) > 1}
    assert same == {}


_ALIKE = {"admin.index"}
"""Leads on to another page."""
