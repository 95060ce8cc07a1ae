"""Insider attacks of threats.md 1.7: what each store is trusted for (I2), one record a line
whatever is logged (I3), no ledger no change (I4). I1: test_rewrite.py, test_consistency.py."""

from __future__ import annotations

import dataclasses
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from gateway import jobs
from gateway.domain.delivery import State
from gateway.domain.ledger import Tag
from gateway.domain.times import DAY, HOUR
from gateway.main.logs import INFO, make_log
from gateway.main.worker import told
from gateway.services.dispatch import Tried
from gateway.web.listener import Happened
from partner.cli.running import line
from tests.fsck.tampering import change, flipped, value
from tests.fsck.town import by_hand, check
from tests.services.back.world import World, entry, numbers

ROOT = Path(__file__).parents[2]
A, DELIVERY = "opr-uji-a", "1.opr-uji-a.1"
HOSTILE = 'x\r\n\x1b[2J\x9b\x00\u2028{"event": "forged", "level": "info"}\n'


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.partner(A)
    made.ott()
    yield made
    made.close()


def send(world: World) -> None:
    """Seal and hand over what waits, and no more."""
    for partner in world.peers:
        world.sealing.seal_partner(partner)
    world.round_of_sends()


# --- I2: an edited store stops or shows, and never lies ---------------------------------------


def test_a_lease_and_an_attempt_that_are_edited_cost_a_second_copy_of_the_same_bytes(
    world: World,
) -> None:
    world.release([entry(n) for n in numbers(2)], [A])
    world.peers[A].answers = False
    world.round()
    with by_hand(world.folder / "palang.sqlite") as db:
        change(db, "UPDATE deliveries SET state = 'QUEUED', lease_until = 0, fence = 0, due_at = 0")
        change(db, "DELETE FROM attempts")
    world.peers[A].answers = True
    world.round(2)
    peer = world.peers[A]
    assert len(peer.arrivals) == 2
    assert len({one.digest for one in peer.arrivals}) == 1
    assert len(peer.opened) == 1
    assert world.state(DELIVERY) is State.ACKNOWLEDGED


def test_a_sealed_parcel_that_is_edited_is_not_sent(world: World) -> None:
    world.release([entry(n) for n in numbers(2)], [A])
    world.sealing.seal_partner(A)
    with by_hand(world.folder / "palang.sqlite") as db:
        parcel = value(db, "SELECT parcel FROM sealings")
        change(db, "UPDATE sealings SET parcel = ?", flipped(parcel))
    world.round(2)
    assert world.peers[A].arrivals == []
    tried = world.happened(Tried)
    assert [one.alert for one in tried if DELIVERY in one.error] == [True]
    assert world.state(DELIVERY) is State.QUEUED


