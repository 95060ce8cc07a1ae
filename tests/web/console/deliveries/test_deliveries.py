"""What the pages of deliveries show, and what an officer can do there."""

from __future__ import annotations

from flask import Flask

from gateway.domain.accounts import Role
from gateway.domain.delivery import Priority, State
from gateway.domain.numbering import mask
from gateway.domain.parties import PartnerKind
from gateway.domain.times import DAY
from gateway.ports.views.deliveries import Wanted
from gateway.store.views.deliveries import SqlDeliveryPages
from tests.services.back.parts import entry, numbers
from tests.services.back.peer import refused
from tests.services.back.world import World
from tests.web.console.people import PASSPHRASE, House

ONE = "1.opr-uji-a.1"


def _released(world: World, count: int = 3, answers: bool = True) -> None:
    world.partner("opr-uji-a").answers = answers
    world.release([entry(n) for n in numbers(count)])
    world.round(3)


def test_the_list_shows_what_the_partner_declared_and_what_is_outstanding(
    world: World, house: House, app: Flask
) -> None:
    _released(world)
    page = house.signed_in(app, "siti", Role.PREPARER).get("/deliveries")
    assert ONE in page
    assert "Receipt confirmed" in page
    assert "3 / 3" in page


def test_the_sums_beside_a_delivery_are_those_of_its_confirmations(world: World) -> None:
    _released(world, 4)
    (line,) = SqlDeliveryPages(world.store).page(Wanted(), world.clock.now(), 0, 10)
    known = world.progress.delivery(ONE)
    assert (line.entries, line.done, line.outstanding) == (4, known.done, known.outstanding)
    assert line.closes == known.deadline


def test_a_tally_that_is_behind_is_not_believed(world: World) -> None:
    _released(world, 4)
    with world.store.write() as uow:
        uow._db.connection.exec_driver_sql("UPDATE tallies SET upto = 0, final = 0, done = 0")
        uow._db.connection.commit()
    (line,) = SqlDeliveryPages(world.store).page(Wanted(), world.clock.now(), 0, 10)
    assert (line.done, line.outstanding) == (4, 0)


def test_only_an_operator_can_be_late(world: World, house: House, app: Flask) -> None:
    world.partner("opr-uji-a").answers = False
    world.ott().answers = False
    world.release([entry(n) for n in numbers(2)])
    world.round(2)
    world.pass_time(9 * DAY)
    page = house.signed_in(app, "siti", Role.PREPARER).get("/deliveries?only=late")
    assert ONE in page
    assert "1.ott-uji.1" not in page
    assert "Overdue" in page


def test_a_deliverys_page_tells_its_story_and_shows_no_number(
    world: World, house: House, app: Flask
) -> None:
    _released(world)
    siti = house.signed_in(app, "siti", Role.PREPARER)
    page = siti.get(f"/deliveries/{ONE}")
    for words in ("Queued by the release", "Handed over", "signed receipt", "revision 1"):
        assert words in page
    entries = siti.get(f"/deliveries/{ONE}/entries")
    assert mask(numbers(3)[0]) in entries
    assert not any(str(number) in page + entries for number in numbers(3))
    assert ("delivery.view", f"delivery:{ONE}", "") in house.looks


def test_a_dead_letter_is_resumed_with_the_officers_own_key(
    world: World, house: House, app: Flask
) -> None:
    world.partner("opr-uji-a").faults = [refused()]
    world.release([entry(n) for n in numbers(2)])
    world.round()
    siti = house.signed_in(app, "siti", Role.PREPARER)
    page = siti.post(f"/deliveries/{ONE}/resume", 403, passphrase="salah")
    assert "Nothing was changed" in page
    assert world.state(ONE) is State.FAILED
    led = siti.post(f"/deliveries/{ONE}/resume", passphrase=PASSPHRASE)
    assert led.endswith("done=resumed")
    assert world.state(ONE) is State.QUEUED


def test_an_act_that_the_state_does_not_allow_is_refused_on_the_same_page(
    world: World, house: House, app: Flask
) -> None:
    _released(world)
    siti = house.signed_in(app, "siti", Role.PREPARER)
    page = siti.post(f"/deliveries/{ONE}/resend", 409, passphrase=PASSPHRASE)
    assert "is ACKNOWLEDGED" in page


