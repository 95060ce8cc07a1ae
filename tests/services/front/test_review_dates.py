"""When a review date passes an unblock or a renewal is proposed, never done silently."""

import pytest

from gateway.domain.batch import BatchState
from gateway.domain.errors import Conflict, InputError
from gateway.domain.times import DAY, to_wib
from gateway.services.approvals import Signatory
from gateway.services.batches import Wanted
from gateway.services.replan import Replanned
from tests.services.front.test_batches import changed, load
from tests.services.front.world import PartnerSide, World

Pair = tuple[Signatory, Signatory]
LONG = 400 * DAY


@pytest.fixture
def blocked(world: World, officers: Pair) -> int:
    """A released batch of four numbers, of which three stand; much later."""
    for name in ("opr-uji-a", "opr-uji-b"):
        world.live_partner(PartnerSide(name, "operator"), officers)
    batch = world.released(officers)
    freed = world.intake("nomor hp;tindakan\n0870-1111-2201;buka\n")
    unblock = world.batches.prepare(Wanted((freed,)))[0].id
    world.releases.submit(unblock, officers[0])
    world.releases.release(unblock, officers[1])
    world.pass_time(LONG)
    return batch


def test_nothing_is_due_before_its_date(world: World, officers: Pair) -> None:
    world.live_partner(PartnerSide("opr-uji-a", "operator"), officers)
    world.released(officers)
    assert world.review_dates.due() == ()


def test_due_blocks_are_told_and_stay_as_they_are(world: World, blocked: int) -> None:
    found = world.review_dates.due()
    assert [(d.batch, d.test, d.numbers) for d in found] == [(blocked, True, 3)]
    assert found[0].review_date < to_wib(world.clock.at).date().isoformat()
    assert len(world.batches.all()) == 2


def test_a_review_can_free_what_is_due(world: World, blocked: int) -> None:
    batch, numbers = world.review_dates.unblock("ND-123/2026", test=True)
    assert (numbers, batch.state) == (3, BatchState.PREPARED)
    with world.store.read() as uow:
        assert {e.action for e in uow.lists.entries(batch.id)} == {"unblock"}
    assert world.review_dates.due() == ()  # a batch under preparation names them


def test_a_review_can_renew_what_is_due(world: World, officers: Pair, blocked: int) -> None:
    batch, _ = world.review_dates.renew("ND-124/2026", test=True)
    with world.store.read() as uow:
        entries = uow.lists.entries(batch.id)
    today = to_wib(world.clock.at).date().isoformat()
    assert {e.action for e in entries} == {"block"}
    assert all(e.review_date > today and e.evidence_ref == "ND-124/2026" for e in entries)
    world.releases.submit(batch.id, officers[0])
    world.releases.release(batch.id, officers[1])
    assert world.review_dates.due() == ()


def test_a_review_needs_a_reference_and_numbers_of_its_kind(world: World, blocked: int) -> None:
    with pytest.raises(InputError):
        world.review_dates.unblock("  ", test=True)
    with pytest.raises(InputError):
        world.review_dates.renew("ND-1", test=False)


def test_what_the_tables_changed_holds_up_no_renewal_and_is_left_for_an_unblock(
    world: World, officers: Pair, blocked: int
) -> None:
    """0871 is another partner's by now, 0872 nobody's."""
    plan = ("871", "opr-uji-b", "2024-01-01", "", "1", "test")
    foreign = ("+61491570", "ott", "2024-01-01", "", "1", "test")
    load(world, changed("numbering_plan", plan, foreign))
    told: list[Replanned] = []
    batch, numbers = world.review_dates.renew("ND-124/2026", True, told.append)
    assert (numbers, told) == (2, [Replanned(moved=1, unmapped=1)])
    with world.store.read() as uow:
        assert {e.route for e in uow.lists.entries(batch.id)} == {"opr-uji-b", "ott"}
    world.releases.submit(batch.id, officers[0])
    world.releases.release(batch.id, officers[1])
    assert [due.numbers for due in world.review_dates.due()] == [1]
    freed, numbers = world.review_dates.unblock("ND-125/2026", test=True)
    assert numbers == 1
    assert [tuple(s) for s in world.releases.review(freed.id).review.shares] == [
        ("opr-uji-b", 0, 1)
    ]


def test_a_renewal_of_which_nothing_is_left_says_so(world: World, blocked: int) -> None:
    load(world, changed("numbering_plan", ("870", "opr-uji-b", "2024-01-01", "", "0", "test")))
    with pytest.raises(Conflict, match="3 have no row"):
        world.review_dates.renew("ND-124/2026", test=True)


@pytest.mark.parametrize("reason", ["087034567098", "A/0870-345-670-02"])
def test_a_review_s_reference_shows_no_number(world: World, blocked: int, reason: str) -> None:
    with pytest.raises(InputError):
        world.review_dates.unblock(reason, test=True)
    with pytest.raises(InputError):
        world.review_dates.renew(reason, test=True)
