"""The list of intakes, one intake, and the files to take away."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest

from gateway.domain.accounts import Role
from gateway.domain.times import DAY
from tests.intake.holding import DOUBT, LETTER, TWO, sheet
from tests.services.front.world import World
from tests.web.console.intake.office import Office, Person, officer_keys

INTAKE = 1
CELLS = ("0870-1111-2201", TWO, LETTER, DOUBT, "6,28123E+12", "1500888", "0870-1111-2201")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office with one intake of every outcome but ignored, number INTAKE; nothing changes it."""
    world = World(tmp_path_factory.mktemp("shown"))
    world.intake(sheet(*CELLS))
    yield Office(world, officer_keys(world))
    world.store.close()


@pytest.fixture
def reader(shown: Office) -> Person:
    shown.looks.clear()
    return shown.signed_in(shown.app(), "siti", Role.PREPARER)


def test_the_list_is_filtered_by_source_state_and_period(office: Office, siti: Person) -> None:
    world = office.world
    world.intake(sheet(*CELLS))
    world.pass_time(2 * DAY)
    world.intake("nomor hp\n0872-1111-2207\n")
    page = siti.get("/intake")
    assert "3 rows to decide" in page and "Nothing held" in page
    assert page.index("26 Nov 2026") < page.index("24 Nov 2026"), "newest first"
    assert "26 Nov 2026" not in siti.get("/intake?state=waiting").partition("newest first")[2]
    assert "24 Nov 2026" not in siti.get("/intake?state=clean").partition("newest first")[2]
    assert "24 Nov 2026" not in siti.get("/intake?since=2026-11-25").partition("newest first")[2]
    assert "26 Nov 2026" not in siti.get("/intake?until=2026-11-24").partition("newest first")[2]
    assert "No intake is like that" in siti.get("/intake?source=polri")
    assert "expected a day" in siti.get("/intake?since=kemarin")


def test_a_long_list_is_paged_by_key(office: Office, siti: Person) -> None:
    for number in range(53):
        office.world.intake(f"nomor hp\n0872-1111-{2300 + number}\n")
    first = siti.raw("/intake").text
    assert "/intake/4" in first and '"/intake/3"' not in first and "after=4" in first
    second = siti.raw("/intake?after=4").text
    assert '"/intake/3"' in second and '"/intake/4"' not in second
    exported = siti.raw("/intake/export.csv?source=iasc").text
    assert len(exported.splitlines()) == 54


def test_rows_come_with_reason_and_next_step_in_the_page_s_language(
    shown: Office, reader: Person
) -> None:
    page = reader.get(f"/intake/{INTAKE}?outcome=rejected")
    assert "Scientific notation" in page and "Ask the sender for the original XLSX" in page
    assert "never blocked" in page
    rina = shown.signed_in(shown.app(), "rina", Role.AUDITOR, "id")
    page = rina.get(f"/intake/{INTAKE}?outcome=rejected")
    assert "Notasi ilmiah" in page and "Minta berkas XLSX asli dari pengirim" in page


def test_rows_are_filtered_by_outcome_and_rule_and_masked(reader: Person) -> None:
    whole = reader.get(f"/intake/{INTAKE}")
    assert "Accepted 1 Held for examination 3 Rejected 2 Duplicate 1 Ignored 0" in whole
    assert "first in row 2" in whole
    held = reader.get(f"/intake/{INTAKE}?outcome=held&rule=letters").partition("are masked")[2]
    assert "letters" in held and "two_numbers" not in held
    for hidden in ("2201", "11112204", LETTER, TWO):
        assert hidden not in whole


def test_many_rows_are_paged_and_their_rules_come_after_the_page(
    office: Office, siti: Person
) -> None:
    rows = "\n".join(f"0870-{at // 10000:04}-{at % 10000:04}" for at in range(5_100))
    intake = office.world.intake(f"nomor hp\n{rows}\n1500888\n")
    first = siti.raw(f"/intake/{intake}").text
    assert f'data-from="/intake/{intake}/rules"' in first and "after=50" in first
    assert "never blocked" in siti.get(f"/intake/{intake}?rule=protected").partition("masked")[2]
    assert "5,100" in siti.get(f"/intake/{intake}/rules")
    assert "data-from" not in siti.raw(f"/intake/{intake}?after=50").text, "counted once"