def test_a_reminder_names_entries_and_never_obliges_an_ott(
    world: World, house: House, app: Flask
) -> None:
    world.partner("opr-uji-a").answers = False
    world.ott().answers = False
    world.release([entry(n) for n in numbers(2)])
    world.round(2)
    siti = house.signed_in(app, "siti", Role.PREPARER)
    operator = siti.post(f"/deliveries/{ONE}/letter", 200)
    assert "Batas waktu konfirmasi" in operator
    assert "1, 2" in operator
    ott = siti.post("/deliveries/1.ott-uji.1/letter", 200)
    for word in ("Batas waktu", "pemblokiran", "blokir", "wajib", "harus"):
        assert word not in ott
    assert "bukan perintah" in ott


def test_a_mere_listing_is_called_no_block(world: World, house: House, app: Flask) -> None:
    peer = world.partner("opr-uji-a")
    peer.answers = False
    world.release([entry(n) for n in numbers(2)])
    world.round()
    opened = peer.open(peer.arrivals[-1])
    peer.say(peer.ack(opened.about))
    rows = [(1, "diblokir_total", "list-only"), (2, "diblokir_total", "total")]
    peer.say(peer.confirm(opened, rows, revision=1))
    world.round(2)
    siti = house.signed_in(app, "siti", Role.PREPARER)
    entries = siti.get(f"/deliveries/{ONE}/entries")
    assert entries.count("declared blocked, all services") == 1
    assert "1 entry of these is on a list only" in siti.get(f"/deliveries/{ONE}")


def test_a_reminder_of_an_unblock_asks_for_no_block(world: World, house: House, app: Flask) -> None:
    world.partner("opr-uji-a").answers = False
    world.release([entry(n) for n in numbers(2)])
    world.round(2)
    world.release([entry(n, "unblock") for n in numbers(2)], lane=Priority.UNBLOCK)
    world.round(2)
    siti = house.signed_in(app, "siti", Role.PREPARER)
    letter = siti.post("/deliveries/2.opr-uji-a.1/letter", 200)
    assert "Pengingat konfirmasi pembukaan blokir" in letter
    assert "pemblokiran" not in letter


def test_no_letter_claims_a_hand_over_that_was_not(world: World, house: House, app: Flask) -> None:
    world.partner("opr-uji-a").faults = [refused()]
    world.release([entry(n) for n in numbers(2)])
    world.round()
    siti = house.signed_in(app, "siti", Role.PREPARER)
    looks = len(house.looks)
    assert "telah kami sampaikan" not in siti.post(f"/deliveries/{ONE}/letter", 409)
    assert len(house.looks) == looks


def test_an_auditor_sees_and_changes_nothing(world: World, house: House, app: Flask) -> None:
    _released(world, answers=False)
    ratna = house.signed_in(app, "ratna", Role.AUDITOR)
    assert "What you can do" not in ratna.get(f"/deliveries/{ONE}")
    ratna.post(f"/deliveries/{ONE}/stop", 403, passphrase=PASSPHRASE)
    ratna.post(f"/deliveries/{ONE}/letter", 403)


def test_the_list_is_taken_away_as_it_is_filtered(world: World, house: House, app: Flask) -> None:
    _released(world)
    world.partner("opr-uji-b")
    siti = house.signed_in(app, "siti", Role.PREPARER)
    taken = siti.raw("/deliveries/export.csv?partner=opr-uji-a").data.decode("utf-8-sig")
    assert ONE in taken
    assert siti.raw("/deliveries/export.csv?partner=opr-uji-b").data.count(b"\r\n") == 1
    assert house.looks[-1][0] == "export.list"


def test_pages_follow_each_other_without_a_gap(world: World, house: House, app: Flask) -> None:
    _released(world)
    for _ in range(2):
        world.release([entry(n) for n in numbers(1)])
    pages = SqlDeliveryPages(world.store)
    first = pages.page(Wanted(), world.clock.now(), 0, 2)
    rest = pages.page(Wanted(), world.clock.now(), first[-1].key, 2)
    assert [line.batch for line in (*first, *rest)] == [3, 2, 1]


def test_a_delivery_that_is_not_there_is_not_found(house: House, app: Flask) -> None:
    siti = house.signed_in(app, "siti", Role.PREPARER)
    assert "Not found" in siti.get("/deliveries/9.opr-uji-a.1", 404)


def test_kinds_are_told_in_words(world: World, house: House, app: Flask) -> None:
    world.partner("ott-uji", PartnerKind.OTT)
    world.release([entry(n) for n in numbers(1)])
    world.round()
    page = house.signed_in(app, "siti", Role.PREPARER, "id").get("/deliveries/1.ott-uji.1")
    assert "Penyedia layanan perpesanan" in page
    assert "Batas waktu" not in page
