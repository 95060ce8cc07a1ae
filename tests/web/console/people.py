"""A console of some areas over a world of tests, and somebody signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flask import Flask

from gateway.domain.accounts import Account, Role, Session
from gateway.domain.errors import NotPermitted
from gateway.ports import Clock
from gateway.services.approvals import Signatory
from gateway.web.console.app import make_console
from gateway.web.console.frame import Area, Frame
from gateway.web.console.gate import COOKIE
from tests.web.console.intake.office import CSRF, PASSPHRASE, Person
from tests.web.console.standins import with_stand_ins

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
        areas = with_stand_ins([one(self.frame()) for one in make])
        tell = self.failures.append
        return make_console(self.frame(), areas, lambda failure: tell(failure.error))

    def signed_in(self, app: Flask, who: str, role: Role, language: str = "en") -> Person:
        """A browser with a session of this account."""
        officer = who if who in self.keys else ""
        account = Account(who, f"Petugas {who}", role, officer, language, disabled=False, totp=True)
        self.sessions[f"s-{who}"] = Session(account, CSRF, 0, 2**62)
        client = app.test_client()
        client.set_cookie(COOKIE, f"s-{who}", secure=True)
        return Person(client)
