"""A batch from preparation to release by another officer, in the browser."""

from __future__ import annotations

import re
import threading
from typing import Any

from gateway.domain.accounts import Role
from gateway.domain.batch import BatchState
from gateway.domain.numbering import mask
from gateway.services.approvals import Signatory
from tests.services.front.world import SHEET, PartnerSide
from tests.web.console.batches.conftest import Desk
from tests.web.console.intake.office import PASSPHRASE, Person

NUMBERS = (6287011112201, 6287111112202, 6287211112203, 61491570006)


def _digest(person: Person, batch: int) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', person.raw(f"/batches/{batch}").text)
    return found[1] if found else ""


def _submitted(desk: Desk) -> int:
    batch = desk.world.batch()
    desk.world.releases.submit(batch, desk.officers[0])
    return batch


def _state(desk: Desk, batch: int) -> BatchState:
    return desk.world.batches.show(batch).state


def test_a_batch_goes_from_chosen_intakes_to_its_release_by_another_person(desk: Desk) -> None:
    intake = desk.world.intake()
    siti, budi = desk.person("siti", Role.PREPARER), desk.person("budi", Role.APPROVER)
    counted = siti.post("/batches/new", 200, intake=intake, count="yes")
    assert "Accepted rows 4" in counted
    led = siti.post("/batches/new", intake=intake)
    assert led.startswith("/batches/1?done=prepared")
    review = siti.get(led)
    assert "Mitra uji opr-uji-a opr-uji-a Mobile operator 2 0" in review
    assert "Entries nobody may receive 1" in review
    assert "Foreign number: no OTT" in review
    led = siti.post("/batches/1/submit", passphrase=PASSPHRASE, shown=_digest(siti, 1))
    assert led.endswith("done=submitted")
    led = budi.post("/batches/1/release", passphrase=PASSPHRASE, shown=_digest(budi, 1))
    page = budi.get(led)
    assert "Released under your signature" in page
    assert "Waiting to be sent" in page
    acts = [look for look in desk.house.looks if look[0] == "act"]
    assert acts == [("act", "batch:1", one) for one in ("prepared", "submitted", "released")]


def test_whoever_submitted_is_told_why_they_may_not_release(desk: Desk) -> None:
    batch = _submitted(desk)
    siti = desk.person("siti", Role.APPROVER)
    page = siti.get(f"/batches/{batch}")
    assert "You submitted this batch, so you cannot release it too" in page
    assert "Sign and release" not in page
    digest = desk.world.batches.show(batch).digest
    refused = siti.post(f"/batches/{batch}/release", 403, passphrase=PASSPHRASE, shown=digest)
    assert "was submitted by officer siti" in refused
    assert _state(desk, batch) is BatchState.SUBMITTED


def test_a_release_takes_the_officers_own_passphrase(desk: Desk) -> None:
    batch = _submitted(desk)
    budi = desk.person("budi", Role.APPROVER)
    digest = _digest(budi, batch)
    for typed in ("", "salah"):
        page = budi.post(f"/batches/{batch}/release", 403, passphrase=typed, shown=digest)
        assert "Nothing was changed" in page
    assert _state(desk, batch) is BatchState.SUBMITTED
    assert not [look for look in desk.house.looks if look[0] == "act"]


def test_what_was_not_shown_is_not_signed(desk: Desk) -> None:
    batch = _submitted(desk)
    budi = desk.person("budi", Role.APPROVER)
    for shown in ("", "sha256:" + "0" * 64):
        page = budi.post(f"/batches/{batch}/release", 409, passphrase=PASSPHRASE, shown=shown)
        assert "its review changed after it was shown" in page
    assert _state(desk, batch) is BatchState.SUBMITTED


