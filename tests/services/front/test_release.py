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
    NotVerified,
    PalangError,
)
from gateway.domain.ledger import Tag
from gateway.ports import DeliveryFilter
from gateway.services.approvals import Act, Signatory, approval_event
from gateway.services.batches import Unblocks, Wanted
from gateway.services.frozen import about
from tests.services.front.world import SHEET, PartnerSide, World, new_signer

Pair = tuple[Signatory, Signatory]
Operators = tuple[PartnerSide, ...]
MORE = "nomor hp\n0870-1111-2291\n0872-1111-2292\n"


@pytest.fixture
def submitted(world: World, officers: Pair, operators: Operators) -> int:
    batch = world.batch()
    world.releases.submit(batch, officers[0])
    return batch


def state(world: World, batch: int) -> BatchState:
    return world.batches.show(batch).state


def deliveries(world: World, batch: int) -> list[tuple[str, State, Priority]]:
    with world.store.read() as uow:
        found = uow.deliveries.deliveries(DeliveryFilter(batch=batch))
    return [(d.id, d.state, d.priority) for d in found]


def verify(world: World, batch: int) -> None:
    with world.store.read() as uow:
        world.check(uow, batch)


def refused_as(reason: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(NotVerified) as refused:
        attempt()
    assert refused.value.reason == reason


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


def third(world: World, officers: Pair) -> Signatory:
    wati = world.officer("wati")
    for officer in officers:
        world.officers.approve("wati", officer)
    return wati


def revoke(world: World, officer: str, officers: Pair) -> None:
    for by in officers:
        world.officers.revoke(officer, by)


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


# --- what the worker asks before it seals -------------------------------------------------------


def released(world: World, officers: Pair, submitted: int) -> int:
    world.releases.release(submitted, officers[1])
    return submitted


def test_a_batch_that_is_not_released_is_not_sealed(
    world: World, officers: Pair, submitted: int
) -> None:
    refused_as("not-released", lambda: verify(world, submitted))
    refused_as("not-released", lambda: verify(world, world.batch(MORE)))


def test_a_state_set_in_the_database_releases_nothing(
    world: World, officers: Pair, submitted: int
) -> None:
    world.execute("UPDATE batches SET state = 'RELEASED' WHERE id = ?", submitted)
    refused_as("signature-missing", lambda: verify(world, submitted))


@pytest.mark.parametrize("act", ["batch.submit", "batch.release"])
def test_without_one_of_the_two_signatures_nothing_is_sealed(
    world: World, officers: Pair, submitted: int, act: str
) -> None:
    released(world, officers, submitted)
    world.execute("DELETE FROM approvals WHERE act = ?", act)
    refused_as("signature-missing", lambda: verify(world, submitted))


def test_a_signature_under_an_exchanged_name_is_none(
    world: World, officers: Pair, submitted: int
) -> None:
    world.execute("UPDATE batches SET state = 'RELEASED' WHERE id = ?", submitted)
    world.execute(
        "INSERT INTO approvals (act, subject, digest, officer, kid, jws, at) "
        "SELECT 'batch.release', subject, digest, 'budi', ?, jws, at FROM approvals "
        "WHERE act = 'batch.submit'",
        officers[1].signer.kid,
    )
    refused_as("signature-missing", lambda: verify(world, submitted))


def sign_behind(world: World, by: Signatory, batch: int, act: Act) -> None:
    """An officer's true signature over the review that stands in the database, past the service."""
    with world.store.write() as uow:
        asked = about(uow.lists.batch(batch), act)
        word = world.approvals.sign(uow, by, asked, world.clock.now())
        uow.save(word, approval_event(Tag.BATCH_SUBMIT, word))
        uow.commit("batch.submit")


@pytest.mark.parametrize(
    ("second", "act"), [(1, Act.BATCH_RELEASE), (0, Act.BATCH_SUBMIT)], ids=["release", "submit"]
)
def test_the_two_signatures_must_be_over_one_and_the_same_review(
    world: World, officers: Pair, submitted: int, second: int, act: Act
) -> None:
    if act is Act.BATCH_SUBMIT:
        released(world, officers, submitted)
    review = world.batches.show(submitted).review.replace(b'"nobody":1', b'"nobody":2')
    world.execute("UPDATE batches SET state = 'RELEASED', review = ?", review)
    sign_behind(world, officers[second], submitted, act)
    refused_as("signature-missing", lambda: verify(world, submitted))


def test_one_officer_who_signed_both_is_refused(
    world: World, officers: Pair, submitted: int
) -> None:
    sign_behind(world, officers[0], submitted, Act.BATCH_RELEASE)
    world.execute("UPDATE batches SET state = 'RELEASED' WHERE id = ?", submitted)
    refused_as("one-officer", lambda: verify(world, submitted))


def test_the_signatures_of_another_batch_release_nothing(
    world: World, officers: Pair, submitted: int
) -> None:
    released(world, officers, submitted)
    other = world.batch(MORE)
    world.execute(
        "UPDATE batches SET state = 'RELEASED', review = (SELECT review FROM batches WHERE id = ?) "
        "WHERE id = ?",
        submitted,
        other,
    )
    refused_as("signature-missing", lambda: verify(world, other))
    world.execute(
        "INSERT INTO approvals (act, subject, digest, officer, kid, jws, at) "
        "SELECT act, ?, digest, officer, kid, jws, at FROM approvals WHERE subject = ?",
        f"batch:{other}",
        f"batch:{submitted}",
    )
    refused_as("signature-missing", lambda: verify(world, other))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET number = number + 1",
        "UPDATE entries SET action = 'unblock'",
        "UPDATE entries SET route = 'opr-uji-b'",
        "UPDATE entries SET category = 'spam'",
        "DELETE FROM entries WHERE number = (SELECT max(number) FROM entries)",
        "UPDATE batches SET salt = zeroblob(32)",
    ],
)
def test_entries_that_are_not_the_reviewed_ones_are_not_sealed(
    world: World, officers: Pair, submitted: int, change: str
) -> None:
    released(world, officers, submitted)
    world.execute(change)
    refused_as("entries-changed", lambda: verify(world, submitted))


@pytest.mark.parametrize(
    "change", ["UPDATE batches SET test = 0", "UPDATE batches SET priority = 0"]
)
def test_a_batch_whose_head_was_changed_is_not_sealed(
    world: World, officers: Pair, submitted: int, change: str
) -> None:
    released(world, officers, submitted)
    world.execute(change)
    refused_as("other-review", lambda: verify(world, submitted))


def test_the_sheet_of_these_tests_is_all_test_numbers(world: World) -> None:
    assert {row.test for row in world.intakes.rows(world.intake(SHEET), "accepted")} == {True}
