"""A gateway's whole console, and people who are signed in to it through real sessions."""

from __future__ import annotations

import atexit
import re
import shutil
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.domain.accounts import Role
from gateway.domain.staff import Stage
from gateway.domain.times import SECOND, Micros
from gateway.domain.trust import Algorithm
from gateway.main.console.framing import make_frame
from gateway.main.console.serving import AREAS
from gateway.main.console.signin import area, area_of
from gateway.main.making import make
from gateway.main.staffing import Staffing
from gateway.main.wiring import Gateway
from gateway.services.access import By
from gateway.services.accounts import NewAccount
from gateway.services.officers import Officers
from gateway.services.sessions import Origin
from gateway.web.console.app import make_console
from gateway.web.console.gate import COOKIE
from keys import files
from keys.generate import generate
from tests.accounts.cheap import cheap_passwords

BASE = "https://localhost"
MACHINE = By("machine:uji")
PASSPHRASE = "frasa sandi petugas"
ROUNDS = 1_000


class MovingClock:
    """The time that a test sets."""

    def __init__(self, at: Micros) -> None:
        self.at = at

    def now(self) -> Micros:
        return self.at

    def move(self, length: Micros) -> None:
        self.at += length


@cache
def pattern() -> Path:
    """A gateway as `palang init` makes it, made once a process and copied."""
    home = Path(mkdtemp(prefix="palang-staff-")) / "gw"
    atexit.register(shutil.rmtree, home.parent, ignore_errors=True)
    make(home, "palang-uji", True)
    return home


class StaffHouse:
    """One gateway, its console's application, and whoever a test lets in."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "gw"
        shutil.copytree(pattern(), self.home)
        self.gateway = Gateway(self.home)
        self.clock = MovingClock(self.gateway.clock.now())
        self.gateway.clock = self.clock  # type: ignore[assignment]  # a clock as any other
        self.staffing = Staffing(self.gateway, cheap_passwords())
        self.failures: list[Exception] = []

    def close(self) -> None:
        self.gateway.close()

    def app(self) -> Flask:
        """All areas, the sign-in with the cheap passwords of this house."""
        frame = make_frame(self.gateway, self.staffing)
        others = [one(self.gateway, frame) for one in AREAS if one is not area]
        areas = [*others, area_of(self.staffing)]
        return make_console(frame, areas, lambda failure: self.failures.append(failure.error))

    def account(self, name: str, role: Role, language: str = "en") -> str:
        """A new account with its one-time password, which is returned."""
        new = NewAccount(name, name.title(), role, language)
        return self.staffing.accounts.add(new, MACHINE).password

    def officer(self, name: str) -> Path:
        """A live officer of that id; their key file, encrypted with PASSPHRASE. The third and later
        ones are only proposed."""
        path = self.home / f"{name}.pem"
        key = generate(Algorithm.ED25519)
        files.write_private(path, key, PASSPHRASE.encode(), ROUNDS)
        signer = files.load_signer(path, PASSPHRASE.encode())
        officers = Officers(self.gateway.store, self.gateway.approvals, self.clock)
        officers.enrol(name, name.title(), signer)
        return path

    def token(self, name: str, stage: Stage = Stage.OPEN) -> str:
        """A session of the account, as a sign-in would begin one."""
        with self.gateway.store.write() as uow:
            record = uow.staff.find(name)
            assert record is not None
            ticket = self.staffing.sessions.begin(uow, record, stage, Origin("127.0.0.1", "uji"))
            uow.commit("sign-in.password")
        return ticket.token

    def person(self, app: Flask, name: str, role: Role, key: bool = False, **more: str) -> Person:
        """Somebody new who is signed in; with `key` an officer of the same id whose key is kept
        beside the account."""
        self.account(name, role, **more)
        if key:
            pem = self.officer(name).read_bytes()
            self.staffing.keys.put(name, pem, PASSPHRASE.encode(), MACHINE)
        return Person(app.test_client(), self).signed_in(self.token(name))


@dataclass
class Person:
    """A browser."""

    client: FlaskClient
    house: StaffHouse

    def signed_in(self, token: str) -> Person:
        self.client.set_cookie(COOKIE, token, secure=True)
        return self

    @property
    def token(self) -> str:
        cookie = self.client.get_cookie(COOKIE)
        return cookie.value if cookie is not None else ""

    @property
    def csrf(self) -> str:
        """What the forms of this session carry."""
        session = self.house.staffing.sessions.session(self.token)
        if session is not None:
            return session.csrf
        page = self.client.get("/sign-in", base_url=BASE).text
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        assert found is not None
        return found[1]

    def get(self, path: str, expect: int = 200) -> str:
        return text(self.raw(path, expect))

    def raw(self, path: str, expect: int = 200) -> TestResponse:
        answer = self.client.get(path, base_url=BASE)
        assert answer.status_code == expect, (answer.status_code, text(answer)[:800])
        return answer

    def post(self, path: str, expect: int = 303, **form: Any) -> TestResponse:
        """Send a form with its token; `csrf=...` sends another."""
        data = {"csrf": self.csrf} | form
        answer = self.client.post(path, data=data, base_url=BASE)
        assert answer.status_code == expect, (answer.status_code, text(answer)[:800])
        return answer


def text(answer: TestResponse) -> str:
    """What a page says, without its markup."""
    plain = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return " ".join(unescape(plain).split())


def step(clock: MovingClock) -> None:
    """To the next one-time code."""
    clock.move(30 * SECOND)
