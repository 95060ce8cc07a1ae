"""Evidence that takes a while: a page that waits for it, and offers it to whoever asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from gateway.domain.accounts import Role
from gateway.domain.bundle import unpack
from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict
from gateway.domain.records import SignedCheckpoint
from gateway.services.evidence import EvidenceService
from gateway.web.console import preparing
from gateway.web.console.audit.area import audit_area
from gateway.web.console.audit.parts import AuditParts
from tests.services.back.parts import entry, numbers
from tests.services.back.world import World
from tests.web.console.people import House, Person

ONE = "1.opr-uji-a.1"
NOTHING: Any = None


@dataclass
class SlowWorker:
    """Signs a head when the test lets it, or says that it can't."""

    world: World
    may: threading.Event = field(default_factory=threading.Event)
    ill: bool = False

    def covering(self, size: int) -> SignedCheckpoint:
        assert self.may.wait(30)
        if self.ill:
            raise Conflict("no checkpoint came within 20 s: the worker is not running")
        return self.world.checkpoints.covering(size)


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowWorker]:
    world = World(tmp_path)
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(2)])
    world.round(3)
    monkeypatch.setattr(preparing, "PATIENCE", 0.01)
    made = SlowWorker(world)
    yield made
    made.may.set()
    world.close()


@pytest.fixture
def house(worker: SlowWorker) -> House:
    return House(worker.world.clock, {})


@pytest.fixture
def app(worker: SlowWorker, house: House) -> Flask:
    evidence = EvidenceService(worker.world.store, worker.world.clock, worker.covering)
    parts = AuditParts(NOTHING, NOTHING, evidence, NOTHING, NOTHING)
    return house.app([lambda frame: audit_area(parts, frame)])


@pytest.fixture
def ratna(house: House, app: Flask) -> Person:
    return house.signed_in(app, "ratna", Role.AUDITOR)


def _ended(ratna: Person, page: str) -> str:
    """The page once it no longer renews itself."""
    for _ in range(600):
        if "data-refresh" not in (shown := ratna.raw(page).text):
            return shown
        time.sleep(0.02)
    raise AssertionError("the file is never ready")


def test_what_takes_long_waits_on_a_page_and_is_then_offered(
    worker: SlowWorker, house: House, ratna: Person
) -> None:
    page = ratna.post("/evidence", kind="delivery", delivery=ONE)
    assert page.startswith("/evidence/prepared/")
    waiting = ratna.raw(page).text
    assert "It is being prepared" in waiting
    assert f'data-refresh="2" data-from="{page}"' in waiting
    ratna.get(f"{page}/file", 404)
    worker.may.set()
    assert f'href="{page}/file" download' in _ended(ratna, page)
    answer = ratna.raw(f"{page}/file")
    assert unpack(answer.data)
    assert answer.headers["Palang-Digest"] == digest(answer.data)
    assert house.looks == [("export.evidence", f"delivery:{ONE}", "")], "logged once, when asked"


def test_a_file_is_nobody_elses_and_nobodys_whose_role_may_not(
    worker: SlowWorker, house: House, app: Flask, ratna: Person
) -> None:
    page = ratna.post("/evidence", kind="delivery", delivery=ONE)
    worker.may.set()
    _ended(ratna, page)
    for address in (page, f"{page}/file"):
        house.signed_in(app, "wati", Role.AUDITOR).get(address, 404)
        house.signed_in(app, "agus", Role.ADMINISTRATOR).get(address, 403)
    worker.world.pass_time(2 * 3_600_000_000)
    ratna.get(f"{page}/file", 404)


def test_what_could_not_be_made_is_told_on_the_page_that_waited(
    worker: SlowWorker, ratna: Person
) -> None:
    worker.ill = True
    page = ratna.post("/evidence", kind="delivery", delivery=ONE)
    worker.may.set()
    shown = _ended(ratna, page)
    assert "It could not be made" in shown
    assert "the worker is not running" in shown
    ratna.get(f"{page}/file", 404)
