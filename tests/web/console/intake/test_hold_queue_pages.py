"""The hold queue: what waits, who sees a cell, and that what is shown is what is signed."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.accounts import Role
from gateway.domain.returned import row_mark
from gateway.domain.times import DAY
from gateway.services.holds import HoldState
from gateway.services.intake import Options
from tests.intake.holding import DOUBT, DOUBTS, LETTER, TWO, TYPED, queue, reject, resolve, sheet
from tests.web.console.intake.office import PASSPHRASE, Office, Person

FIRST, LETTERS, SPLIT, BRACKET = 1, 2, 3, 4  # positions in `intake`
WHY = {"reason": "evidence_shows", "reference": "TIKET-1"}


@pytest.fixture
def intake(office: Office) -> int:
    return office.world.intake(sheet("0870-1111-2201", LETTER, TWO, DOUBT))


@pytest.fixture
def pair(office: Office) -> tuple[Person, Person]:
    """Two officers at one console."""
    app = office.app()
    return (
        office.signed_in(app, "siti", Role.PREPARER),
        office.signed_in(app, "budi", Role.APPROVER),
    )


def row(intake: int, position: int) -> str:
    return f"/holds/row/{row_mark(intake, position)}"


def drafted(who: Person, intake: int, position: int, **form: Any) -> str:
    return who.post(row(intake, position), **(WHY | form))


def test_the_oldest_row_comes_first_and_its_age_is_shown(
    office: Office, siti: Person, intake: int
) -> None:
    office.world.pass_time(3 * DAY)
    office.world.intake(DOUBTS)
    page = siti.get("/holds")
    assert page.index(row_mark(1, LETTERS)) < page.index(row_mark(2, 1))
    assert "3 days" in page and LETTER not in page and "11112204" not in page
    assert row_mark(1, LETTERS) not in siti.get("/holds?rule=two_numbers")
    assert row_mark(1, SPLIT) in siti.get("/holds?rule=two_numbers")
    assert row_mark(1, SPLIT) not in siti.get("/holds?intake=2")
    assert "No row waits" in siti.get("/holds?source=polri")
    assert "there is no intake 9" in siti.get("/holds?intake=9", 404)


def test_a_year_accepts_nothing(office: Office, siti: Person, intake: int) -> None:
    office.world.pass_time(400 * DAY)
    assert "400 days" in siti.get("/holds")
    assert {held.state for held in queue(office.world)} == {HoldState.OPEN}


def test_a_preparer_sees_the_cell_and_the_look_is_noted(
    office: Office, siti: Person, intake: int
) -> None:
    page = siti.get(row(intake, SPLIT))
    assert TWO in page and "+6287011112204" in page and "Write one number a row" in page
    assert office.looks[-1][:2] == ("case.unmask", f"intake:{intake}")


def test_who_does_not_decide_sees_it_masked(office: Office, intake: int) -> None:
    app = office.app()
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        reader = office.signed_in(app, "rina", role)
        page = reader.get(row(intake, SPLIT))
        assert TWO not in page and "11112204" not in page and "masked for your role" in page
        assert "Decide" not in page and not office.looks
        reader.post(row(intake, SPLIT), expect=403, way="split", **WHY)


def test_what_is_shown_is_what_is_signed(office: Office, siti: Person, intake: int) -> None:
    draft = drafted(siti, intake, SPLIT, way="split")
    page = siti.get(draft)
    assert "+6287011112204" in page and "+6287111112205" in page and "TIKET-1" in page
    assert siti.post(draft, passphrase=PASSPHRASE).endswith("done=signed")
    with office.world.store.read() as uow:
        (word,) = uow.registry.approvals(f"hold:{intake}")
    assert word.digest in page and word.officer == "siti"
    assert row_mark(intake, SPLIT) not in siti.get("/holds?done=signed")
    assert "Decide anew" in siti.get(row(intake, SPLIT))
    siti.get(draft, 404)


def test_a_wrong_passphrase_signs_nothing_and_keeps_the_draft(
    office: Office, siti: Person, intake: int
) -> None:
    draft = drafted(siti, intake, SPLIT, way="split")
    assert "does not open the key" in siti.post(draft, expect=403, passphrase="salah")
    assert {held.state for held in queue(office.world)} == {HoldState.OPEN}
    siti.post(draft, passphrase=PASSPHRASE)


def test_rows_that_changed_after_they_were_shown_are_not_signed(
    office: Office, siti: Person, intake: int
) -> None:
    world = office.world
    draft = drafted(siti, intake, SPLIT, way="split")
    changed = TWO.replace("2204", "2208")
    again = world.file(sheet("0870-1111-2201", LETTER, changed, DOUBT).encode())
    world.intakes.add(again, "lagi.csv", Options("iasc", follows=intake))
    assert "corrected row" in siti.post(draft, expect=409, passphrase=PASSPHRASE)
    assert not any(held.parts for held in queue(world, everything=True))


def test_another_number_takes_another_officer(
    office: Office, pair: tuple[Person, Person], intake: int
) -> None:
    siti, budi = pair
    draft = drafted(siti, intake, LETTERS, way="typed", typed=f"{TYPED}\n")
    assert "not literally what the cell says" in siti.get(draft)
    assert siti.post(draft, passphrase=PASSPHRASE).endswith("done=waits")
    (held,) = queue(office.world, second=True)
    look = f"/holds/second/{intake}/{held.parts[0].digest}"
    assert look.rpartition("/")[2] in siti.raw("/holds?second=1").text
    assert "another officer looks at it" in siti.get(look)
    assert "has signed" in siti.post(look, expect=403, passphrase=PASSPHRASE)
    assert f"+62{TYPED[1:]}" in budi.get(look)
    assert budi.post(look, passphrase=PASSPHRASE).endswith("done=second")
    assert not queue(office.world, second=True)
    assert "waits for nobody" in budi.get(look, 409)


def test_all_rows_of_a_rule_are_rejected_with_one_signature(office: Office, siti: Person) -> None:
    intake = office.world.intake(sheet(LETTER, LETTER.replace("678l0", "679l1"), TWO))
    assert "2 open rows" in siti.get(f"/holds/rule?intake={intake}&rule=letters")
    form = {"rule": "letters", "way": "reject", "reason": "sent_anew", "reference": "SURAT-9"}
    draft = siti.post("/holds/rule", 303, intake=intake, **form)
    page = siti.get(draft)
    assert "2 rows" in page and "no number" in page and LETTER in page
    siti.post(draft, passphrase=PASSPHRASE)
    assert [held.row.rule for held in queue(office.world)] == ["two_numbers"]
    assert "no open row" in siti.get(f"/holds/rule?intake={intake}&rule=letters")


def test_ticked_rows_are_decided_with_one_signature(
    office: Office, siti: Person, intake: int
) -> None:
    assert 'name="row" value="2"' in siti.raw(f"/holds?intake={intake}").text
    page = siti.get(f"/holds/rule?intake={intake}&row={LETTERS}&row={BRACKET}")
    assert row_mark(intake, LETTERS) in page and row_mark(intake, BRACKET) in page
    form = {"way": "reject", "reason": "not_proven", "reference": "TIKET-4"}
    draft = siti.post("/holds/rule", 303, intake=intake, row=[LETTERS, BRACKET], **form)
    assert "2 rows" in siti.get(draft)
    siti.post(draft, passphrase=PASSPHRASE)
    assert [held.position for held in queue(office.world)] == [SPLIT]
    rows = siti.get(f"/intake/{intake}?outcome=held").partition("are masked")[2]
    assert rows.count("Held for examination Rejected") == 2


def test_by_rule_nothing_is_accepted_that_proposes_no_single_number(
    office: Office, siti: Person, intake: int
) -> None:
    form = {"rule": "two_numbers", "way": "inferred"} | WHY
    page = siti.post("/holds/rule", 400, intake=intake, **form)
    assert "exactly one proposed number" in page and row_mark(intake, SPLIT) in page


def test_rows_that_do_not_say_what_they_ask_can_only_be_rejected(
    office: Office, siti: Person
) -> None:
    intake = office.world.intake(DOUBTS)
    page = siti.get(row(intake, 1))
    assert "No number: reject" in page and "Another number" not in page
    refused = drafted_refused(siti, intake, 1, way="typed", typed="0870-1111-2201")
    assert "sent_anew" in refused or "is not known" in refused


def drafted_refused(who: Person, intake: int, position: int, **form: Any) -> str:
    return who.post(row(intake, position), expect=400, **(WHY | form))


def test_a_choice_that_is_none_comes_back_with_the_next_step(siti: Person, intake: int) -> None:
    for form, said in (
        ({"way": ""}, "expected a reject, or an accept"),
        ({"way": "typed", "typed": "8701"}, "what was typed is"),
        ({"way": "typed", "typed": "1500888"}, "protected"),
        ({"way": "split", "reason": ""}, "no reason"),
        ({"way": "split", "reason": "not_proven"}, "no reason to accept"),
        ({"way": "split", "reference": "0870-1111-2204"}, "expected a reference"),
    ):
        assert said in drafted_refused(siti, intake, SPLIT, **form)


def test_an_account_without_a_key_decides_nothing(office: Office, intake: int) -> None:
    rina = office.signed_in(office.app(), "rina", Role.PREPARER)
    page = rina.post(row(intake, SPLIT), expect=403, way="split", **WHY)
    assert "holds no officer's key" in page


def test_a_draft_is_its_account_s_alone(pair: tuple[Person, Person], intake: int) -> None:
    siti, budi = pair
    draft = drafted(siti, intake, SPLIT, way="split")
    budi.get(draft, 404)
    budi.post(draft, expect=404, passphrase=PASSPHRASE)


def test_only_held_rows_have_a_page(office: Office, siti: Person, intake: int) -> None:
    world = office.world
    resolve(world, office.keys["siti"], reject(intake, BRACKET))
    assert "Decide anew" in siti.get(row(intake, BRACKET))
    siti.get(row(intake, FIRST), 404)
    siti.get("/holds/row/P1-2-00", 404)
    siti.get("/holds/row/x", 404)


def test_the_file_of_the_queue_has_whole_cells_for_a_reason_and_is_noted(
    office: Office, siti: Person, intake: int
) -> None:
    address = f"/holds/export.csv?intake={intake}"
    masked = siti.raw(address).data.decode("utf-8-sig")
    assert LETTER not in masked and len(masked.splitlines()) == 4
    assert office.looks[-1] == ("export.list", f"intake:{intake}", "held rows, masked")
    siti.post(address, 400, reason="")
    assert LETTER in siti.post(address, 200, reason="rapat IASC 12")
    assert office.looks[-1] == ("export.list", f"intake:{intake}", "rapat IASC 12")


def test_a_long_queue_is_paged_over_intakes(office: Office, siti: Person) -> None:
    for base in (2300, 2400):
        cells = [f"0870-1111-{base + at} ext 1" for at in range(30)]
        office.world.intake(sheet(*cells))
    first = siti.raw("/holds").text
    assert row_mark(2, 20) in first and row_mark(2, 21) not in first and "after=2-20" in first
    rest = siti.raw("/holds?after=2-20").text
    assert row_mark(2, 21) in rest and row_mark(2, 30) in rest and row_mark(2, 20) not in rest
