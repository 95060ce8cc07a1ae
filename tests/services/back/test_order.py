"""Receipts and confirmations in any order, replayed at will, give the same end (R6, fault F13)."""

from __future__ import annotations

import dataclasses
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.delivery import State
from gateway.domain.statements import Reason
from gateway.domain.times import HOUR
from gateway.ports import Inbound
from gateway.store.store import open_store
from tests.services.back.parts import new_signer
from tests.services.back.peer import Opened, Peer
from tests.services.back.test_receiving import ONE, sent
from tests.services.back.world import World

CODES = [
    ("diblokir_total", "total"),
    ("gagal", ""),
    ("bukan_pelanggan", ""),
    ("diblokir_total", "list-only"),
]

Says = tuple[str, int, int, int]
"""kind, revision, entry (0 and 4 lie outside), which disposition."""

says = st.tuples(
    st.sampled_from(["ack", "nack", "confirm", "confirm", "confirm", "forged"]),
    st.integers(1, 3),
    st.integers(0, 4),
    st.integers(0, len(CODES) - 1),
)


def _bytes(peer: Peer, opened: Opened, said: Says) -> bytes:
    kind, revision, entry, code = said
    if kind == "ack":
        return peer.sign(peer.ack(opened.about))
    if kind == "nack":
        return peer.sign(peer.nack(opened.about, list(Reason)[revision]))
    signer = new_signer() if kind == "forged" else None
    disposition, scope = CODES[code]
    return peer.sign(peer.confirm(opened, [(entry, disposition, scope)], revision), signer)


def _end(bodies: Sequence[bytes], world: World) -> dict[str, Any]:
    """What is left when these bytes came in this order."""
    keep = world.collect._keeper("opr-uji-a")
    for body in bodies:
        keep(Inbound("statement", body, "x"))
    while pending := world.judge.pending():
        for record in pending:
            world.judge.judge(record)
    with world.store.read() as uow:
        confirmed = {(c.statement, c.conflict) for c in uow.inbox.confirmations(ONE)}
        rows = [tuple(o) for o in uow.inbox.outcomes(ONE)]
        kept = {r.statement for r in uow.inbox.receipts(ONE)}
    return {"state": world.state(ONE), "rows": rows, "confirmed": confirmed, "receipts": kept}


def _both(said: list[Says], first: list[int], second: list[int]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            peer, opened = sent(world)
            bodies = [_bytes(peer, opened, one) for one in said]
            ends = []
            for number, order in enumerate((first, second)):
                other = _again(world, Path(folder) / f"other{number}.sqlite")
                ends.append(_end([bodies[i] for i in order], other))
                other.store.close()
            return ends
        finally:
            world.close()


def _again(world: World, file: Path) -> World:
    """The same gateway at the same moment, in a database of its own."""
    with closing(sqlite3.connect(world.folder / "palang.sqlite")) as connection, connection:
        connection.execute("VACUUM INTO ?", (str(file),))
    connection.close()
    other = object.__new__(World)
    other.__dict__.update(world.__dict__)
    store = open_store(f"sqlite:///{file}", world.clock)
    other.store = store
    other.collect = dataclasses.replace(world.collect, store=store)
    other.judge = dataclasses.replace(world.judge, store=store)
    return other


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[Says], list[int], list[int]]:
    """Statements, and two orders in which they come, each with replays."""
    said = draw(st.lists(says, min_size=1, max_size=6))
    every = list(range(len(said)))
    replays = st.lists(st.sampled_from(every), max_size=3)

    def order() -> list[int]:
        mixed: list[int] = draw(st.permutations(every))
        return mixed + draw(replays)

    return said, order(), order()


def check(case: tuple[list[Says], list[int], list[int]]) -> None:
    """Both orders end the same, and right."""
    said, first, second = case
    one, two = _both(said, first, second)
    assert one == two
    kinds = {kind for kind, *_rest in said}
    expected = State.SENT
    if "nack" in kinds:
        expected = State.REJECTED
    if "ack" in kinds:
        expected = State.ACKNOWLEDGED
    assert one["state"] is expected
    assert all(1 <= row[0] <= 3 for row in one["rows"])


BLOCKED, FAILED = ("diblokir_total", "total"), ("gagal", "")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_blocked_then_failed_then_blocked_ends_alike_in_all_six_orders(
    world: World, order: tuple[int, int, int]
) -> None:
    """R6: revision 1 says blocked, 2 failed, 3 blocked; the highest rules, all are kept."""
    peer, opened = sent(world)
    said = [
        peer.sign(peer.confirm(opened, [(1, *code)], revision))
        for revision, code in enumerate((BLOCKED, FAILED, BLOCKED), 1)
    ]
    left = _end([said[i] for i in order], world)
    assert [row[:3] for row in left["rows"]] == [(1, *BLOCKED)]
    assert {conflict for _statement, conflict in left["confirmed"]} == {False}
    assert len(left["confirmed"]) == 3
    assert world.progress.delivery(ONE).done == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_two_words_of_one_revision_are_a_conflict_in_all_six_orders(
    world: World, order: tuple[int, int, int]
) -> None:
    """R6: two different revisions 2 take each other out; revision 1 rules, a person is told."""
    peer, opened = sent(world)
    said = [
        peer.sign(peer.confirm(opened, [(1, *code)], revision))
        for revision, code in ((1, FAILED), (2, BLOCKED), (2, FAILED))
    ]
    left = _end([said[i] for i in order], world)
    assert [row[:3] for row in left["rows"]] == [(1, *FAILED)]
    assert sorted(conflict for _statement, conflict in left["confirmed"]) == [False, True, True]


def test_a_confirmation_in_time_stays_in_time_and_the_breach_of_the_rest_stays(
    world: World,
) -> None:
    """R5 and R7: two of three at the deadline; what comes later rewrites nothing."""
    peer, opened = sent(world)
    _end([peer.sign(peer.ack(opened.about))], world)
    _end([peer.sign(peer.confirm(opened, [(1, *BLOCKED), (2, *BLOCKED)]))], world)
    assert world.progress.unanswered(ONE) == [3]
    world.pass_time(25 * HOUR)
    assert world.progress.delivery(ONE).missed == 1
    late = [(3, *BLOCKED), (1, *BLOCKED)]
    _end([peer.sign(dataclasses.replace(peer.confirm(opened, late, 2), at=0))], world)
    after = world.progress.delivery(ONE)
    assert (after.outstanding, after.overdue, after.missed) == (0, False, 1)


@settings(max_examples=12)
@given(orders())
def test_any_order_gives_the_same_end(case: tuple[list[Says], list[int], list[int]]) -> None:
    check(case)


@pytest.mark.long
@settings(max_examples=150)
@given(orders())
def test_any_order_gives_the_same_end_many_times(
    case: tuple[list[Says], list[int], list[int]],
) -> None:
    check(case)
