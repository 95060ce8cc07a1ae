"""What officers see of a card before they sign, what its consent does, and the key sheet."""

import pytest

from gateway.domain.errors import NotVerified
from gateway.domain.key_sheet import read_sheet
from gateway.domain.times import DAY
from gateway.domain.trust import (
    Algorithm,
    Owner,
    OwnerKind,
    PinnedKey,
    Role,
    key_to_json,
    write_trust,
)
from keys import jwk
from keys.generate import generate
from tests.services.front.world import GATEWAY, START, PartnerSide, World


def lines(world: World, card: bytes) -> list[str]:
    return [change.line for change in world.partners.preview(card).changes]


def test_a_first_card_is_shown_whole_and_nothing_is_kept(world: World) -> None:
    side = PartnerSide("opr-uji-a", "operator")
    shown = "\n".join(lines(world, side.card(capabilities=("acknowledge", "confirm"))))
    for part in ("+ channel: sftp://", "+ contacts: operasi@", "+ statement key: ", "+ seal key: "):
        assert part in shown
    assert "+ does without a person: acknowledge, confirm" in shown
    assert world.partners.all() == ()


def _sealing(side: PartnerSide) -> PinnedKey:
    assert side.seal is not None
    return side.seal


def test_a_later_card_is_shown_as_what_it_changes(world: World) -> None:
    by = world.two_officers()
    side = world.live_partner(PartnerSide("opr-uji-a", "operator"), by)
    old = _sealing(side)
    at = world.pass_time()
    side.seal = None  # the next card makes another one
    card = side.card(
        at, channel="sftp://palang@baru.example:22/inbox", contacts=("baru@x.example",)
    )
    new = _sealing(side)
    shown = lines(world, card)
    assert "~ contacts: operasi@mitra.example -> baru@x.example" in shown
    assert any(line.startswith("~ channel: sftp://palang@opr-uji-a") for line in shown)
    assert any(line.startswith(f"+ seal key: {jwk.phone_text(new.kid)}") for line in shown)
    assert any(line.startswith(f"- seal key: {jwk.phone_text(old.kid)}") for line in shown)
    assert not any("statement key" in line or "organisation" in line for line in shown)
    world.partners.propose(card, by[1])
    waiting = world.partners.waiting("opr-uji-a")
    assert waiting is not None
    assert [change.line for change in waiting.changes] == shown
    assert [c.line for c in world.partners.approve("opr-uji-a", by[0]).changes] == shown
    assert world.partners.waiting("opr-uji-a") is None


def test_another_fingerprint_than_was_heard_signs_nothing(world: World) -> None:
    by = world.two_officers()
    card = PartnerSide("opr-uji-a", "operator").card()
    right = world.partners.preview(card).fingerprint
    wrong = ("0000" if right[:4] != "0000" else "1111") + right[4:]
    with pytest.raises(NotVerified):
        world.partners.propose(card, by[0], wrong)
    assert world.partners.all() == ()
    world.partners.propose(card, by[0], right.upper().replace(" ", "-"))
    with pytest.raises(NotVerified):
        world.partners.approve("opr-uji-a", by[1], wrong)
    world.partners.approve("opr-uji-a", by[1], right)


def test_the_consent_on_an_otts_card_counts_from_the_second_signature_on(world: World) -> None:
    by = world.two_officers()
    side = PartnerSide("pesan-uji", "ott")
    world.partners.propose(side.card(consent=side.consent().decode()), by[0])
    assert world.consents.all("pesan-uji") == ()
    world.partners.approve("pesan-uji", by[1])
    (record,) = world.consents.all("pesan-uji")
    assert record.terms.categories == ("penipuan",)
    later = side.card(world.pass_time(), consent=side.consent().decode())
    world.partners.propose(later, by[0])
    world.partners.approve("pesan-uji", by[1])
    assert len(world.consents.all("pesan-uji")) == 1


def test_a_consent_by_a_key_that_is_not_on_the_card_is_refused(world: World) -> None:
    side, other = PartnerSide("pesan-uji", "ott"), PartnerSide("pesan-uji", "ott")
    with pytest.raises(NotVerified):
        world.partners.preview(side.card(consent=other.consent().decode()))
    operator = PartnerSide("opr-uji-a", "operator")
    with pytest.raises(NotVerified):
        world.partners.preview(operator.card(consent=operator.consent().decode()))
    with pytest.raises(NotVerified):
        world.partners.preview(side.card(consent=side.withdrawal("sha256:" + "0" * 64).decode()))


def test_a_gateways_card_is_no_partners(world: World) -> None:
    with pytest.raises(NotVerified):
        world.partners.preview(PartnerSide(GATEWAY, "gateway").card())


def test_the_sheet_is_the_partners_trust_file_on_paper(world: World) -> None:
    by = world.two_officers()
    side = world.live_partner(PartnerSide("opr-uji-a", "operator"), by)
    world.live_partner(PartnerSide("opr-uji-b", "operator"), by)
    with world.store.read() as uow:
        pins = uow.registry.trust()
    sheet = world.partners.sheet("opr-uji-a")
    owners = {key.owner.id for key in sheet.trust.keys}
    assert owners == {"opr-uji-a", "siti", "budi"}
    kept = {key.kid for key in pins.keys if key.owner.id != "opr-uji-b"}
    assert {key.kid for key in sheet.trust.keys} == kept
    assert write_trust(read_sheet(sheet.text.encode()).trust) == write_trust(sheet.trust)
    further = generate(Algorithm.ECDH_X25519).public_key()
    owner = Owner(OwnerKind.PARTNER, "opr-uji-a")
    new = jwk.pinned_key(further, owner, Role.SEAL, START, START + 700 * DAY)
    at = world.pass_time()
    assert side.seal is not None
    statement = next(k for k in pins.of(owner) if k.role is Role.STATEMENT)
    keys = tuple(map(key_to_json, (statement, side.seal, new)))
    world.partners.propose(side.card(at, keys=keys), by[0])
    assert new.kid in {key.kid for key in world.partners.sheet("opr-uji-a").trust.keys}