def test_a_received_statement_that_is_edited_counts_for_nothing(world: World) -> None:
    world.release([entry(n) for n in numbers(2)], [A])
    send(world)
    world.collect.collect(A)
    with by_hand(world.folder / "palang.sqlite") as db:
        for key, body in db.execute("SELECT id, body FROM inbound").fetchall():
            change(
                db, "UPDATE inbound SET body = ? WHERE id = ?", flipped(body, len(body) // 2), key
            )
    world.peers[A].outbox.clear()
    world.round()
    assert world.state(DELIVERY) is State.SENT
    assert world.events(Tag.RECEIPT_RECORD) == []


def test_a_receipt_that_is_written_in_shows_as_one_that_nobody_signed(world: World) -> None:
    world.peers[A].answers = False
    world.release([entry(n) for n in numbers(2)], [A])
    world.round()
    with by_hand(world.folder / "palang.sqlite") as db:
        change(
            db,
            "INSERT INTO receipts (statement, delivery, result, reason, kid, said_at, received_at,"
            " counted, late) VALUES (?, ?, 'positive', '', 'kid', 1, 1, 1, 0)",
            "sha256:" + "0" * 64,
            DELIVERY,
        )
        change(db, "UPDATE deliveries SET state = 'ACKNOWLEDGED', acknowledged_at = 1")
    codes = {f.code for f in check(world.folder / "palang.sqlite").findings}
    assert codes >= {"statement-missing", "row-unlogged", "state-differs"}


def test_security_md_names_a_test_for_each_store(world: World) -> None:
    text = (ROOT / "SECURITY.md").read_text()
    section = text.partition("## Which stores are trusted")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    named = [re.findall(r"`(tests/[\w/.]+)`", row) for row in rows]
    assert len(rows) >= 11
    for row, paths in zip(rows, named, strict=True):
        untrusted = row.split("|")[2].strip() == "nothing"
        assert paths or not untrusted, row
        assert all((ROOT / path).exists() for path in paths), row


# --- I3: one record a line --------------------------------------------------------------------


def _filled(kind: type) -> Any:
    """A happening whose every text is hostile."""
    hints = get_type_hints(kind)
    values = {f.name: _hostile(hints[f.name]) for f in dataclasses.fields(kind)}
    made: Any = object.__new__(kind)
    for name, given in values.items():
        object.__setattr__(made, name, given)
    return made


def _hostile(hint: Any) -> Any:
    if hint is int or int in get_args(hint):
        return 7
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _filled(hint)
    if hint is bool:
        return True
    return HOSTILE


@pytest.mark.parametrize("kind", [*get_args(jobs.Happening), Happened], ids=lambda k: k.__name__)
def test_whatever_a_happening_holds_is_one_json_record(kind: type) -> None:
    made, stream = _filled(kind), StringIO()
    if kind is Happened:
        level, event, facts = INFO, made.event, dataclasses.asdict(made)
        facts.pop("event")
    else:
        level, event, facts = told(made)
    with redirect_stderr(stream):
        make_log().log(level, event, **facts)
    (record,) = stream.getvalue().splitlines()
    found = json.loads(record)
    assert not set(map(chr, range(32))) & set(record)
    assert "\x9b" not in record
    assert found["event"] == event
    assert all(found[name] == value for name, value in facts.items())
    assert found["level"] != "forged"


def test_a_line_of_the_kit_stays_one_line() -> None:
    """Also in the form for people: a name in inbox/ is a stranger's text."""
    shown = line("2026-11-24T07:00:00Z", "left", {"word": HOSTILE})
    assert len(shown.splitlines()) == 1
    assert "\x1b" not in shown
    assert r"\x1b[2J" in shown


# --- I4: no ledger, no change -----------------------------------------------------------------


def _dump(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for signs of life, and heads: they change nothing."""
    with closing(sqlite3.connect(world.folder / "palang.sqlite")) as db:
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = [
            name
            for (name,) in names
            if not name.startswith(("heartbeats", "checkpoints", "sqlite_"))
        ]
        return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in tables}


def _refuse(world: World, table: str) -> None:
    with closing(sqlite3.connect(world.folder / "palang.sqlite")) as db:
        db.execute(
            f"CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        db.commit()


def _allow(world: World) -> None:
    with closing(sqlite3.connect(world.folder / "palang.sqlite")) as db:
        db.execute("DROP TRIGGER full")
        db.commit()


def _released(world: World) -> None:
    """Something waits to be sealed."""
    world.release([entry(n) for n in numbers(3)])


def _sealed(world: World) -> None:
    """Something waits to be sent."""
    _released(world)
    for partner in world.peers:
        world.sealing.seal_partner(partner)


def _sent(world: World) -> None:
    """Receipts and confirmations wait in the partners' outboxes."""
    _released(world)
    send(world)


def _kept(world: World) -> None:
    """Receipts wait to be judged."""
    _sent(world)
    for partner in world.peers:
        world.collect.collect(partner)


def _overdue(world: World) -> None:
    """No receipt came in time."""
    for peer in world.peers.values():
        peer.answers = False
    _sent(world)
    world.pass_time(3 * DAY)


def _stale(world: World) -> None:
    """Heads are due anew."""
    world.round(2)
    world.pass_time(7 * HOUR)


@pytest.mark.parametrize("table", ["ledger_leaves", "ledger_nodes"])
@pytest.mark.parametrize("before", [_released, _sealed, _sent, _kept, _overdue, _stale])
def test_where_the_ledger_cant_be_written_a_whole_round_changes_nothing_and_sends_nothing(
    world: World, before: Any, table: str
) -> None:
    before(world)
    world.checkpoints.covering(1)
    arrived = {peer.id: (len(peer.arrivals), len(peer.told)) for peer in world.peers.values()}
    waiting = {peer.id: dict(peer.outbox) for peer in world.peers.values()}
    _refuse(world, table)
    rows = _dump(world)
    world.round()
    assert _dump(world) == rows
    assert {p.id: (len(p.arrivals), len(p.told)) for p in world.peers.values()} == arrived
    assert {p.id: p.outbox for p in world.peers.values()} == waiting
    troubles = [one for one in world.happened(jobs.Trouble) if one.alert]
    assert any("ledger" in one.text for one in troubles)
    _allow(world)
    world.pass_time(HOUR)
    world.round(2)
    assert _dump(world) != rows
