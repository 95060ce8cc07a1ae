"""Consents of OTTs: recorded, replaced, withdrawn, ended (promise G)."""

import pytest

from gateway.domain.consent import live
from gateway.domain.delivery import Event, apply
from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted, NotVerified
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import Attempt
from gateway.domain.statements import About, Ack
from gateway.domain.times import DAY, HOUR
from gateway.services.approvals import Signatory
from tests.services.front.world import GATEWAY, SHEET, START, PartnerSide, World

Pair = tuple[Signatory, Signatory]


@pytest.fixture
def ott(world: World, officers: Pair) -> PartnerSide:
    return world.live_partner(PartnerSide("pesan-uji", "ott"), officers)


def rules_now(world: World) -> bool:
    return live(world.consents.all("pesan-uji"), world.clock.now()) is not None


def test_a_signed_consent_rules_from_its_recording(world: World, ott: PartnerSide) -> None:
    record = world.consents.record("pesan-uji", ott.consent())
    assert world.consents.all("pesan-uji") == (record,)
    assert rules_now(world)


def test_a_consent_that_another_partner_signed_is_refused(
    world: World, ott: PartnerSide, officers: Pair
) -> None:
    other = world.live_partner(PartnerSide("pesan-lain", "ott"), officers)
    for forged in (other.consent(), other.consent(iss="pesan-uji")):
        with pytest.raises(NotVerified):
            world.consents.record("pesan-uji", forged)


def test_a_consent_to_another_gateway_is_refused(world: World, ott: PartnerSide) -> None:
    with pytest.raises(NotVerified):
        world.consents.record("pesan-uji", ott.consent(aud="palang-lain"))


def test_an_operator_gives_no_consent(world: World, operators: tuple[PartnerSide, ...]) -> None:
    with pytest.raises(NotPermitted):
        world.consents.record("opr-uji-a", operators[0].consent())


def test_a_consent_of_a_partner_that_is_only_proposed_is_refused(
    world: World, officers: Pair
) -> None:
    waiting = PartnerSide("pesan-uji", "ott")
    world.partners.propose(waiting.card(), officers[0])
    with pytest.raises((NotPermitted, NotVerified)):
        world.consents.record("pesan-uji", waiting.consent())


def test_a_consent_of_a_partner_that_was_closed_is_refused(world: World, ott: PartnerSide) -> None:
    world.execute("UPDATE partners SET standing = 'closed'")
    with pytest.raises(NotPermitted):
        world.consents.record("pesan-uji", ott.consent())


def test_after_the_newest_consent_is_withdrawn_no_older_one_rules(
    world: World, ott: PartnerSide
) -> None:
    world.consents.record("pesan-uji", ott.consent())
    newest = world.consents.record("pesan-uji", ott.consent(world.pass_time()))
    world.consents.record("pesan-uji", ott.withdrawal(newest.digest))
    assert not rules_now(world)


def test_a_consent_that_is_over_is_refused(world: World, ott: PartnerSide) -> None:
    over = ott.consent(since=START - 3 * DAY, until=START)
    with pytest.raises(InputError):
        world.consents.record("pesan-uji", over)


def test_another_statement_is_no_consent(world: World, ott: PartnerSide) -> None:
    about = About(1, 1, "sha256:" + "ab" * 32, "sha256:" + "cd" * 32)
    with pytest.raises(InputError):
        world.consents.record("pesan-uji", ott.sign(Ack(ott.id, GATEWAY, START, about, "positive")))


def test_a_withdrawal_ends_what_it_names_at_once(world: World, ott: PartnerSide) -> None:
    given = world.consents.record("pesan-uji", ott.consent())
    world.pass_time()
    world.consents.record("pesan-uji", ott.withdrawal(given.digest))
    assert not rules_now(world)


def test_a_withdrawal_of_an_unknown_consent_is_refused(world: World, ott: PartnerSide) -> None:
    with pytest.raises(NotFound):
        world.consents.record("pesan-uji", ott.withdrawal("sha256:" + "ab" * 32))


def test_a_second_withdrawal_changes_nothing(world: World, ott: PartnerSide) -> None:
    given = world.consents.record("pesan-uji", ott.consent())
    first = world.consents.record("pesan-uji", ott.withdrawal(given.digest))
    world.pass_time()
    assert world.consents.record("pesan-uji", ott.withdrawal(given.digest, START + 1)) == first


def test_a_withdrawn_consent_does_not_return_by_being_sent_again(
    world: World, ott: PartnerSide
) -> None:
    consent = ott.consent()
    given = world.consents.record("pesan-uji", consent)
    world.pass_time()
    world.consents.record("pesan-uji", ott.withdrawal(given.digest))
    for again in (consent, ott.consent(START - HOUR)):
        with pytest.raises(Conflict):
            world.consents.record("pesan-uji", again)
    assert not rules_now(world)


def test_a_newer_consent_replaces_the_older_for_good(world: World, ott: PartnerSide) -> None:
    world.consents.record("pesan-uji", ott.consent())
    later = world.pass_time()
    narrow = world.consents.record(
        "pesan-uji", ott.consent(later, until=later + DAY, channels=("sms",))
    )
    assert live(world.consents.all("pesan-uji"), world.clock.now()) == narrow
    world.pass_time(2 * DAY)
    assert not rules_now(world)


def test_a_consent_that_has_not_begun_does_not_replace_one_that_rules(
    world: World, ott: PartnerSide
) -> None:
    world.consents.record("pesan-uji", ott.consent())
    later = world.pass_time()
    with pytest.raises(Conflict):
        world.consents.record("pesan-uji", ott.consent(later, since=later + DAY))


def test_a_withdrawal_ends_only_when_no_attempt_is_in_flight(
    world: World, ott: PartnerSide, officers: Pair
) -> None:
    given = world.consents.record("pesan-uji", ott.consent())
    batch = world.released(officers, SHEET)
    delivery = begin_attempt(world, f"{batch}.pesan-uji.1")
    world.pass_time()
    world.consents.record("pesan-uji", ott.withdrawal(given.digest))
    assert world.consents.settle_withdrawals() == 0
    end_attempt(world, delivery)
    ended = world.pass_time()
    assert world.consents.settle_withdrawals() == 1
    assert world.consents.all("pesan-uji")[0].ended_at == ended
    assert world.consents.settle_withdrawals() == 0


def begin_attempt(world: World, delivery: str) -> str:
    at = world.clock.now()
    with world.store.write() as uow:
        found = apply(uow.deliveries.delivery(delivery), Event.BEGIN, at).delivery
        event = LedgerEvent(Tag.DELIVERY_ATTEMPT, at, {"delivery": delivery})
        uow.save(found, event)
        uow.save(Attempt(delivery, 1, 1, at, ""), event)
        uow.commit("delivery.attempt")
    return delivery


def end_attempt(world: World, delivery: str) -> None:
    at = world.clock.now()
    with world.store.write() as uow:
        event = LedgerEvent(Tag.DELIVERY_OUTCOME, at, {"delivery": delivery})
        uow.save(Attempt(delivery, 1, 1, START, "", "sent", at), event)
        uow.commit("delivery.outcome")
