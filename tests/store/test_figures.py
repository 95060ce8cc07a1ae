"""Heartbeats and the figures that monitoring draws, on both databases."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.delivery import State
from gateway.domain.health import Heartbeat
from gateway.domain.ledger import Tag
from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import HOUR
from gateway.store.figures import SqlFigures
from gateway.store.heartbeats import SqlHeartbeats
from gateway.store.store import SqlStore
from tests.store import samples
from tests.store.samples import T0, event


def beat(worker: str = "a#1", at: int = T0) -> Heartbeat:
    return Heartbeat(worker, "a", 7, "0.1.0", at)


def test_a_worker_keeps_one_row(store: SqlStore) -> None:
    beats = SqlHeartbeats(store)
    for at in (T0, T0 + HOUR):
        beats.keep(beat(at=at))
    beats.keep(beat("b#1"))
    assert beats.all() == (beat(at=T0 + HOUR), beat("b#1"))


def test_an_empty_gateway_has_figures(store: SqlStore) -> None:
    found = SqlFigures(store).read()
    assert (found.partners, found.ledger, found.checkpoint_at, found.beats) == ((), 0, None, ())
    assert found.pending_since is None


def test_figures_count_by_partner_state_and_outcome(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(samples.gateway(), event(Tag.GATEWAY_INIT))
        samples.seed(uow, (7, 8, 9))
        sent = replace(samples.delivery(8), state=State.SENT, handed_over_at=T0)
        uow.save(sent, event(Tag.DELIVERY_OUTCOME))
        outcomes = ("sent", "not_sent", "unknown")
        for number, outcome in enumerate(outcomes, start=1):
            began = replace(samples.attempt(number=number), began_at=T0 + number)
            uow.save(began, event(Tag.DELIVERY_ATTEMPT))
            ended = replace(began, outcome=outcome, ended_at=T0 + number)
            uow.save(ended, event(Tag.DELIVERY_OUTCOME))
        uow.save(samples.attempt("9.opr-uji-a.1"), event(Tag.DELIVERY_ATTEMPT))
        uow.inbox.keep(samples.inbound(), event(Tag.INBOUND_KEEP))
        uow.log.put_checkpoint(SignedCheckpoint(3, "note", T0 + 5))
        uow.commit("batch.release")
    SqlHeartbeats(store).keep(beat())
    found = SqlFigures(store).read()
    operator = next(p for p in found.partners if p.partner == samples.OPERATOR)
    assert operator.states == (("QUEUED", 2), ("SENT", 1))
    assert set(operator.attempts) == {
        ("in_flight", 1),
        ("not_sent", 1),
        ("sent", 1),
        ("unknown", 1),
    }
    assert operator.unsent_since == T0
    assert (operator.failing, operator.error_since) == (2, T0 + 2)
    assert (found.checkpoint, found.checkpoint_at) == (3, T0 + 5)
    assert found.newest == T0 + 5
    assert found.inbound == (("PENDING", 1),)
    assert found.pending_since == T0
    assert found.batches == (("RELEASED", 3),)
    assert found.beats == (beat(),)
