"""Officers: who counts, from when on, and until when (promise I)."""

import pytest

from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted, NotVerified
from gateway.domain.parties import Standing
from gateway.services.approvals import Act, Asked, Signatory
from gateway.services.officers import KEY_LIFE
from tests.services.front.world import World, new_signer

DIGEST = "sha256:" + "ab" * 32
ASKED = Asked(Act.BATCH_SUBMIT, "batch:7", DIGEST)
Pair = tuple[Signatory, Signatory]


def sign(world: World, by: Signatory) -> None:
    with world.store.write() as uow:
        world.approvals.sign(uow, by, ASKED, world.clock.now())


def standing(world: World, officer: str) -> Standing:
    return next(o.standing for o in world.officers.all() if o.id == officer)


def test_the_first_two_officers_are_live_at_once_and_the_third_is_proposed(world: World) -> None:
    world.two_officers()
    world.officer("wati")
    assert {o.id: str(o.standing) for o in world.officers.all()} == {
        "siti": "live",
        "budi": "live",
        "wati": "proposed",
    }


def test_a_bootstrap_enrolment_says_so_in_the_ledger(world: World) -> None:
    world.two_officers()
    world.officer("wati")
    with world.store.read() as uow:
        events = [leaf.event.decode() for leaf in uow.log.leaves(0, uow.log.size())]
    said = ["true" if '"bootstrap":true' in e else "false" for e in events if "bootstrap" in e]
    assert said == ["true", "true", "false"]


def test_a_proposed_officer_signs_nothing_until_two_officers_approved(
    world: World, officers: Pair
) -> None:
    wati = world.officer("wati")
    with pytest.raises(NotPermitted):
        sign(world, wati)
    world.officers.approve("wati", officers[0])
    assert standing(world, "wati") is Standing.PROPOSED
    world.officers.approve("wati", officers[1])
    assert standing(world, "wati") is Standing.LIVE
    sign(world, wati)


def test_the_key_of_a_proposed_officer_verifies_nothing_even_where_its_standing_is_forged(
    world: World, officers: Pair
) -> None:
    wati = world.officer("wati")
    world.execute("UPDATE officers SET standing = 'live' WHERE id = 'wati'")
    with pytest.raises(NotVerified) as refused:
        sign(world, wati)
    assert refused.value.reason == "key-not-valid"


def test_one_officer_can_not_approve_twice(world: World, officers: Pair) -> None:
    world.officer("wati")
    world.officers.approve("wati", officers[0])
    with pytest.raises(NotPermitted):
        world.officers.approve("wati", officers[0])


def test_nobody_approves_the_own_enrolment(world: World, officers: Pair) -> None:
    wati = world.officer("wati")
    with pytest.raises(NotPermitted):
        world.officers.approve("wati", wati)


def test_an_approval_of_one_enrolment_does_not_count_for_a_later_one_of_the_same_id(
    world: World, officers: Pair
) -> None:
    world.officer("wati")
    world.officers.approve("wati", officers[0])
    world.officers.revoke("wati", officers[0])
    world.officers.revoke("wati", officers[1])
    world.officer("wati")
    world.officers.approve("wati", officers[0])
    assert standing(world, "wati") is Standing.PROPOSED


def test_one_key_can_not_be_enrolled_under_two_names(world: World, officers: Pair) -> None:
    with pytest.raises(Conflict) as refused:
        world.officers.enrol("joko", "Joko", officers[0].signer)
    assert "pinned to siti" in str(refused.value)


def test_an_id_that_is_taken_can_not_be_enrolled_again(world: World, officers: Pair) -> None:
    with pytest.raises(Conflict):
        world.officers.enrol("siti", "Siti lain", new_signer())


@pytest.mark.parametrize("officer", ["", "Siti", "../siti", "s", "siti wati"])
def test_an_id_that_is_none_is_refused(world: World, officer: str) -> None:
    with pytest.raises(InputError):
        world.officers.enrol(officer, "Siti", new_signer())


def test_an_officer_needs_a_name(world: World) -> None:
    with pytest.raises(InputError):
        world.officers.enrol("siti", "  ", new_signer())


def test_an_officer_signs_with_the_own_key_only(world: World, officers: Pair) -> None:
    with pytest.raises(NotVerified) as refused:
        sign(world, Signatory("siti", officers[1].signer))
    assert refused.value.reason == "wrong-owner"


def test_an_unknown_key_proves_nothing(world: World, officers: Pair) -> None:
    with pytest.raises(NotVerified) as refused:
        sign(world, Signatory("siti", new_signer()))
    assert refused.value.reason == "unknown-key"


def test_an_unknown_officer_is_not_found(world: World, officers: Pair) -> None:
    with pytest.raises(NotFound):
        sign(world, Signatory("joko", officers[0].signer))


def test_an_officers_key_ends_after_its_life(world: World, officers: Pair) -> None:
    world.pass_time(KEY_LIFE)
    with pytest.raises(NotVerified) as refused:
        sign(world, officers[0])
    assert refused.value.reason == "key-not-valid"


def third(world: World, officers: Pair) -> Signatory:
    wati = world.officer("wati")
    world.officers.approve("wati", officers[0])
    world.officers.approve("wati", officers[1])
    return wati


def test_two_officers_revoke_a_key_and_it_signs_no_more(world: World, officers: Pair) -> None:
    wati = third(world, officers)
    world.officers.revoke("wati", officers[0])
    sign(world, wati)  # one signature changes nothing
    world.officers.revoke("wati", officers[1])
    assert standing(world, "wati") is Standing.CLOSED
    with pytest.raises(NotPermitted):
        sign(world, wati)


def test_a_revoked_key_verifies_nothing_even_where_its_standing_is_forged(
    world: World, officers: Pair
) -> None:
    wati = third(world, officers)
    for officer in officers:
        world.officers.revoke("wati", officer)
    world.execute("UPDATE officers SET standing = 'live' WHERE id = 'wati'")
    with pytest.raises(NotVerified) as refused:
        sign(world, wati)
    assert refused.value.reason == "key-revoked"


def test_a_revocation_that_leaves_fewer_than_two_officers_is_refused(
    world: World, officers: Pair
) -> None:
    with pytest.raises(Conflict):
        world.officers.revoke("siti", officers[1])


def test_the_signature_of_an_officer_who_was_revoked_since_counts_no_more(
    world: World, officers: Pair
) -> None:
    wati = third(world, officers)
    world.officer("joko")
    world.officers.approve("joko", wati)
    for officer in officers:
        world.officers.revoke("wati", officer)
    world.officers.approve("joko", officers[0])
    assert standing(world, "joko") is Standing.PROPOSED
    world.officers.approve("joko", officers[1])
    assert standing(world, "joko") is Standing.LIVE


@pytest.mark.parametrize(
    "other",
    [
        Asked(Act.BATCH_RELEASE, "batch:7", DIGEST),
        Asked(Act.BATCH_SUBMIT, "batch:8", DIGEST),
        Asked(Act.BATCH_SUBMIT, "batch:7", "sha256:" + "cd" * 32),
    ],
    ids=["act", "subject", "digest"],
)
def test_a_signature_is_good_for_what_it_names_only(
    world: World, officers: Pair, other: Asked
) -> None:
    with world.store.write() as uow:
        word = world.approvals.sign(uow, officers[0], ASKED, world.clock.now())
        with pytest.raises(NotVerified) as refused:
            world.approvals.check(uow, "siti", word.jws, other, world.clock.now())
    assert refused.value.reason == "wrong-subject"