def test_two_officers_who_release_at_once_make_one_release(desk: Desk) -> None:
    batch = desk.world.batch()
    third = _third(desk)
    desk.world.releases.submit(batch, third)
    people = [desk.person(name, Role.APPROVER) for name in ("siti", "budi")]
    digest, gate = _digest(people[0], batch), threading.Barrier(2)
    codes: list[int] = []

    def release(person: Person) -> None:
        gate.wait()
        form = {"csrf": "token-uji", "passphrase": PASSPHRASE, "shown": digest}
        answer = person.client.post(
            f"/batches/{batch}/release", data=form, base_url="https://localhost"
        )
        codes.append(answer.status_code)

    threads = [threading.Thread(target=release, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303, 409]
    words = [w.act for w in desk.world.batches.signatures(batch)]
    assert words.count("batch.release") == 1


def _third(desk: Desk) -> Signatory:
    """A third live officer, whom the two approved."""
    third = desk.world.officer("wati")
    desk.world.officers.approve("wati", desk.officers[0])
    desk.world.officers.approve("wati", desk.officers[1])
    desk.house.keys["wati"] = third
    return third


def test_above_a_guard_a_second_officer_endorses_and_a_third_releases(strict: Desk) -> None:
    batch = _submitted(strict)
    _third(strict)
    budi, wati = strict.person("budi", Role.APPROVER), strict.person("wati", Role.APPROVER)
    page = wati.get(f"/batches/{batch}")
    assert "above: third officer" in page
    assert "three officers sign" in page
    digest = _digest(budi, batch)
    early = wati.post(f"/batches/{batch}/release", 403, passphrase=PASSPHRASE, shown=digest)
    assert "a second officer endorses it" in early
    form: dict[str, Any] = {"passphrase": PASSPHRASE, "shown": digest}
    bad, good = ({"guard-entries": said} for said in ("rusak 8", "ND-114/2026"))
    kept = budi.post(f"/batches/{batch}/endorse", 400, **form | bad)
    assert "expected a reference" in kept
    led = budi.post(f"/batches/{batch}/endorse", **form | good)
    assert "a third officer releases it" in budi.get(led)
    budi.post(f"/batches/{batch}/release", 403, **form)
    wati.post(f"/batches/{batch}/release", **form)
    assert _state(strict, batch) is BatchState.RELEASED


def test_one_officer_reopens_and_one_stops(desk: Desk) -> None:
    batch = _submitted(desk)
    siti = desk.person("siti", Role.PREPARER)
    siti.post(f"/batches/{batch}/reopen", passphrase=PASSPHRASE)
    assert _state(desk, batch) is BatchState.PREPARED
    led = siti.post(f"/batches/{batch}/withdraw", passphrase=PASSPHRASE)
    assert "stopped for good" in siti.get(led)
    assert _state(desk, batch) is BatchState.STOPPED
    again = siti.post(f"/batches/{batch}/withdraw", 409, passphrase=PASSPHRASE)
    assert "is stopped already" in again


def test_what_left_is_stopped_by_an_approver(desk: Desk) -> None:
    batch = desk.world.released(desk.officers)
    siti, budi = desk.person("siti", Role.PREPARER), desk.person("budi", Role.APPROVER)
    assert "Sign and stop" not in siti.get(f"/batches/{batch}")
    siti.post(f"/batches/{batch}/stop", 403, passphrase=PASSPHRASE)
    page = siti.post(f"/batches/{batch}/withdraw", 403, passphrase=PASSPHRASE)
    assert "an approver stops it" in page
    assert _state(desk, batch) is BatchState.RELEASED
    budi.post(f"/batches/{batch}/stop", passphrase=PASSPHRASE)
    assert _state(desk, batch) is BatchState.STOPPED


def test_what_changed_since_its_submission_is_named(desk: Desk) -> None:
    batch = _submitted(desk)
    side = desk.world.live_partner(PartnerSide("ott-uji", "ott"), desk.officers)
    desk.world.consents.record("ott-uji", side.consent(desk.world.clock.now()))
    budi = desk.person("budi", Role.APPROVER)
    page = budi.get(f"/batches/{batch}")
    assert "no longer what would go out" in page
    assert "who gets how much" in page
    digest = desk.world.batches.show(batch).digest
    budi.post(f"/batches/{batch}/release", 409, passphrase=PASSPHRASE, shown=digest)


def test_no_page_of_a_batch_shows_a_number(desk: Desk) -> None:
    batch = _submitted(desk)
    budi = desk.person("budi", Role.APPROVER)
    seen = budi.get(f"/batches/{batch}") + budi.get(f"/batches/{batch}/entries")
    assert mask(NUMBERS[0]) in seen
    assert not any(str(number) in seen for number in NUMBERS)
    assert SHEET.partition("0870-")[2][:9] not in seen


def test_roles_that_may_not_are_refused(desk: Desk) -> None:
    batch = _submitted(desk)
    for who, role in (("ratna", Role.AUDITOR), ("agus", Role.ADMINISTRATOR)):
        person = desk.person(who, role)
        person.get(f"/batches/{batch}")
        for act in ("submit", "endorse", "release", "reopen", "withdraw", "stop"):
            person.post(f"/batches/{batch}/{act}", 403, passphrase=PASSPHRASE)
        person.post("/batches/new", 403)
    desk.person("siti", Role.PREPARER).post(f"/batches/{batch}/release", 403)
