"""Four eyes: what was reviewed is what is released, by two people (promises A, F, I)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.domain.batch import BatchState
from gateway.domain.delivery import Priority, State
from gateway.domain.errors import (
    Conflict,
    InputError,
    NotFound,
    NotPermitted,
    PalangError,
)
from gateway.services.approvals import Signatory
from gateway.services.batches import Unblocks, Wanted
from tests.services.front.releasing import (
    MORE,
    Operators,
    Pair,
    deliveries,
    refused_as,
    revoke,
    state,
    third,
    verify,
)
from tests.services.front.world import PartnerSide, World, new_signer


def test_two_officers_release_and_every_share_gets_its_delivery(
    world: World, officers: Pair, submitted: int
) -> None:
    released = world.releases.release(submitted, officers[1])
    assert state(world, submitted) is BatchState.RELEASED
    assert deliveries(world, submitted) == [
        (f"{submitted}.opr-uji-a.1", State.QUEUED, Priority.ROUTINE),
        (f"{submitted}.opr-uji-b.1", State.QUEUED, Priority.ROUTINE),
    ]
    assert len(released.deliveries) == 2
    verify(world, submitted)


def test_a_withheld_ott_gets_a_delivery_that_shows_it(
    world: World, officers: Pair, operators: Operators
) -> None:
    world.live_partner(PartnerSide("pesan-uji", "ott"), officers)
    batch = world.released(officers)
    assert f"{batch}.pesan-uji.1" in [delivery for delivery, _, _ in deliveries(world, batch)]


def test_an_unblock_and_an_urgent_batch_take_their_lanes(
    world: World, officers: Pair, operators: Operators
) -> None:
    urgent, _ = world.batches.prepare(Wanted((world.intake(),), urgent=True))
    for step in (
        lambda: world.releases.submit(urgent.id, officers[0]),
        lambda: world.releases.release(urgent.id, officers[1]),
    ):
        step()
    assert {lane for _, _, lane in deliveries(world, urgent.id)} == {Priority.URGENT}
    freed, _ = world.batches.unblock(
        Unblocks(world.file(b"nomor\n0870-1111-2201\n"), "buka.csv", "S-1")
    )
    world.releases.submit(freed.id, officers[1])
    world.releases.release(freed.id, officers[0])
    assert deliveries(world, freed.id) == [
        (f"{freed.id}.opr-uji-a.1", State.QUEUED, Priority.UNBLOCK)
    ]


def test_the_officer_who_submitted_can_not_release(
    world: World, officers: Pair, submitted: int
) -> None:
    with pytest.raises(NotPermitted):
        world.releases.release(submitted, officers[0])
    assert state(world, submitted) is BatchState.SUBMITTED
    assert deliveries(world, submitted) == []


def test_the_submitters_key_can_not_release_under_another_name(
    world: World, officers: Pair, submitted: int
) -> None:
    with pytest.raises(NotPermitted):
        world.releases.release(submitted, Signatory("budi", officers[0].signer))


def test_another_officers_name_with_an_unknown_key_can_not_release(
    world: World, officers: Pair, submitted: int
) -> None:
    refused_as(
        "unknown-key",
        lambda: world.releases.release(submitted, Signatory("budi", new_signer())),
    )
    with pytest.raises(NotFound):
        world.releases.release(submitted, Signatory("joko", new_signer()))


def test_a_revoked_officer_can_not_release(world: World, officers: Pair, submitted: int) -> None:
    wati = third(world, officers)
    revoke(world, "wati", officers)
    with pytest.raises(NotPermitted):
        world.releases.release(submitted, wati)


def test_what_a_revoked_officer_submitted_is_not_released(
    world: World, officers: Pair, operators: Operators
) -> None:
    wati = third(world, officers)
    batch = world.batch()
    world.releases.submit(batch, wati)
    revoke(world, "wati", officers)
    with pytest.raises(NotPermitted):
        world.releases.release(batch, officers[0])


def test_what_was_released_is_not_sealed_once_a_signers_key_is_revoked(
    world: World, officers: Pair, operators: Operators
) -> None:
    wati = third(world, officers)
    batch = world.released((wati, officers[0]))
    verify(world, batch)
    world.pass_time()
    revoke(world, "wati", officers)
    refused_as("signature-missing", lambda: verify(world, batch))
    world.execute("UPDATE officers SET standing = 'live'")
    refused_as("signature-missing", lambda: verify(world, batch))


def test_a_released_batch_still_verifies_after_the_keys_have_run_out(
    world: World, officers: Pair, submitted: int
) -> None:
    world.releases.release(submitted, officers[1])
    world.pass_time(10**15)
    verify(world, submitted)


def test_a_batch_is_submitted_before_it_is_released(
    world: World, officers: Pair, operators: Operators
) -> None:
    with pytest.raises(Conflict):
        world.releases.release(world.batch(), officers[1])


def test_submitting_or_releasing_twice_is_refused(
    world: World, officers: Pair, submitted: int
) -> None:
    with pytest.raises(Conflict):
        world.releases.submit(submitted, officers[1])
    world.releases.release(submitted, officers[1])
    with pytest.raises(Conflict):
        world.releases.release(submitted, officers[1])


def test_a_batch_that_nobody_may_receive_is_not_submitted(world: World, officers: Pair) -> None:
    with pytest.raises(InputError):
        world.releases.submit(world.batch(), officers[0])


def test_what_was_shown_is_what_is_signed(
    world: World, officers: Pair, operators: Operators
) -> None:
    batch = world.batch()
    shown = world.releases.review(batch).review.digest()
    withheld_ott(world, officers)
    with pytest.raises(Conflict):
        world.releases.submit(batch, officers[0], shown)
    frozen = world.releases.submit(batch, officers[0], world.releases.review(batch).review.digest())
    with pytest.raises(Conflict):
        world.releases.release(batch, officers[1], shown)
    world.releases.release(batch, officers[1], frozen.digest)


def new_partner(world: World, officers: Pair) -> None:
    world.live_partner(PartnerSide("opr-uji-c", "operator"), officers)


def more_entries(world: World, _officers: Pair) -> None:
    world.execute(
        "INSERT INTO entries SELECT batch, number + 1, action, category, channel, evidence_ref, "
        "evidence_date, basis, review_date, route, source FROM entries LIMIT 1"
    )


def withheld_ott(world: World, officers: Pair) -> None:
    world.live_partner(PartnerSide("pesan-uji", "ott"), officers)


@pytest.mark.parametrize(("change", "named"), [(more_entries, "entries"), (withheld_ott, "withh")])
def test_what_changed_since_the_submit_stops_the_release_and_is_named(
    world: World, officers: Pair, submitted: int, change: Callable[[World, Pair], None], named: str
) -> None:
    change(world, officers)
    with pytest.raises(Conflict) as refused:
        world.releases.release(submitted, officers[1])
    assert named in str(refused.value) and "reopen" in refused.value.hint
    assert state(world, submitted) is BatchState.SUBMITTED


def test_a_change_that_touches_nothing_reviewed_does_not_stop_the_release(
    world: World, officers: Pair, submitted: int
) -> None:
    new_partner(world, officers)
    other = world.batch(MORE)
    world.releases.submit(other, officers[0])
    world.releases.release(other, officers[1])
    world.releases.release(submitted, officers[1])


def test_a_reopened_batch_needs_a_new_submit(world: World, officers: Pair, submitted: int) -> None:
    world.releases.reopen(submitted, officers[1])
    assert state(world, submitted) is BatchState.PREPARED
    with pytest.raises(Conflict):
        world.releases.release(submitted, officers[1])


def test_a_submit_that_a_reopen_voided_does_not_count_beside_the_new_one(
    world: World, officers: Pair, submitted: int
) -> None:
    world.releases.reopen(submitted, officers[1])
    world.releases.submit(submitted, officers[1])
    with pytest.raises(NotPermitted):
        world.releases.release(submitted, officers[1])
    world.releases.release(submitted, officers[0])
    verify(world, submitted)


def test_only_a_submitted_batch_can_be_reopened(
    world: World, officers: Pair, submitted: int
) -> None:
    world.releases.release(submitted, officers[1])
    with pytest.raises(Conflict):
        world.releases.reopen(submitted, officers[0])


def test_twenty_releases_at_once_release_once(world: World, officers: Pair, submitted: int) -> None:
    def attempt(_number: int) -> str:
        try:
            world.releases.release(submitted, officers[1])
        except PalangError as error:
            return type(error).__name__
        return "released"

    with ThreadPoolExecutor(20) as pool:
        ends = list(pool.map(attempt, range(20)))
    assert sorted(ends) == ["Conflict"] * 19 + ["released"]
    assert len(deliveries(world, submitted)) == 2
    with world.store.read() as uow:
        words = uow.registry.approvals(f"batch:{submitted}")
    assert [word.act for word in words] == ["batch.submit", "batch.release"]
