"""A kit's state of an older version is brought up by the kit that reads it; a newer is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.domain import entries, failpoints
from gateway.domain.errors import InputError
from gateway.domain.times import DAY
from partner import parcels, schema
from partner.kit import Kit, load_kit
from partner.loop import Rounds
from partner.receive import receive
from partner.state import State
from partner.status import status
from tests.partner.factory import FakeClock, Gateway, block, make_kit


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


@pytest.fixture
def first(tmp_path: Path, gateway: Gateway) -> Kit:
    """A kit whose state has the form of the first version, with a parcel and a sent statement."""
    kit = make_kit(tmp_path / "kit", gateway, clock=FakeClock(gateway.at))
    path = kit.home / "state.sqlite"
    with closing(sqlite3.connect(path)) as db:
        for statement in schema.STEPS[0].split(";\n"):
            db.execute(statement)
        db.execute("INSERT INTO outgoing VALUES ('sha256:0', 'ack', '1.opr-uji-a.1', x'', 1, 1)")
        db.execute("PRAGMA user_version = 1")
        db.commit()
    return kit


def test_what_was_there_stays_and_old_statements_are_not_said_again(
    gateway: Gateway, first: Kit
) -> None:
    receive(first, gateway.parcel(first, block(1)).data)
    assert version_of(first.home / "state.sqlite") == schema.VERSION
    clock = first.clock
    assert isinstance(clock, FakeClock)
    clock.at += 9 * DAY
    Rounds(first, lambda _event, _facts: None).once()
    with first.state.read() as tx:
        assert tx.one("SELECT published, times FROM outgoing WHERE statement = 'sha256:0'") == (
            1,
            0,
        )
    assert "sha256:0" not in {one.statement for one in status(first).awaiting}


def test_a_parcel_that_was_stored_in_the_first_form_keeps_its_content(
    gateway: Gateway, first: Kit
) -> None:
    made = gateway.parcel(first, block(1, 2))
    stored = ("sha256:1", 1, 1, "", "1.opr-uji-a.1", 1, "", 2, 1, "", 0, b"", "", made.body)
    with closing(sqlite3.connect(first.home / "state.sqlite")) as db:
        marks = ", ".join("?" * 17)
        values = (*stored, b"signature", made.csv, b"salt")
        db.execute(f"INSERT INTO parcels VALUES ({marks}, 3)", values)
        db.commit()
    with first.state.read() as tx:
        assert list(parcels.entries(tx, "sha256:1")) == entries.read(made.csv)
        kept = tx.one("SELECT body, signature, slice, salt, revision FROM parcels")
    assert kept == (made.body, b"signature", made.csv, b"salt", 3)


def test_a_crash_in_the_middle_leaves_the_old_form_and_the_next_call_ends_it(
    gateway: Gateway, first: Kit
) -> None:
    class Killed(BaseException):
        pass

    def end(point: str) -> None:
        if point == "before:kit.schema":
            failpoints.arm(None)
            raise Killed

    failpoints.arm(end)
    with pytest.raises(Killed), first.state.read():
        pass
    assert version_of(first.home / "state.sqlite") == 1
    receive(first, gateway.parcel(first, block(1)).data)
    assert version_of(first.home / "state.sqlite") == schema.VERSION


def test_a_newer_state_is_refused_untouched(kit: Kit) -> None:
    with kit.state.read():
        pass
    path = kit.home / "state.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    again = load_kit(kit.home, kit.clock, {})
    with pytest.raises(InputError, match="this kit knows"), again.state.read():
        pass
    assert version_of(path) == schema.VERSION + 1


def test_open_connections_are_kept_while_it_serves_and_closed_after(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    with state.kept_open():
        for _ in range(3):
            with state.write() as tx:
                tx.set_flag("a", 1)
                tx.commit("kit.test")
        assert (tmp_path / "state.sqlite-wal").exists()
    assert not (tmp_path / "state.sqlite-wal").exists()
