"""What was reviewed is what is sealed: nothing that came after the release adds to it (I, F, G)."""

import pytest

from gateway.domain.times import HOUR
from gateway.services import obstacles, slicing
from gateway.services.approvals import Signatory
from gateway.services.batches import Unblocks
from gateway.services.slicing import Plan
from gateway.store import entries as reading
from tests.services.front.world import SHEET, PartnerSide, World

_OTT = "pesan-uji"
_MORE = "0870-1111-2209;Penipuan;SMS;TIKET-5;2026-11-20\n"


@pytest.fixture(autouse=True)
def _in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is decided does not depend on where a block of entries ends."""
    monkeypatch.setattr(reading, "BLOCK", 1)


def _plan(world: World, partner: str, batch: int = 1) -> Plan | obstacles.Obstacle:
    with world.store.read() as uow:
        delivery = uow.deliveries.delivery(f"{batch}.{partner}.1")
        return slicing.plan(uow, delivery, lambda _uow, _batch: None, world.clock.at)


def _ott(world: World, by: tuple[Signatory, Signatory]) -> PartnerSide:
    return world.live_partner(PartnerSide(_OTT, "ott"), by)


def test_an_ott_signed_as_withheld_gets_nothing_by_a_later_consent(world: World) -> None:
    by = world.two_officers()
    side = _ott(world, by)
    world.live_partner(PartnerSide("opr-uji-a", "operator"), by)
    world.released(by)
    world.pass_time(HOUR)
    world.consents.record(_OTT, side.consent(world.clock.at))
    assert _plan(world, _OTT) == obstacles.NO_CONSENT


def test_a_wider_consent_after_the_release_adds_no_entry(world: World) -> None:
    by = world.two_officers()
    side = _ott(world, by)
    world.consents.record(_OTT, side.consent(world.clock.at, channels=("whatsapp",)))
    world.released(by)
    world.pass_time(HOUR)
    wider = side.consent(world.clock.at, categories=("penipuan", "judi_online"))
    world.consents.record(_OTT, wider)
    planned = _plan(world, _OTT)
    assert isinstance(planned, Plan)
    seen = {(traits.category, traits.channel) for traits in planned.chosen.traits}
    assert seen == {("penipuan", "whatsapp")}


def test_a_narrower_consent_after_the_release_takes_entries_away(world: World) -> None:
    by = world.two_officers()
    side = _ott(world, by)
    world.consents.record(_OTT, side.consent(world.clock.at))
    world.released(by)
    world.pass_time(HOUR)
    world.consents.record(_OTT, side.consent(world.clock.at, origins=("foreign",)))
    planned = _plan(world, _OTT)
    assert isinstance(planned, Plan)
    assert [str(entry.number)[:2] for entry in planned.chosen] == ["61"]


def test_a_block_that_waited_does_not_go_out_after_the_person_was_freed(world: World) -> None:
    by = world.two_officers()
    world.live_partner(PartnerSide("opr-uji-a", "operator"), by)
    world.released(by)
    before = _plan(world, "opr-uji-a")
    assert isinstance(before, Plan)
    freed, kept = before.chosen
    sheet = f"nomor hp\n0{str(freed.number)[2:]}\n"
    batch, _new = world.batches.unblock(Unblocks(world.file(sheet.encode()), "buka.csv", "KLAR-1"))
    world.releases.submit(batch.id, by[0])
    world.releases.release(batch.id, by[1])
    after = _plan(world, "opr-uji-a")
    assert isinstance(after, Plan)
    assert list(after.chosen) == [kept._replace(entry=1)]


def test_a_slice_is_the_same_to_the_byte_wherever_its_blocks_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = world.two_officers()
    side = _ott(world, by)
    world.consents.record(_OTT, side.consent(world.clock.at))
    world.released(by, SHEET + _MORE)
    world.pass_time(HOUR)
    world.consents.record(_OTT, side.consent(world.clock.at, most=2))
    made = set()
    for block in (1, 2, 3, 4096):
        monkeypatch.setattr(reading, "BLOCK", block)
        planned = _plan(world, _OTT)
        assert isinstance(planned, Plan)
        assert planned.cut == 2
        made.add(slicing.cut_slice(planned.partner, planned.chosen, planned.consent, b"0" * 32))
    (one,) = made
    assert one.data.count(b"listed") == 2