@pytest.mark.parametrize(("language", "outcome"), [("id", "ditahan"), ("en", "held")])
def test_the_sender_s_file_has_every_row_and_its_taker_is_noted(
    shown: Office, reader: Person, language: str, outcome: str
) -> None:
    text = reader.raw(f"/intake/{INTAKE}/return.csv?lang={language}").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert len(rows) == 1 + len(CELLS) and outcome in {row[4] for row in rows}
    assert shown.looks[-1] == ("export.list", f"intake:{INTAKE}", "file for the sender")
    assert reader.raw(f"/intake/{INTAKE}/return.xlsx").data.startswith(b"PK")
    reader.get(f"/intake/{INTAKE}/return.pdf", 400)


def test_the_staff_s_report_is_the_filtered_rows_masked(shown: Office, reader: Person) -> None:
    text = reader.raw(f"/intake/{INTAKE}/rows.csv?outcome=held").data.decode("utf-8-sig")
    assert len(text.splitlines()) == 1 + 3
    assert shown.looks[-1] == ("export.list", f"intake:{INTAKE}", "row report, masked")
    for outcome in ("accepted", "held", "rejected"):
        masked = reader.raw(f"/intake/{INTAKE}/rows.csv?outcome={outcome}").data.decode()
        assert not re.search(r"\d{5}", re.sub(r"\d{4}-\d\d-\d\d", "", masked)), outcome


def test_whole_numbers_are_taken_away_for_a_reason(shown: Office, reader: Person) -> None:
    address = f"/intake/{INTAKE}/rows.csv?outcome=accepted"
    looks = len(shown.looks)
    reader.post(address, 400, reason="ok")
    assert len(shown.looks) == looks
    assert re.search(r";62870\d{7,8};", reader.post(address, 200, reason="surat BPK 12"))
    assert shown.looks[-1] == ("export.list", f"intake:{INTAKE}", "surat BPK 12")


def test_an_auditor_takes_no_file_of_the_sender_s(shown: Office) -> None:
    auditor = shown.signed_in(shown.app(), "ratna", Role.AUDITOR)
    assert "File for the sender" not in auditor.get(f"/intake/{INTAKE}")
    auditor.get(f"/intake/{INTAKE}/return.csv", 403)


def test_an_administrator_sees_counts_and_takes_no_number_away(shown: Office) -> None:
    shown.looks.clear()
    admin = shown.signed_in(shown.app(), "adi", Role.ADMINISTRATOR)
    assert "File for the sender" not in admin.get(f"/intake/{INTAKE}")
    for address in ("return.csv", "rows.csv"):
        admin.get(f"/intake/{INTAKE}/{address}", 403)
    admin.get("/intake/export.csv", 403)
    assert all(what != "export.list" for what, *_ in shown.looks)


def test_a_look_at_an_intake_is_noted(shown: Office, reader: Person) -> None:
    reader.get(f"/intake/{INTAKE}")
    assert ("intake.view", f"intake:{INTAKE}", "") in shown.looks


def test_an_intake_that_is_not_there_says_so(reader: Person) -> None:
    assert "there is no intake 7" in reader.get("/intake/7", 404)
    reader.get("/intake/7/return.csv", 404)
    reader.get("/intake/7/rules", 404)


def test_no_page_or_address_of_the_intake_holds_a_number(reader: Person) -> None:
    for address in ("/intake", f"/intake/{INTAKE}", "/holds", f"/intake/{INTAKE}/rules"):
        assert "11112201" not in reader.raw(address).text.replace("-", "")


def test_rows_that_retention_took_are_said_to_be_gone(office: Office, siti: Person) -> None:
    intake = office.world.intake(sheet(*CELLS))
    siti.get(f"/holds?intake={intake}")
    office.world.execute("DELETE FROM intake_pages")
    assert "a retention policy took them" in siti.get(f"/intake/{intake}")
    assert "No row waits" in siti.get(f"/holds?intake={intake}")
