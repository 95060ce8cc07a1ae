"""What the worker asks before it seals: a release is more than a state in the database."""

import pytest

from gateway.domain.ledger import Tag
from gateway.services.approvals import Act, Signatory, approval_event
from gateway.services.frozen import about
from tests.services.front.releasing import MORE, Pair, refused_as, released, verify
from tests.services.front.world import SHEET, World


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
