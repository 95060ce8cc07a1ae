"""Partners come in by a card that two officers signed, and change the same way (promise I)."""

from dataclasses import replace

import pytest

from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted, NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.parties import Standing
from gateway.domain.statements import Card
from gateway.domain.times import DAY, HOUR
from gateway.services.approvals import Signatory
from gateway.services.partners import Partners
from keys.cards import open_card
from tests.services.front.world import START, PartnerSide, World, new_signer

Pair = tuple[Signatory, Signatory]


def side(kind: str = "operator", name: str = "opr-uji-a") -> PartnerSide:
    return PartnerSide(name, kind)


def test_a_card_makes_a_partner_live_under_two_officers_and_pins_its_keys(
    world: World, officers: Pair
) -> None:
    operator = side()
    proposed = world.partners.propose(operator.card(), officers[0])
    partner, keys, waits = world.partners.show("opr-uji-a")
    assert (partner.standing, keys, waits) == (Standing.PROPOSED, (), proposed.digest)
    approved = world.partners.approve("opr-uji-a", officers[1])
    partner, keys, waits = world.partners.show("opr-uji-a")
    assert (partner.standing, len(keys), waits) == (Standing.LIVE, 2, "")
    assert (partner.term, partner.envelope, partner.test) == ("PT24H", Envelope.JOSE, True)
    assert approved.fingerprint == proposed.fingerprint != ""


def test_the_officer_who_proposed_can_not_approve(world: World, officers: Pair) -> None:
    world.partners.propose(side().card(), officers[0])
    with pytest.raises(NotPermitted):
        world.partners.approve("opr-uji-a", officers[0])


def test_the_proposers_key_can_not_approve_under_another_name(world: World, officers: Pair) -> None:
    world.partners.propose(side().card(), officers[0])
    with pytest.raises(NotVerified) as refused:
        world.partners.approve("opr-uji-a", Signatory("budi", officers[0].signer))
    assert refused.value.reason == "wrong-owner"


def test_a_proposer_who_was_revoked_since_does_not_count(world: World, officers: Pair) -> None:
    wati = world.officer("wati")
    for officer in officers:
        world.officers.approve("wati", officer)
    world.partners.propose(side().card(), wati)
    for officer in officers:
        world.officers.revoke("wati", officer)
    with pytest.raises(NotPermitted):
        world.partners.approve("opr-uji-a", officers[0])
    assert world.partners.show("opr-uji-a")[0].standing is Standing.PROPOSED


def test_nothing_is_approved_that_nobody_proposed(world: World, officers: Pair) -> None:
    with pytest.raises(NotFound):
        world.partners.approve("opr-uji-a", officers[0])
    world.live_partner(side(), officers)
    with pytest.raises(Conflict):
        world.partners.approve("opr-uji-a", officers[1])


def test_a_card_whose_kept_bytes_were_exchanged_is_not_approved(
    world: World, officers: Pair
) -> None:
    world.partners.propose(side().card(), officers[0])
    other = side().card()
    world.execute("UPDATE inbound SET body = ?", other)
    with pytest.raises(NotVerified):
        world.partners.approve("opr-uji-a", officers[1])


def test_a_card_signed_by_another_key_is_refused(world: World, officers: Pair) -> None:
    operator = side()
    operator.card()  # makes the keys that the card names
    forged = replace(operator, statement=new_signer())
    named = operator.card()
    stolen = open_card(named, "palang-uji", START).card.keys
    with pytest.raises(NotVerified):
        world.partners.propose(forged.card(keys=stolen), officers[0])


def test_a_key_of_another_partner_is_refused(world: World, officers: Pair) -> None:
    first = world.live_partner(side(), officers)
    thief = PartnerSide("opr-uji-b", "operator", statement=first.statement)
    with pytest.raises(Conflict) as refused:
        world.partners.propose(thief.card(), officers[0])
    assert "opr-uji-a" in str(refused.value)


def test_a_card_without_an_envelope_that_is_sealed_here_is_refused(
    world: World, officers: Pair
) -> None:
    with pytest.raises(InputError):
        world.partners.propose(side().card(envelopes=("pkcs7",)), officers[0])


def test_a_channel_that_may_not_be_used_is_refused_at_proposal_and_at_approval(
    world: World, officers: Pair
) -> None:
    closed: list[str] = []

    def check(card: Card) -> None:
        if card.channel in closed:
            raise InputError("this channel is closed here")

    partners = Partners(world.store, world.approvals, world.clock, open_card, check)
    card = side().card(channel="sftp://palang@opr.example:22/inbox")
    partners.propose(card, officers[0])
    closed.append("sftp://palang@opr.example:22/inbox")
    with pytest.raises(InputError):
        partners.approve("opr-uji-a", officers[1])
    with pytest.raises(InputError):
        partners.propose(side(name="opr-uji-b").card(channel=closed[0]), officers[0])


def test_a_live_partner_stays_as_it_is_until_its_new_card_is_approved(
    world: World, officers: Pair
) -> None:
    operator = world.live_partner(side(), officers)
    later = world.pass_time()
    renewed = replace(operator, statement=new_signer())
    world.partners.propose(renewed.card(later, "sftp://palang@baru.example:22/inbox"), officers[1])
    before, keys, waits = world.partners.show("opr-uji-a")
    assert before.standing is Standing.LIVE and "baru" not in before.channel
    assert len(keys) == 2 and waits
    world.partners.approve("opr-uji-a", officers[0])
    after, keys, waits = world.partners.show("opr-uji-a")
    assert "baru" in after.channel and waits == ""
    assert {operator.statement.kid, renewed.statement.kid} < {key.kid for key in keys}


def test_an_old_card_can_not_come_back(world: World, officers: Pair) -> None:
    operator = side()
    old = operator.card(START - HOUR)
    world.live_partner(operator, officers)
    with pytest.raises(Conflict):
        world.partners.propose(old, officers[0])


def test_the_card_that_rules_can_not_be_proposed_again(world: World, officers: Pair) -> None:
    operator = side()
    world.partners.propose(operator.card(), officers[0])
    with pytest.raises(Conflict):
        world.partners.propose(operator.card(), officers[1])
    world.partners.approve("opr-uji-a", officers[1])
    with pytest.raises(Conflict):
        world.partners.propose(operator.card(), officers[1])


def test_a_new_card_changes_neither_kind_nor_test_mark(world: World, officers: Pair) -> None:
    operator = world.live_partner(side(), officers)
    later = world.pass_time()
    for changes in ({"test": False}, {"partner_kind": "ott"}):
        with pytest.raises(Conflict):
            world.partners.propose(operator.card(later, **changes), officers[0])


def test_a_key_keeps_the_window_that_it_was_pinned_with(world: World, officers: Pair) -> None:
    operator = world.live_partner(side(), officers)
    before = world.partners.show("opr-uji-a")[1]
    later = world.pass_time()
    keys = open_card(operator.card(), "palang-uji", START).card.keys
    longer = tuple(key | {"not_after": "2040-01-01T00:00:00Z"} for key in keys)
    world.partners.propose(operator.card(later, keys=longer), officers[0])
    world.partners.approve("opr-uji-a", officers[1])
    assert world.partners.show("opr-uji-a")[1] == before


def test_a_card_whose_keys_ended_is_refused(world: World, officers: Pair) -> None:
    operator = side()
    world.clock.at += 701 * DAY
    with pytest.raises(NotVerified):
        world.partners.propose(operator.card(world.clock.at), officers[0])
