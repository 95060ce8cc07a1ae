"""One officer stops a batch at once; what may have arrived is named (design 4)."""

import pytest

from gateway.domain.batch import BatchState
from gateway.domain.delivery import Delivery, Event, State, apply
from gateway.domain.errors import Conflict, NotPermitted, NotVerified
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import Attempt
from gateway.services.approvals import Signatory
from tests.services.front.world import PartnerSide, World, new_signer

Pair = tuple[Signatory, Signatory]
Operators = tuple[PartnerSide, ...]


@pytest.fixture
def batch(world: World, officers: Pair, operators: Operators) -> int:
    return world.released(officers)


def delivery(world: World, name: str) -> Delivery:
    with world.store.read() as uow:
        return uow.deliveries.delivery(name)


def run(world: World, name: str, *events: Event, outcome: str = "") -> None:
    """Take a delivery through these events, with one attempt on record."""
    at = world.clock.now()
    with world.store.write() as uow:
        found = uow.deliveries.delivery(name)
        for event in events:
            found = apply(found, event, at).delivery
        note = LedgerEvent(Tag.DELIVERY_ATTEMPT, at, {"delivery": name})
        uow.save(found, note)
        uow.save(Attempt(name, 1, 1, at, "", outcome, at if outcome else None), note)
        uow.commit("delivery.attempt")


def test_what_waits_is_stopped(world: World, officers: Pair, batch: int) -> None:
    done = world.stops.stop(batch, officers[0])
    assert world.batches.show(batch).state is BatchState.STOPPED
    assert done.stopped == (f"{batch}.opr-uji-a.1", f"{batch}.opr-uji-b.1")
    assert done.may_have_arrived == ()
    assert {delivery(world, name).state for name in done.stopped} == {State.STOPPED}


def test_what_is_on_its_way_or_there_is_named_and_left(
    world: World, officers: Pair, batch: int
) -> None:
    run(world, f"{batch}.opr-uji-a.1", Event.BEGIN)
    run(world, f"{batch}.opr-uji-b.1", Event.BEGIN, Event.HANDED_OVER, outcome="sent")
    done = world.stops.stop(batch, officers[0])
    assert done.stopped == ()
    assert done.may_have_arrived == (f"{batch}.opr-uji-a.1", f"{batch}.opr-uji-b.1")
    assert delivery(world, f"{batch}.opr-uji-a.1").state is State.SENDING


def test_an_attempt_with_an_unknown_outcome_is_stopped_and_named(
    world: World, officers: Pair, batch: int
) -> None:
    run(world, f"{batch}.opr-uji-a.1", Event.BEGIN, Event.UNKNOWN, outcome="unknown")
    run(world, f"{batch}.opr-uji-b.1", Event.BEGIN, Event.NOT_SENT, outcome="not_sent")
    done = world.stops.stop(batch, officers[0])
    assert done.stopped == (f"{batch}.opr-uji-a.1", f"{batch}.opr-uji-b.1")
    assert done.may_have_arrived == (f"{batch}.opr-uji-a.1",)


def test_a_dead_letter_is_stopped_too(world: World, officers: Pair, batch: int) -> None:
    run(world, f"{batch}.opr-uji-a.1", Event.BEGIN, Event.REFUSED, outcome="refused")
    done = world.stops.stop(batch, officers[0])
    assert f"{batch}.opr-uji-a.1" in done.stopped and done.may_have_arrived == ()


def test_a_prepared_or_submitted_batch_can_be_stopped(
    world: World, officers: Pair, operators: Operators
) -> None:
    batch = world.batch()
    world.releases.submit(batch, officers[0])
    world.stops.stop(batch, officers[0])
    with pytest.raises(Conflict):
        world.releases.release(batch, officers[1])


def test_a_stopped_batch_is_never_sealed(world: World, officers: Pair, batch: int) -> None:
    world.stops.stop(batch, officers[0])
    with world.store.read() as uow, pytest.raises(NotVerified) as refused:
        world.check(uow, batch)
    assert refused.value.reason == "not-released"


def test_a_batch_is_stopped_once(world: World, officers: Pair, batch: int) -> None:
    world.stops.stop(batch, officers[0])
    with pytest.raises(Conflict):
        world.stops.stop(batch, officers[1])


def test_a_stop_needs_an_officers_signature(world: World, officers: Pair, batch: int) -> None:
    with pytest.raises(NotVerified):
        world.stops.stop(batch, Signatory("siti", new_signer()))
    wati = world.officer("wati")
    with pytest.raises(NotPermitted):
        world.stops.stop(batch, wati)
    assert world.batches.show(batch).state is BatchState.RELEASED
