"""Confirmations that contradict, leave out or claim too much: R6 to R8 of threats.md 1.4."""

from __future__ import annotations

import dataclasses
from itertools import permutations
from pathlib import Path

import pytest

from gateway.domain.delivery import State
from gateway.domain.ledger import Tag
from gateway.domain.records import InboundState
from gateway.domain.times import HOUR
from gateway.services.receiving import Judged
from tests.services.back.peer import Opened, Peer
from tests.services.back.test_receiving import ONE, blocked, judged, sent
from tests.services.back.world import World, entry

# --- R6 contradictory ---------------------------------------------------------------------------


def _contradiction(peer: Peer, opened: Opened) -> list[bytes]:
    """BLOCKED, FAILED, BLOCKED about the same entry, in three revisions."""
    codes = (("diblokir_total", "total"), ("gagal", ""), ("diblokir_total", "sms"))
    return [
        peer.sign(peer.confirm(opened, [(1, code, scope)], revision))
        for revision, (code, scope) in enumerate(codes, 1)
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_revisions_in_any_order_give_the_same_end(tmp_path: Path, order: tuple[int, ...]) -> None:
    world = World(tmp_path)
    peer, opened = sent(world)
    said = _contradiction(peer, opened)
    judged(world, peer, *(said[i] for i in order))
    with world.store.read() as uow:
        (outcome,) = uow.inbox.outcomes(ONE)
        assert len(uow.inbox.confirmations(ONE)) == 3
    assert (outcome.disposition, outcome.scope, outcome.revision) == ("diblokir_total", "sms", 3)
    world.close()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_one_revision_with_two_contents_counts_for_neither(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    world = World(tmp_path)
    peer, opened = sent(world)
    said = [
        peer.sign(peer.confirm(opened, [(1, "diblokir_total", "total")], 1)),
        peer.sign(peer.confirm(opened, [(1, "bukan_pelanggan", "")], 2)),
        peer.sign(peer.confirm(opened, [(1, "gagal", "")], 2)),
    ]
    notes = [note for _state, note in judged(world, peer, *(said[i] for i in order))]
    assert notes.count("conflict") == 1
    with world.store.read() as uow:
        (outcome,) = uow.inbox.outcomes(ONE)
        conflicts = [c.conflict for c in uow.inbox.confirmations(ONE)]
    assert (outcome.disposition, outcome.revision) == ("diblokir_total", 1)
    assert conflicts == [False, True, True]
    assert world.happened(Judged)[-1].alert == (notes[-1] == "conflict")
    world.close()


def test_the_same_revision_said_again_in_other_bytes_is_no_conflict(world: World) -> None:
    peer, opened = sent(world)
    first = peer.confirm(opened, [(1, "diblokir_total", "total"), (2, "gagal", "")])
    again = dataclasses.replace(first, at=first.at + HOUR, rows=first.rows[::-1])
    assert judged(world, peer, peer.sign(first), peer.sign(again)) == [
        ("ACCEPTED", ""),
        ("ACCEPTED", "same-content"),
    ]
    with world.store.read() as uow:
        assert len(uow.inbox.confirmations(ONE)) == 1


# --- R7 partial ---------------------------------------------------------------------------------


def test_a_batch_with_one_entry_unanswered_is_not_complete_and_names_it(world: World) -> None:
    peer, opened = sent(world, count=200)
    rows = [row for row in blocked(opened) if row[0] != 77]
    judged(world, peer, peer.sign(peer.ack(opened.about)), peer.sign(peer.confirm(opened, rows)))
    progress = world.progress.delivery(ONE)
    assert (progress.done, progress.outstanding) == (199, 1)
    assert world.progress.unanswered(ONE) == [77]


# --- R8 over-claim ------------------------------------------------------------------------------


@pytest.mark.parametrize("outside", [0, 4, 999_999])
def test_one_entry_outside_the_slice_spoils_the_whole_statement(world: World, outside: int) -> None:
    peer, opened = sent(world)
    rows = [*blocked(opened), (outside, "diblokir_total", "total")]
    assert judged(world, peer, peer.sign(peer.confirm(opened, rows))) == [
        ("REFUSED", "entry-outside")
    ]
    assert world.happened(Judged)[-1].alert
    with world.store.read() as uow:
        assert uow.inbox.outcomes(ONE) == []
        (kept,) = uow.inbox.listing("opr-uji-a", ("REFUSED",))
    assert kept.state is InboundState.REFUSED
    assert world.events(Tag.STATEMENT_REFUSE)[-1]["reason"] == "entry-outside"


def test_an_opening_can_not_answer_a_block(world: World) -> None:
    peer, opened = sent(world)
    rows = [(1, "diblokir_total", "total"), (2, "dibuka", "")]
    assert judged(world, peer, peer.sign(peer.confirm(opened, rows))) == [
        ("REFUSED", "wrong-action")
    ]


def test_a_listing_only_is_never_counted_as_a_block(world: World) -> None:
    peer, opened = sent(world)
    rows = [(e.entry, "diblokir_total", "list-only") for e in opened.entries]
    judged(world, peer, peer.sign(peer.confirm(opened, rows)))
    progress = world.progress.delivery(ONE)
    assert (progress.done, progress.outstanding) == (0, 3)
    assert progress.confirmed == (("diblokir_total", 3),)


@pytest.mark.parametrize(("answers", "counts"), [("none", 0), ("aggregate", 0), ("per-entry", 1)])
def test_a_word_per_entry_counts_only_under_a_consent_that_agrees_to_it(
    tmp_path: Path, answers: str, counts: int
) -> None:
    world = World(tmp_path)
    peer = world.ott(answers=answers)
    world.release([entry(628701111000, route="ott-uji")])
    world.round(3)
    with world.store.read() as uow:
        (delivery,) = world.deliveries()
        assert delivery.state is State.ACKNOWLEDGED
        assert len(uow.inbox.confirmations(delivery.id)) == counts
        refused = uow.inbox.listing(peer.id, (InboundState.REFUSED,))
    assert [one.reason for one in refused] == ["not-agreed"] * (1 - counts)
    facts = [event["reason"] for event in world.events(Tag.STATEMENT_REFUSE)]
    assert facts == ["not-agreed"] * (1 - counts)
    world.close()
