"""A partner from its card to live, its keys, its consent and its self-test, in the browser."""

from __future__ import annotations

import re

import pytest

from gateway.domain.accounts import Role
from gateway.domain.canonical import digest
from gateway.domain.errors import NotFound
from gateway.domain.fingerprints import phone_text
from gateway.domain.ladder.notes import LadderNote
from gateway.domain.ladder.rungs import KIND, REQUIRED, LadderResult, Rung, RungResult, State
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Standing
from gateway.domain.times import DAY, HOUR
from gateway.domain.trust import Owner, OwnerKind, PinnedKey
from gateway.domain.trust import Role as KeyRole
from gateway.services.ladder_book import add_note
from tests.services.front.world import GATEWAY, PartnerSide, new_signer
from tests.web.console.intake.office import PASSPHRASE, Person, text
from tests.web.console.partners.conftest import Desk


def _standing(desk: Desk, partner: str) -> Standing:
    return desk.world.partners.show(partner)[0].standing


def _preview(desk: Desk, person: Person, card: bytes) -> str:
    return desk.upload(person, "/partners/import", "card", card)


def _carried(page: str) -> str:
    found = re.search(r'name="carried" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def _propose(desk: Desk, person: Person, card: bytes, expect: int = 303, **more: str) -> str:
    form = {"carried": _carried(_preview(desk, person, card)), "compared": "yes"}
    return person.post("/partners/propose", expect, **(form | {"passphrase": PASSPHRASE} | more))


def _approve(person: Person, partner: str, expect: int = 303, **more: str) -> str:
    """The second officer's word over the card that the page shows."""
    shown = re.search(r'name="shown" value="([^"]+)"', person.raw(f"/partners/{partner}").text)
    form = {"shown": shown[1] if shown else "none", "compared": "yes"}
    address = f"/partners/{partner}/approve"
    return person.post(address, expect, **(form | {"passphrase": PASSPHRASE} | more))


def test_a_card_that_was_proposed_meanwhile_is_not_approved_unseen(desk: Desk) -> None:
    siti, budi = desk.person("siti", Role.PREPARER), desk.person("budi", Role.APPROVER)
    _propose(desk, siti, PartnerSide("opr-uji-a", "operator").card())
    page = _approve(budi, "opr-uji-a", 409, shown="sha256:" + "0" * 64)
    assert "another card was proposed since" in page
    assert _standing(desk, "opr-uji-a") is Standing.PROPOSED


def test_the_second_officer_says_that_the_fingerprint_was_compared(desk: Desk) -> None:
    siti, budi = desk.person("siti", Role.PREPARER), desk.person("budi", Role.APPROVER)
    _propose(desk, siti, PartnerSide("opr-uji-a", "operator").card())
    budi.post("/partners/opr-uji-a/approve", 400, passphrase=PASSPHRASE, shown="none")
    assert _standing(desk, "opr-uji-a") is Standing.PROPOSED


def test_a_card_goes_from_its_file_to_live_by_two_officers(desk: Desk) -> None:
    side = PartnerSide("opr-uji-a", "operator")
    siti, budi = desk.person("siti", Role.PREPARER), desk.person("budi", Role.APPROVER)
    page = _preview(desk, siti, side.card() + b"\n")
    assert phone_text(side.statement.kid) in page
    assert "Mitra uji opr-uji-a" in page
    with pytest.raises(NotFound):
        desk.world.partners.show("opr-uji-a")
    led = _propose(desk, siti, side.card())
    mine = siti.get(led)
    assert "Approved by a second officer next" in mine
    assert "You proposed this card, so you cannot approve it too" in mine
    assert "Sign and make it live" not in mine
    assert "new card" not in mine
    _approve(siti, "opr-uji-a", 403)
    assert _standing(desk, "opr-uji-a") is Standing.PROPOSED
    led = _approve(budi, "opr-uji-a")
    assert "How it became live" in budi.get(led)
    assert _standing(desk, "opr-uji-a") is Standing.LIVE
    acts = [look for look in desk.house.looks if look[0] == "act"]
    assert acts == [("act", "partner:opr-uji-a", one) for one in ("proposed", "approved")]


def test_a_fingerprint_that_was_heard_otherwise_is_refused(desk: Desk) -> None:
    siti = desk.person("siti", Role.PREPARER)
    card = PartnerSide("opr-uji-a", "operator").card()
    page = _propose(desk, siti, card, 422, heard="0000 0000")
    assert "another one was heard by telephone" in page
    with pytest.raises(NotFound):
        desk.world.partners.show("opr-uji-a")


def test_a_card_is_not_signed_by_whoever_did_not_compare_it(desk: Desk) -> None:
    siti = desk.person("siti", Role.PREPARER)
    carried = _carried(_preview(desk, siti, PartnerSide("opr-uji-a", "operator").card()))
    page = siti.post("/partners/propose", 400, carried=carried, passphrase=PASSPHRASE)
    assert "compared by telephone before a card is signed" in page


def test_a_card_whose_signature_does_not_hold_is_not_shown(desk: Desk) -> None:
    siti = desk.person("siti", Role.PREPARER)
    head, body, signature = PartnerSide("opr-uji-a", "operator").card().split(b".")
    broken = b".".join((head, body, signature[::-1]))
    page = desk.upload(siti, "/partners/import", "card", broken, 422)
    assert "Nothing was changed" in page
    siti.post("/partners/propose", 400, carried="%%%", compared="yes")


def test_a_newer_card_is_read_as_what_it_changes(desk: Desk) -> None:
    side = desk.world.live_partner(PartnerSide("opr-uji-a", "operator"), desk.officers)
    desk.world.pass_time(HOUR)
    newer = side.card(desk.world.clock.now(), contacts=("jaga@mitra.example",))
    siti = desk.person("siti", Role.PREPARER)
    page = text(_preview(desk, siti, newer))
    assert "contacts changed operasi@mitra.example jaga@mitra.example" in page
    _propose(desk, siti, newer)
    assert "A new card on its way" in siti.get("/partners/opr-uji-a")
    assert "new card waits" in siti.get("/partners?standing=proposed")
    _approve(desk.person("budi", Role.APPROVER), "opr-uji-a")
    assert "jaga@mitra.example" in siti.get("/partners/opr-uji-a")


def test_rungs_say_their_cause_and_what_was_not_run(desk: Desk) -> None:
    side = PartnerSide("opr-baru", "operator", test=False)
    siti = desk.person("siti", Role.PREPARER)
    _propose(desk, siti, side.card())
    before = siti.get("/partners/opr-baru/test")
    assert "was not climbed with this card yet" in before
    assert before.count("not run") >= len(Rung)
    assert "palang partner test opr-baru --wait 60" in before
    desk.world.pass_time(HOUR)
    _climbed(desk, "opr-baru", failed=True)
    page = siti.get("/partners/opr-baru/test")
    assert "the file was not renamed Next: ask for the right to rename" in page
    assert "Self-test passed failed" in siti.get("/partners/opr-baru")
    _climbed(desk, "opr-baru", failed=False)
    way = siti.get("/partners/opr-baru")
    assert "Signed again after the test next" in way
    budi = desk.person("budi", Role.APPROVER)
    refused = _approve(budi, "opr-baru", 409)
    assert "signed before the ladder's result" in refused
    desk.world.pass_time(HOUR)
    _propose(desk, siti, side.card())
    _approve(budi, "opr-baru")
    assert _standing(desk, "opr-baru") is Standing.LIVE


def _climbed(desk: Desk, partner: str, failed: bool) -> None:
    """A result of the ladder as the gateway signs it."""
    world, signer, now = desk.world, new_signer(), desk.world.clock.now()
    owner = Owner(OwnerKind.GATEWAY, GATEWAY)
    window = (now - DAY, now + DAY)
    key = PinnedKey(signer.kid, owner, KeyRole.STATEMENT, signer.alg, signer.public, *window)
    bad = RungResult(
        Rung.WRITE, State.FAILED, "the file was not renamed", "ask for the right to rename"
    )
    rungs = tuple(
        bad if failed and rung is Rung.WRITE else RungResult(rung, _state(rung)) for rung in Rung
    )
    card = world.partners.show(partner)[2]
    result = LadderResult(GATEWAY, partner, card, now, rungs, tuple(sorted(REQUIRED)))
    body = world.signatures.sign(result.to_bytes(), KIND, signer)
    with world.store.write() as uow:
        uow.save(key, LedgerEvent(Tag.KEY_ADD, now, {"kid": key.kid}))
        add_note(uow, LadderNote(0, partner, card, "result", "", digest(body), body, now))
        uow.commit("ladder.record")


def _state(rung: Rung) -> State:
    return State.PASSED if rung in REQUIRED else State.NOT_RUN


def test_an_otts_consent_is_recorded_shown_and_withdrawn(desk: Desk) -> None:
    side = desk.world.live_partner(PartnerSide("ott-uji", "ott"), desk.officers)
    siti = desk.person("siti", Role.PREPARER)
    assert "No consent is live" in siti.get("/partners/ott-uji/consent")
    given = side.consent(desk.world.clock.now(), most=1234)
    led = desk.upload(siti, "/partners/ott-uji/consent", "statement", given, 303)
    page = siti.get(led)
    assert "1,234 entries" in page
    assert "pencegahan penipuan" in page
    desk.world.pass_time(HOUR)
    record = desk.world.consents.all("ott-uji")[0]
    taken = side.withdrawal(record.digest, desk.world.clock.now())
    led = desk.upload(siti, "/partners/ott-uji/consent", "statement", taken, 303)
    assert "No new delivery since" in siti.get(led)
    wrong = desk.upload(siti, "/partners/ott-uji/consent", "statement", b"eyJ.a.b", 422)
    assert "Nothing was changed" in wrong


def test_nothing_is_said_to_bind_a_voluntary_partner(desk: Desk) -> None:
    side = desk.world.live_partner(PartnerSide("ott-uji", "ott"), desk.officers)
    desk.world.consents.record("ott-uji", side.consent(desk.world.clock.now()))
    for language, words in (("id", ("batas waktu", "wajib", "harus")), ("en", ("deadline",))):
        budi = desk.person("budi", Role.APPROVER, language)
        for path in ("", "/consent", "/keys", "/test"):
            page = budi.get(f"/partners/ott-uji{path}").lower()
            assert not [word for word in words if word in page], path


def test_keys_are_shown_with_role_phase_and_fingerprint(desk: Desk) -> None:
    side = desk.world.live_partner(PartnerSide("opr-uji-a", "operator"), desk.officers)
    siti = desk.person("siti", Role.PREPARER)
    page = siti.get("/partners/opr-uji-a/keys")
    assert (
        f"signs receipts and confirmations statement in use {phone_text(side.statement.kid)}"
        in (page)
    )
    assert "palang key phases" in page
    desk.world.pass_time(680 * DAY)
    assert "The last key that" in siti.get("/partners/opr-uji-a/keys")


def test_the_key_sheet_is_the_one_of_the_machine(desk: Desk) -> None:
    desk.world.live_partner(PartnerSide("opr-uji-a", "operator"), desk.officers)
    siti = desk.person("siti", Role.AUDITOR)
    made = desk.world.partners.sheet("opr-uji-a")
    assert made.fingerprint in siti.get("/partners/opr-uji-a/sheet")
    assert siti.raw("/partners/opr-uji-a/sheet.txt").text == made.text


def test_the_list_is_filtered_and_taken_away(desk: Desk) -> None:
    desk.world.live_partner(PartnerSide("opr-uji-a", "operator"), desk.officers)
    desk.world.live_partner(PartnerSide("ott-uji", "ott"), desk.officers)
    siti = desk.person("siti", Role.PREPARER)
    operators = siti.get("/partners?kind=operator")
    assert "ott-uji" not in operators
    assert "no contact yet" in operators  # the card that two officers took in is none
    taken = siti.raw("/partners/export.csv?kind=ott").data.decode("utf-8-sig")
    assert "ott-uji" in taken
    assert "opr-uji-a" not in taken
    assert desk.house.looks[-1][0] == "export.list"


def test_a_password_in_a_channel_is_not_shown() -> None:
    from gateway.web.console.partners.words import channel

    assert "rahasia" not in channel("sftp://palang:rahasia@opr.example:22/inbox")
    assert channel("sftp://palang@opr.example:22/in") == "sftp://palang@opr.example:22/in"


def test_roles_that_may_not_change_partners_are_refused(desk: Desk) -> None:
    desk.world.live_partner(PartnerSide("ott-uji", "ott"), desk.officers)
    for who, role in (("ratna", Role.AUDITOR), ("agus", Role.ADMINISTRATOR)):
        person = desk.person(who, role)
        assert "Import a card" not in person.get("/partners")
        person.get("/partners/import", 403)
        for path in ("import", "propose", "ott-uji/approve", "ott-uji/consent"):
            person.post(f"/partners/{path}", 403)
