"""What the real store exports passes the verifier, in whatever state the delivery is."""

from __future__ import annotations

import json

import pytest

from gateway.domain import bundle
from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.domain.ledger import Tag
from gateway.domain.statements import Reason
from gateway.domain.times import DAY, HOUR
from gateway.services.evidence import Exported
from gateway.services.verdict import Report
from gateway.services.verifying import verify
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.services.back.peer import lost_reply
from tests.services.back.world import entry, numbers
from tests.services.evidence.road import Road

A = "1.opr-uji-a.1"


def report_of(road: Road, exported: Exported) -> Report:
    return verify(exported.data, road.trust(), JoseSignatures(), C2spNotes())


def passed(road: Road, exported: Exported) -> Report:
    report = report_of(road, exported)
    assert [result.line() for result in report.failed] == []
    assert report.passed
    return report


def test_a_whole_delivery_is_proven_without_showing_a_number(road: Road) -> None:
    road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(3)])
    road.round()
    exported = road.evidence.delivery(A, "tester")
    claim = passed(road, exported).claim
    assert claim is not None
    assert (claim.state, claim.entries, claim.done, claim.unanswered) == ("ACKNOWLEDGED", 3, 3, 0)
    assert claim.acknowledged is not None and claim.handed_over is not None
    assert all(str(n).encode() not in exported.data for n in numbers(3))


def test_with_entries_the_numbers_are_proven_too(road: Road) -> None:
    road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(3)])
    road.round()
    exported = road.evidence.delivery(A, "tester", with_entries=True)
    report = passed(road, exported)
    assert report.results[8].detail == "3 entries"
    assert all(str(n).encode() in exported.data for n in numbers(3))


@pytest.mark.parametrize("wanted", [1, 2, 5])
def test_one_entry_is_proven_without_its_neighbours(road: Road, wanted: int) -> None:
    road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(5)])
    road.round()
    exported = road.evidence.entry(A, wanted, "tester")
    report = passed(road, exported)
    assert report.claim is not None and report.claim.one is not None
    assert (report.claim.one.entry, report.claim.one.disposition) == (wanted, "diblokir_total")
    for position, number in enumerate(numbers(5), 1):
        assert (str(number).encode() in exported.data) == (position == wanted)
    assert "slice/slice.salt" not in bundle.unpack(exported.data)


def test_a_consenting_partner_is_proven_with_its_consent(road: Road) -> None:
    road.ott()
    road.release([entry(n) for n in numbers(2)])
    road.round()
    for with_entries in (False, True):
        exported = road.evidence.delivery("1.ott-uji.1", "tester", with_entries=with_entries)
        report = passed(road, exported)
        assert report.voluntary
        assert "consent/consent.jws" in bundle.unpack(exported.data)


def test_an_unblock_after_the_consent_ended_is_proven(road: Road) -> None:
    peer = road.ott()
    road.release([entry(n) for n in numbers(2)])
    road.round()
    road.pass_time(HOUR)
    with road.store.read() as uow:
        (consent,) = uow.registry.consents(peer.id)
    road.withdraw(peer, consent.digest)
    road.release([entry(n, "unblock") for n in numbers(2)])
    road.run_until_quiet(2)
    passed(road, road.evidence.delivery("2.ott-uji.1", "tester", with_entries=True))
    passed(road, road.evidence.delivery("1.ott-uji.1", "tester", with_entries=True))


def test_a_sent_delivery_without_an_answer_claims_no_receipt(road: Road) -> None:
    road.partner("opr-uji-a").answers = False
    road.release([entry(n) for n in numbers(2)])
    road.round()
    claim = passed(road, road.evidence.delivery(A, "tester")).claim
    assert claim is not None and claim.acknowledged is None
    assert (claim.state, claim.unanswered, claim.done) == ("SENT", 2, 0)


def test_a_lost_reply_and_a_resend_are_both_shown(road: Road) -> None:
    peer = road.partner("opr-uji-a")
    peer.lost.append(lost_reply())
    road.release([entry(n) for n in numbers(2)])
    road.run_until_quiet(8)
    report = passed(road, road.evidence.delivery(A, "tester"))
    assert report.results[12].detail.startswith("unknown")


