"""Above a guard's threshold three officers sign: one submits, one endorses, one releases."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.domain.batch import BatchState
from gateway.domain.errors import Conflict, InputError, NotPermitted, NotVerified
from gateway.services.approvals import Signatory
from gateway.services.guards import GuardLimits
from tests.services.front.world import PartnerSide, World

REASON = {"entries": "ND-114/KOMDIGI/2026"}


@pytest.fixture
def strict(tmp_path: Path) -> World:
    return World(tmp_path, GuardLimits(2, 60, 50, 30, 500))


Over = tuple[World, tuple[Signatory, Signatory, Signatory], int]


@pytest.fixture
def over(strict: World) -> Over:
    """A submitted batch above its size guard, and three live officers."""
    two = strict.two_officers()
    third = strict.officer("wati")
    for by in two:
        strict.officers.approve("wati", by)
    strict.live_partner(PartnerSide("opr-uji-a", "operator"), two)
    batch = strict.batch()
    strict.releases.submit(batch, two[0])
    return strict, (*two, third), batch


def events(world: World) -> list[bytes]:
    with world.store.read() as uow:
        return [leaf.event for leaf in uow.log.leaves(0, uow.log.size())]


def test_a_guard_above_its_threshold_stops_the_release_and_says_the_next_step(over: Over) -> None:
    world, (_, budi, _wati), batch = over
    with pytest.raises(NotPermitted) as refused:
        world.releases.release(batch, budi)
    assert "entries is 4, threshold 2" in str(refused.value)
    assert f"palang batch endorse {batch}" in refused.value.hint


def test_a_third_officer_releases_what_a_second_one_endorsed(over: Over) -> None:
    world, (_, budi, wati), batch = over
    world.endorsements.endorse(batch, budi, REASON)
    assert world.batches.show(batch).state is BatchState.SUBMITTED
    world.releases.release(batch, wati)
    assert any(
        b"ND-114/KOMDIGI/2026" in event and b"batch.endorse" in event for event in events(world)
    )
    with world.store.read() as uow:
        world.check(uow, batch)


def test_the_endorser_can_not_release_too(over: Over) -> None:
    world, (_, budi, _wati), batch = over
    world.endorsements.endorse(batch, budi, REASON)
    with pytest.raises(NotPermitted, match="a third releases"):
        world.releases.release(batch, budi)
    with pytest.raises(NotPermitted):
        world.releases.release(batch, Signatory("wati", budi.signer))


def test_whoever_submitted_can_neither_endorse_nor_release(over: Over) -> None:
    world, (siti, budi, _), batch = over
    with pytest.raises(NotPermitted):
        world.endorsements.endorse(batch, siti, REASON)
    world.endorsements.endorse(batch, budi, REASON)
    with pytest.raises(NotPermitted):
        world.releases.release(batch, siti)


@pytest.mark.parametrize("reason", ["", "x", "karena perlu", "T-6287011112201", "a" * 65])
def test_a_reason_is_the_reference_of_a_decision(over: Over, reason: str) -> None:
    world, (_, budi, _wati), batch = over
    with pytest.raises(InputError):
        world.endorsements.endorse(batch, budi, {"entries": reason})


def test_every_guard_above_needs_its_reason_and_no_other_takes_one(over: Over) -> None:
    world, (_, budi, _wati), batch = over
    with pytest.raises(NotPermitted, match="no reason for entries"):
        world.endorsements.endorse(batch, budi, {})
    with pytest.raises(InputError):
        world.endorsements.endorse(batch, budi, {"run_percent": "ND-1", **REASON})


def test_an_endorsement_of_another_review_counts_no_more(over: Over) -> None:
    world, (siti, budi, wati), batch = over
    world.endorsements.endorse(batch, budi, REASON)
    world.releases.reopen(batch, siti)
    world.live_partner(PartnerSide("opr-uji-b", "operator"), (siti, budi))
    world.releases.submit(batch, siti)
    with pytest.raises(NotPermitted, match="a second officer endorses it"):
        world.releases.release(batch, wati)


def test_an_officer_endorses_what_was_shown_or_nothing(over: Over) -> None:
    world, (_, budi, _wati), batch = over
    with pytest.raises(Conflict):
        world.endorsements.endorse(batch, budi, REASON, shown="sha256:" + "0" * 64)


def lose_endorsement(world: World, _over: Over) -> None:
    world.execute("DELETE FROM approvals WHERE act = 'batch.endorse'")


def second_endorses_as_submitter(world: World, _over: Over) -> None:
    world.execute("UPDATE approvals SET officer = 'siti' WHERE act = 'batch.endorse'")


@pytest.mark.parametrize("harm", [lose_endorsement, second_endorses_as_submitter])
def test_nothing_above_a_guard_is_sealed_without_the_third_signature(
    over: Over, harm: Callable[[World, Over], None]
) -> None:
    world, (_, budi, wati), batch = over
    world.endorsements.endorse(batch, budi, REASON)
    world.releases.release(batch, wati)
    harm(world, over)
    with world.store.read() as uow, pytest.raises(NotVerified) as refused:
        world.check(uow, batch)
    assert refused.value.reason == "not-endorsed"
