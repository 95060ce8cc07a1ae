"""Somebody at the staff console, in Debian's Chromium, who signs in as a person does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyotp

from demo.shell import DemoFailed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
CHROMIUM = "/usr/bin/chromium"
_NEW = "kuda-lumping-menari-{}-9"
_SECRET = re.compile(r"\b[A-Z2-7]{4}(?: ?[A-Z2-7]{4}){7}\b")
_STEPS = 6


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the demo: its one-time password, and its key's passphrase ("-": no key)."""

    id: str
    password: str
    passphrase: str


def people(accounts: Path) -> dict[str, Person]:
    """Those of the file that the demo writes."""
    found = {}
    for line in accounts.read_text("utf-8").splitlines()[1:]:
        name, _role, password, passphrase = line.split(maxsplit=3)
        found[name] = Person(name, password, passphrase)
    return found


class Visitor:
    """A person's browser, signed in for the first time."""

    def __init__(self, browser: Browser, url: str, person: Person) -> None:
        self.url = url.replace("127.0.0.1", "localhost")
        self.person = person
        self.page: Page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        self.page.set_default_timeout(20_000)

    def sign_in(self) -> None:
        """Password, an own one, codes where the role has them. Raises DemoFailed."""
        page = self.page
        page.goto(self.url + "/sign-in")
        page.fill("main input[name=name]", self.person.id)
        page.fill("main input[name=password]", self.person.password)
        self.press()
        for _ in range(_STEPS):
            if page.locator("nav.menu").count():
                return
            if page.locator("main input[name=code]").count():
                self._enrol()
            elif page.locator("main input[name=password]").count():
                page.fill("main input[name=password]", _NEW.format(self.person.id))
                self.press()
            else:
                page.locator("main a.button.primary").click()
        raise DemoFailed(f"{self.person.id} is not signed in after {_STEPS} steps of the console")

    def _enrol(self) -> None:
        secret = _SECRET.search(self.page.inner_text("main"))
        if secret is None:
            raise DemoFailed("expected the secret of the one-time codes on the page")
        self.page.fill("main input[name=code]", pyotp.TOTP(secret[0].replace(" ", "")).now())
        self.press()

    def speak(self, language: str) -> None:
        """Read the console in this language from now on."""
        self.go("/account")
        self.page.select_option("main select[name=language]", language)
        self.press("form[action$='/account/language'] button")

    def go(self, path: str) -> Page:
        """Open a page. Raises DemoFailed where it is none."""
        answer = self.page.goto(path if path.startswith("http") else self.url + path)
        if answer is None or answer.status >= 400:
            raise DemoFailed(f"{path}: {answer.status if answer else 'no'} answer of the console")
        return self.page

    def press(self, button: str = "main form button.primary") -> None:
        """Press a button that leads to another page."""
        self.page.locator(button).first.click()
        self.page.wait_for_load_state()

    def sign(self, form: str) -> None:
        """Sign an act with the passphrase, in the form that leads to `form`."""
        self.page.fill(f"form[action$='{form}'] input[name=passphrase]", self.person.passphrase)
        self.press(f"form[action$='{form}'] button")
