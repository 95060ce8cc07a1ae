"""The pages of batches and partners in a real browser: for a screen reader, and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from gateway.domain.accounts import Role
from gateway.services.partner_story import PartnerStories
from gateway.store.views.partners import SqlPartnerPages
from gateway.web.console.batches.seen import SMALL
from gateway.web.console.partners.area import partners_area
from gateway.web.console.partners.parts import PartnerParts
from gateway.web.console.server import Serving, consoling
from keys.cards import open_card
from tests.services.front.world import SHEET, PartnerSide, World
from tests.web.console.batches.conftest import Desk
from tests.web.console.intake.office import PASSPHRASE
from tests.web.console.intake.test_intake_browser import FLAGS, WIDTHS, opened

pytestmark = [pytest.mark.chromium, pytest.mark.long]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        made = started.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield made
        made.close()


def _with_partners(desk: Desk) -> Flask:
    """The same console, with the pages of partners too."""
    world = desk.world
    stories = PartnerStories(world.store, world.signatures, world.clock, open_card)
    parts = PartnerParts(SqlPartnerPages(world.store), stories, world.partners, world.consents)
    return desk.house.app([*desk.areas, lambda frame: partners_area(parts, frame)])


def _paths(world: World, desk: Desk) -> list[str]:
    """Every kind of page, with something on it."""
    side = world.live_partner(PartnerSide("ott-uji", "ott"), desk.officers)
    world.consents.record("ott-uji", side.consent(world.clock.now()))
    world.partners.propose(PartnerSide("opr-baru", "operator", test=False).card(), desk.officers[1])
    released = world.released(desk.officers)
    submitted = world.batch(SHEET.replace("2201", "2291"))
    world.releases.submit(submitted, desk.officers[1])
    prepared = world.batch(SHEET.replace("2201", "2292"))
    batches = (released, submitted, prepared)
    return [
        *("/batches", "/batches/new", "/batches/new/unblock", "/batches/due?whole=1"),
        *(f"/batches/{one}" for one in batches),
        *(f"/batches/{released}/entries", f"/batches/{released}/progress"),
        *("/partners", "/partners/import", "/partners/opr-baru", "/partners/opr-baru/test"),
        *(f"/partners/ott-uji{page}" for page in ("", "/keys", "/consent", "/test", "/sheet")),
    ]


@pytest.mark.parametrize("language", ["id", "en"])
def test_axe_finds_nothing_and_no_page_of_batches_or_partners_is_too_wide(
    desk: Desk, chromium: Any, language: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # no types

    app, paths = _with_partners(desk), _paths(desk.world, desk)
    desk.house.signed_in(app, "siti", Role.APPROVER, language)
    with consoling(app, Serving("127.0.0.1:0")) as address:
        url = address.replace("127.0.0.1", "localhost")
        for width in WIDTHS:
            page = opened(chromium, url, "siti", width)
            for path in paths:
                page.goto(url + path)
                wide = "document.documentElement.scrollWidth - window.innerWidth"
                assert page.evaluate(wide) <= 0, (path, width)
                found = [one["id"] for one in Axe().run(page).response["violations"]]
                assert found == [], (path, width)
            page.context.close()


def test_a_large_review_comes_by_itself_and_is_submitted(desk: Desk, chromium: Any) -> None:
    rows = (f"0870-2{row:07}" for row in range(SMALL + 1))
    batch = desk.world.batch("\n".join(["nomor hp", *rows]))
    desk.person("siti", Role.PREPARER)
    with consoling(desk.app, Serving("127.0.0.1:0")) as address:
        url = address.replace("127.0.0.1", "localhost")
        page = opened(chromium, url, "siti", 1440)
        page.goto(f"{url}/batches/{batch}")
        sign = page.get_by_role("button", name="Sign and submit")
        sign.wait_for()
        page.locator("#f-submit-passphrase").fill(PASSPHRASE)
        sign.click()
        page.get_by_text("Another officer releases it").first.wait_for()
        page.context.close()
