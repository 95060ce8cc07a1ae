"""Signed lists of sources: an officer wants one, the worker takes it, the page tells both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.accounts import Role
from gateway.domain.errors import InputError
from gateway.domain.times import HOUR
from tests.intake.source_desk import SOURCE, Desk, Source, desk_in, hand, source_in
from tests.web.console.intake.office import Office, Person

TWO = "nomor hp;no telepon\n0870-1111-2201;0871-1111-2202\n"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as made:
        yield made


@pytest.fixture
def source(town: Desk, tmp_path: Path) -> Source:
    return source_in(town, tmp_path / "kit")


@pytest.fixture
def rina(town: Desk) -> Person:
    office = console_of(town)
    return office.signed_in(office.app(), "rina", Role.PREPARER)


def console_of(desk: Desk) -> Office:
    """The console over a gateway that has a source; it has all that a World is asked for."""
    world: Any = desk.town
    return Office(world, {})


def worked(town: Desk) -> None:
    """One round of the worker."""
    taking = town.auto(on=False)
    for due in taking.due():
        taking.take(due)


def test_a_wanted_list_is_taken_by_the_worker_under_its_signature(
    town: Desk, source: Source, rina: Person
) -> None:
    town.judge(hand(source).sealed())
    assert f"{SOURCE} · list 1" in rina.get("/intake/inbox")
    assert rina.post("/intake/inbox/1").startswith("/intake/inbox")
    page = rina.get("/intake/inbox")
    assert "The worker takes it" in page and "Wanted by rina" in page
    assert not town.town.intakes.all()
    worked(town)
    assert "No list waits" in rina.get("/intake/inbox")
    assert "To intake 1" in rina.get("/intake/inbox?all=1")
    page = rina.get("/intake/1")
    assert "Signed list of the source" in page and "Taken in by rina" in page


def test_a_doubtful_column_is_told_and_named(town: Desk, source: Source, rina: Person) -> None:
    town.judge(hand(source, text=TWO).sealed())
    rina.post("/intake/inbox/1")
    with pytest.raises(InputError, match="could be any of"):
        worked(town)
    page = rina.get("/intake/inbox")
    assert "could not be taken" in page and "it could be any of: A" in page
    rina.post("/intake/inbox/1", column="B")
    worked(town)
    assert town.town.intakes.rows(1)[0].number == 6287111112202


def test_a_list_is_wanted_once_and_taken_once(town: Desk, source: Source, rina: Person) -> None:
    town.judge(hand(source).sealed())
    rina.post("/intake/inbox/1")
    assert "wanted already" in rina.post("/intake/inbox/1", expect=409)
    worked(town)
    assert "is intake 1 already" in rina.post("/intake/inbox/1", expect=409)
    assert "there is no list 9" in rina.post("/intake/inbox/9", expect=404)


def test_a_worker_that_does_not_run_is_told(town: Desk, source: Source, rina: Person) -> None:
    town.judge(hand(source).sealed())
    rina.post("/intake/inbox/1")
    town.town.clock.at += HOUR
    assert "the worker does not seem to run" in rina.get("/intake/inbox")


def test_an_auditor_sees_the_inbox_and_wants_nothing(town: Desk, source: Source) -> None:
    town.judge(hand(source).sealed())
    office = console_of(town)
    audi = office.signed_in(office.app(), "audi", Role.AUDITOR)
    assert "Take this list" not in audi.get("/intake/inbox")
    audi.post("/intake/inbox/1", expect=403)
