"""The console over a gateway of its own, and accounts that are signed in to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from gateway.domain.accounts import Account, Role, Session
from gateway.domain.errors import NotPermitted
from gateway.domain.times import Micros
from gateway.reading.files import FileReader
from gateway.services.approvals import Approvals, Signatory
from gateway.services.hold_acts import HoldActs
from gateway.services.hold_context import HoldContext
from gateway.services.hold_pages import HoldPages
from gateway.services.holds import HoldQueue
from gateway.services.intake_preview import Previews
from gateway.services.intake_rows import IntakeRows
from gateway.services.list_wants import AskedLists
from gateway.services.source_inbox import SourceInbox
from gateway.services.source_lists import ListReader
from gateway.store.views.intake import SqlIntakePages
from gateway.web.console.app import make_console
from gateway.web.console.frame import Frame
from gateway.web.console.gate import COOKIE
from gateway.web.console.holds.area import holds_area
from gateway.web.console.intake.area import intake_area
from gateway.web.console.intake.parts import Codes, IntakeParts
from keys.jws import JoseSignatures
from tests.services.front.world import World
from tests.web.console.standins import with_stand_ins

PASSPHRASE = "frasa sandi uji"
CSRF = "token-uji"


@dataclass
class Office:
    """`keys` are the officers' keys by id; `looks` is what the access log was told."""

    world: World
    keys: dict[str, Signatory]
    looks: list[tuple[str, str, str]] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)

    def parts(self) -> IntakeParts:
        world = self.world
        pages, approvals = SqlIntakePages(world.store), Approvals(JoseSignatures())
        return IntakeParts(
            world.clock,
            world.intakes,
            Previews(world.store, FileReader(), world.intakes),
            pages,
            IntakeRows(world.store),
            HoldQueue(world.store, approvals, world.clock),
            HoldPages(world.store, approvals, world.clock, pages),
            HoldContext(world.store),
            HoldActs(world.store, approvals, world.clock),
            SourceInbox(world.store, world.intakes, ListReader(JoseSignatures(), _no_seal_key)),
            AskedLists(world.store, world.clock),
            lambda: Codes(pages.sources(), ("penipuan", "judi_online"), ("whatsapp", "sms")),
            self.folder,
        )

    @property
    def folder(self) -> Path:
        return self.world.folder / "state" / "console"

    def frame(self) -> Frame:
        def looked(what: str, subject: str, reason: str = "") -> None:
            self.looks.append((str(what), subject, reason))

        return Frame("palang-uji", self.world.clock, self, self._unlock, looked, test=True)

    def session(self, token: str) -> Session | None:
        """As frame.Sessions."""
        return self.sessions.get(token)

    def _unlock(self, account: Account, passphrase: str) -> Signatory:
        if passphrase != PASSPHRASE or account.officer not in self.keys:
            raise NotPermitted("the passphrase does not open the key", hint="type it again")
        return self.keys[account.officer]

    def app(self) -> Flask:
        parts, frame = self.parts(), self.frame()
        areas = with_stand_ins([intake_area(parts, frame), holds_area(parts, frame)])
        app = make_console(frame, areas, lambda failure: self.failures.append(failure.error))
        app.jinja_env.bytecode_cache = _COMPILED
        return app

    def signed_in(self, app: Flask, who: str, role: Role, language: str = "en") -> Person:
        officer = who if who in self.keys else ""
        account = Account(who, f"Petugas {who}", role, officer, language, disabled=False, totp=True)
        self.sessions[f"s-{who}"] = Session(account, CSRF, 0, 2**62)
        client = app.test_client()
        client.set_cookie(COOKIE, f"s-{who}", secure=True)
        return Person(client)


@dataclass
class Person:
    """A browser of somebody who is signed in."""

    client: FlaskClient

    def get(self, address: str, expect: int = 200) -> str:
        answer = self.client.get(address, base_url="https://localhost")
        assert answer.status_code == expect, (answer.status_code, text(answer.text)[:900])
        return text(answer.text)

    def raw(self, address: str, expect: int = 200) -> TestResponse:
        answer = self.client.get(address, base_url="https://localhost")
        assert answer.status_code == expect, answer.status_code
        return answer

    def post(self, address: str, expect: int = 303, **form: Any) -> str:
        """Where it leads, or the page where it leads nowhere."""
        data = {"csrf": CSRF} | form
        answer = self.client.post(address, data=data, base_url="https://localhost")
        assert answer.status_code == expect, (answer.status_code, text(answer.text)[:900])
        return answer.location if expect == 303 else text(answer.text)


def text(page: str) -> str:
    """What a page says, without its marks."""
    body = page.partition('<main id="main"')[2].partition("<footer")[0] or page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


class _Compiled(BytecodeCache):
    """Templates compiled once for all applications of a test run."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """As jinja2 asks."""
        if known := self._known.get(_key(bucket)):
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """As jinja2 asks."""
        self._known[_key(bucket)] = bucket.bytecode_to_string()


def _key(bucket: Bucket) -> str:
    """A template has other words in it in each language."""
    return f"{getattr(bucket.environment, 'spoken', '')}:{bucket.key}"


_COMPILED = _Compiled()


def officer_keys(world: World) -> dict[str, Signatory]:
    """Two live officers, by id."""
    return {one.officer: one for one in world.two_officers()}


def _no_seal_key(_data: bytes, _partner: str, _at: Micros) -> bytes:
    raise NotPermitted("the console holds no seal key")
