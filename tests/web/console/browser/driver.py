"""Chromium as Debian ships it, and what a person does with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

from gateway.web.console.gate import COOKIE
from tests.web.console.staff import PASSPHRASE, MovingClock, step

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PASSWORD = "kuda laut mendaki bukit"
WIDER = "document.documentElement.scrollWidth - window.innerWidth"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that ends with the block."""
    with (
        sync_playwright() as started,
        started.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS)) as browser,
    ):
        yield browser


def opened(browser: Browser, url: str, token: str = "", width: int = 1440) -> Page:
    """A page of a browser of its own, signed in with a session's token."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(20_000)
    if token:
        context.add_cookies(
            [
                {
                    "name": COOKIE,
                    "value": token,
                    "secure": True,
                    "url": url.replace("http:", "https:"),
                }
            ]
        )
    return context.new_page()


def press(page: Page, form: str = "main form") -> None:
    """The form's main button."""
    page.locator(f"{form} button").last.click()


def sign_in(page: Page, url: str, name: str, handed: str, clock: MovingClock) -> str:
    """For the first time: the one-time password, an own one, codes where the role has them.
    Returns the secret of the codes, "" where there are none."""
    page.goto(f"{url}/sign-in")
    page.fill("#f-name", name)
    page.fill("#f-password", handed)
    page.click("main form button.primary")
    page.fill("#f-password", PASSWORD)
    page.click("main form button.primary")
    if page.locator("main form #f-code").count() == 0:
        return ""
    secret = (page.text_content("main code") or "").replace(" ", "")
    page.fill("#f-code", code_of(secret, clock))
    page.click("main form button.primary")
    page.click("main a.primary")
    return secret


def sign_in_again(page: Page, url: str, name: str, secret: str, clock: MovingClock) -> None:
    """With the own password, and a code where there is an authenticator."""
    page.goto(f"{url}/sign-in")
    page.fill("#f-name", name)
    page.fill("#f-password", PASSWORD)
    page.click("main form button.primary")
    if secret:
        page.fill("#f-code", code_of(secret, clock))
        page.click("main form button.primary")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until that element has the focus. Raises AssertionError where it never gets it."""
    for _ in range(200):
        if page.evaluate("one => document.activeElement.matches(one)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector}")


def code_of(secret: str, clock: MovingClock) -> str:
    """The next code of this authenticator."""
    step(clock)
    return pyotp.TOTP(secret).at(clock.now() // 1_000_000)


def keep_key(page: Page, url: str, pem: Path) -> None:
    """The officer's own key file, put beside the account."""
    page.goto(f"{url}/account")
    form = page.locator('form[action="/account/key"]')
    form.locator('input[type="file"]').set_input_files(str(pem))
    form.locator('input[name="passphrase"]').fill(PASSPHRASE)
    form.locator("button").click()
    page.wait_for_selector(".notice.good")


def sign(page: Page, action: str, **fields: str) -> None:
    """Fill in a signed act and send it."""
    form = page.locator(f'form[action$="{action}"]')
    for name, value in ({"passphrase": PASSPHRASE} | fields).items():
        form.locator(f'[name="{name}"]').fill(value)
    form.locator("button").last.click()


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe finds: rule and the first element."""
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # no types

    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found]
