"""A console of some areas over a world of tests, and somebody signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flask import Blueprint, Flask

from gateway.domain.accounts import Account, Role, Session
from gateway.domain.errors import NotPermitted
from gateway.ports import Clock
from gateway.services.approvals import Signatory
from gateway.web.console.access import PUBLIC, needs
from gateway.web.console.app import make_console
from gateway.web.console.frame import Area, Frame
from gateway.web.console.gate import COOKIE
from tests.web.console.intake.office import CSRF, PASSPHRASE, Person

__all__ = ["CSRF", "PASSPHRASE", "House", "Person"]


@dataclass
class House:
    """Accounts that are signed in; `keys` are officers' keys by id, `looks` the access log."""

    clock: Clock
    keys: dict[str, Signatory]
    looks: list[tuple[str, str, str]] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)

    def frame(self) -> Frame:
        """The frame over these accounts."""

        def looked(what: str, subject: str, reason: str = "") -> None:
            self.looks.append((str(what), subject, reason))

        return Frame("palang-uji", self.clock, self, self._unlock, looked, test=True)

    def session(self, token: str) -> Session | None:
        """As frame.Sessions."""
        return self.sessions.get(token)

    def _unlock(self, account: Account, passphrase: str) -> Signatory:
        if passphrase != PASSPHRASE or account.officer not in self.keys:
            raise NotPermitted("the passphrase does not open the key", hint="type it again")
        return self.keys[account.officer]

    def app(self, make: Iterable[Callable[[Frame], Area]]) -> Flask:
        """A console of these areas, with stand-ins for what the frame's links lead to."""
        areas = [one(self.frame()) for one in make]
        taken = {area.pages.name for area in areas}
        others = [area for area in _others() if area.pages.name not in taken]
        tell = self.failures.append
        return make_console(self.frame(), [*areas, *others], lambda failure: tell(failure.error))

    def signed_in(self, app: Flask, who: str, role: Role, language: str = "en") -> Person:
        """A browser with a session of this account."""
        officer = who if who in self.keys else ""
        account = Account(who, f"Petugas {who}", role, officer, language, disabled=False, totp=True)
        self.sessions[f"s-{who}"] = Session(account, CSRF, 0, 2**62)
        client = app.test_client()
        client.set_cookie(COOKIE, f"s-{who}", secure=True)
        return Person(client)


def _others() -> list[Area]:
    """What the frame's links lead to."""
    signin, help_ = Blueprint("signin", __name__), Blueprint("help", __name__)
    for rule, name in (("/signin", "page"), ("/account", "account"), ("/leave", "leave")):
        signin.add_url_rule(rule, name, needs(PUBLIC)(lambda: ""))
    help_.add_url_rule("/help/<guide>", "page", needs(PUBLIC)(lambda guide: guide))
    today = Blueprint("today", __name__)
    today.add_url_rule("/", "index", needs(PUBLIC)(lambda: ""))
    return [Area(signin), Area(help_), Area(today)]