def test_conflicts_refusals_and_late_negatives_are_shown_with_their_standing(road: Road) -> None:
    peer = road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(4)])
    road.round()
    opened = peer.opened[1]
    peer.say(peer.nack(opened.about, Reason.MALFORMED))  # after the positive one: a conflict
    peer.say(peer.confirm(opened, [(1, "gagal", "")], revision=2))
    peer.say(peer.confirm(opened, [(1, "tertunda", "")], revision=2))  # says otherwise: conflict
    peer.say(peer.confirm(opened, [(2, "gagal", "")], revision=3))
    peer.say(peer.confirm(opened, [(9, "gagal", "")], revision=4))  # an entry that was never sent
    road.pass_time(HOUR)
    road.round(2)
    exported = road.evidence.delivery(A, "tester")
    report = passed(road, exported)
    listed = json.loads(bundle.unpack(exported.data)["statements.json"])["items"]
    standings = sorted(item["standing"] for item in listed)
    assert standings == [
        "conflict",
        "conflict",
        "counted",
        "counted",
        "counted",
        "not-counted",
        "refused",
    ]
    assert [i["reason"] for i in listed if i["standing"] == "not-counted"] == ["conflict"]
    assert report.claim is not None
    assert (report.claim.done, report.claim.unanswered) == (3, 0)


def test_a_sealing_made_anew_is_proven_beside_the_old_one(road: Road) -> None:
    peer = road.partner("opr-uji-a")
    peer.answers = False
    road.release([entry(n) for n in numbers(2)])
    road.round()
    old = peer.seal_pin
    road.pass_time(HOUR)
    road.pin(peer.new_seal(road.clock.now()))
    road.revoke(old)
    peer.answers = True
    road.run_until_quiet(4, 8 * HOUR)
    with road.store.read() as uow:
        assert uow.deliveries.delivery(A).sealing == 2
    passed(road, road.evidence.delivery(A, "tester"))


def test_a_key_that_was_rotated_since_still_proves_what_it_signed(road: Road) -> None:
    peer = road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(2)])
    road.round()
    road.pass_time(DAY)
    road.revoke(peer.statement_pin)
    passed(road, road.evidence.delivery(A, "tester"))


def test_what_was_never_sealed_has_nothing_to_prove(road: Road) -> None:
    road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(1)])
    with pytest.raises(Conflict, match="never sealed"):
        road.evidence.delivery(A, "tester")
    with pytest.raises(NotFound):
        road.evidence.delivery("9.opr-uji-a.1", "tester")


def test_an_entry_outside_the_slice_is_refused(road: Road) -> None:
    road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(2)])
    road.round()
    for wanted in (0, 3):
        with pytest.raises(InputError):
            road.evidence.entry(A, wanted, "tester")


def test_an_export_is_in_the_ledger_by_login_and_digest(road: Road) -> None:
    road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(2)])
    road.round()
    exported = road.evidence.entry(A, 2, "siti")
    (event,) = road.events(Tag.AUDIT_EXPORT)
    assert event["bundle"] == digest(exported.data) == exported.digest
    assert (event["login"], event["delivery"], event["entry"]) == ("siti", A, 2)
    passed(road, road.evidence.delivery(A, "tester"))  # exports are no part of a delivery's story


def test_a_number_is_found_in_every_slice_that_holds_it(road: Road) -> None:
    road.partner("opr-uji-a")
    road.ott()
    road.release([entry(n) for n in numbers(3)])
    road.round()
    assert set(road.evidence.find(numbers(3)[1])) == {(A, 2), ("1.ott-uji.1", 2)}
    assert road.evidence.find(numbers(9)[8]) == ()


def test_a_log_that_grows_between_is_headed_again(road: Road) -> None:
    """A leaf of the delivery that is newer than the signed head is never left out."""
    peer = road.partner("opr-uji-a")
    peer.answers = False
    road.release([entry(n) for n in numbers(2)])
    road.round()
    covering = road.checkpoints.covering
    grown: list[int] = []

    def slow(size: int) -> object:
        head = covering(size)
        if not grown:
            grown.append(1)
            road.pass_time(2 * DAY)
            road.round()  # the sweep and a second attempt come between
        return head

    object.__setattr__(road.evidence, "covering", slow)
    exported = road.evidence.delivery(A, "tester")
    passed(road, exported)
    assert len(json.loads(bundle.unpack(exported.data)["attempts.json"])["items"]) >= 2
