"""A file comes in through the console: seen first, confirmed, then stored; else nothing is."""

from __future__ import annotations

import io
import stat
import threading
from typing import Any

import pytest

from gateway.domain.accounts import Role
from gateway.domain.times import HOUR
from gateway.services.intake import Options
from gateway.web.console.app import MAX_FORM
from gateway.web.console.jobs import Job, Stopped
from tests.web.console.intake.office import CSRF, Office, Person, text

PLAIN = (
    "Nama Pelapor;NIK;Nomor HP Terlapor;Kategori\n"
    "Ani Uji;9901010101700001;0870-1111-2201;Penipuan\n"
    "Budi Uji;9901010101700002;0870-1111-2202 / 0871-1111-2203;Penipuan\n"
)
TWO_COLUMNS = "No HP;No WA;Kategori\n0870-1111-2211;0871-1111-2212;Penipuan\n"


def hand_in(who: Person, content: str | bytes, name: str = "laporan.csv", **more: Any) -> str:
    data = content.encode() if isinstance(content, str) else content
    form = {"source": "iasc", "pasted": "", "file": (io.BytesIO(data), name)} | more
    return who.post("/intake/add", **form)


def taken(who: Person, preview: str, **form: Any) -> str:
    """Confirm; the page of the intake."""
    who.get(preview)
    job = who.post(f"{preview}/take", **form)
    return who.get(who.raw(job, 303).location)


def test_a_preview_says_what_is_read_and_what_is_never_kept(office: Office, siti: Person) -> None:
    page = siti.get(hand_in(siti, PLAIN))
    assert "Read from row 2, column C" in page
    assert "NIK not kept identity numbers not shown" in page
    assert "about the complainant" in page
    assert "Accepted 1" in page and "Held for examination 1" in page
    assert "9901010101700001" not in page and "Ani" not in page and "22201" not in page
    assert not office.world.intakes.all()


def test_cells_that_may_hold_people_leave_the_file_not_even_for_a_page(office: Office) -> None:
    seen = office.parts().previews.seen(
        office.world.file(PLAIN.encode()), "laporan.csv", Options("iasc")
    )
    people = [one for sheet in seen.sheets for one in sheet.columns if one.kind]
    assert {one.kind for one in people} == {"complainant", "identity"}
    assert not any(one.samples for one in people)


def test_a_waiting_file_is_private_and_randomly_named(office: Office, siti: Person) -> None:
    hand_in(siti, PLAIN, "../../surat 087011112209.csv")
    (file,) = office.folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(office.folder.stat().st_mode) == 0o700
    assert "surat" not in file.name and file.read_text() == PLAIN


def test_a_confirmed_file_is_an_intake_and_its_bytes_are_gone(office: Office, siti: Person) -> None:
    page = taken(siti, hand_in(siti, PLAIN))
    assert "The rows are in" in page and "Accepted 1" in page
    (made,) = office.world.intakes.all()
    assert (made.source, made.officer, made.name) == ("iasc", "siti", "laporan.csv")
    assert not list(office.folder.iterdir())


def test_pasted_rows_are_a_file_too(office: Office, siti: Person) -> None:
    preview = siti.post("/intake/add", source="iasc", pasted="0870-1111-2201\n0870-1111-2202\n")
    assert "Accepted 2" in taken(siti, preview)
    assert office.world.intakes.all()[0].kind == "text"


def test_an_uncertain_column_is_counted_only_after_the_officer_chose(
    office: Office, siti: Person
) -> None:
    preview = hand_in(siti, TWO_COLUMNS)
    page = siti.get(preview)
    assert "The number column is not certain" in page and "take the rows in" not in page
    refused = siti.post(f"{preview}/take", expect=409)
    assert "not counted yet" in refused and not office.world.intakes.all()
    siti.post(preview, column="1:B")
    assert "You chose this column." in siti.get(preview)
    taken(siti, preview)
    with office.world.store.read() as uow:
        (row,) = uow.lists.intake_rows(1)
    assert row.number == 6287111112212


def test_a_kept_column_serves_the_next_file_of_the_source(office: Office, siti: Person) -> None:
    preview = hand_in(siti, TWO_COLUMNS)
    siti.get(preview)
    siti.post(preview, column="1:B")
    taken(siti, preview, keep="yes")
    page = siti.get(hand_in(siti, TWO_COLUMNS.replace("2211", "2214").replace("2212", "2215")))
    assert "The saved columns of this source fit this file." in page and "version 1" in page
    assert "iasc" in siti.get("/intake/profiles")
    siti.post("/intake/profiles/iasc/remove")
    assert office.world.intakes.profiles.find("iasc") is None


def test_what_is_read_is_what_was_shown_or_nothing_is(office: Office, siti: Person) -> None:
    preview = hand_in(siti, "No HP Terlapor;No WA\n0870-1111-2211;\n")
    siti.get(preview)
    other = office.world.file(b"No HP Terlapor;No WA\n;0871-1111-2212\n")
    with office.world.intakes.planned(other, "lain.csv", "", "B") as (_opened, plan):
        office.world.intakes.profiles.save("iasc", plan, "budi")
    page = siti.get(siti.post(f"{preview}/take"))
    assert "no longer those that were shown" in page
    assert not office.world.intakes.all()
    assert "Read from row 2, column A" in siti.get(preview), "the preview is still there"


def test_a_wrong_choice_can_be_taken_back(siti: Person) -> None:
    preview = hand_in(siti, PLAIN)
    siti.get(preview)
    siti.post(preview, column="1:D")
    assert "column D" in siti.get(preview)
    siti.post(preview, column="")
    assert "Read from row 2, column C" in siti.get(preview)


def test_cancelling_removes_the_file(office: Office, siti: Person) -> None:
    preview = hand_in(siti, PLAIN)
    siti.get(preview)
    assert siti.post(f"{preview}/cancel").endswith("done=cancelled")
    assert not list(office.folder.iterdir())
    siti.get(preview, 404)


def test_an_hour_later_the_file_is_gone(office: Office, siti: Person) -> None:
    preview = hand_in(siti, PLAIN)
    office.world.pass_time(HOUR)
    siti.get("/intake")
    assert not list(office.folder.iterdir())
    siti.get(preview, 404)


def test_a_console_that_starts_removes_what_an_earlier_one_left(
    office: Office, siti: Person
) -> None:
    hand_in(siti, PLAIN)
    office.app()
    assert not list(office.folder.iterdir())


def test_nobody_else_sees_a_waiting_file(office: Office, siti: Person) -> None:
    app = office.app()
    mine = office.signed_in(app, "siti", Role.PREPARER)
    other = office.signed_in(app, "budi", Role.APPROVER)
    preview = hand_in(mine, PLAIN)
    other.get(preview, 404)
    for act in ("", "/take", "/cancel"):
        other.post(preview + act, expect=404)
    assert "column C" in mine.get(preview)


def test_the_same_file_twice_leads_to_its_intake(siti: Person) -> None:
    taken(siti, hand_in(siti, PLAIN))
    page = siti.get(hand_in(siti, PLAIN))
    assert "this file is intake 1 already" in page and "To intake 1" in page
    assert "take the rows in" not in page


def test_what_is_no_list_says_so_and_offers_another_try(siti: Person) -> None:
    for content, name, said in (
        (b"%PDF-1.4", "surat.pdf", "is a PDF"),
        (b"PK\x03\x04" + bytes(60), "daftar.csv", "is a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "lama.xls", "expected"),
        (b"", "kosong.csv", "expected"),
    ):
        page = siti.get(hand_in(siti, content, name))
        assert said in page and "Hand in another file" in page
        assert "take the rows in" not in page


def test_a_form_that_lacks_something_comes_back_with_what_was_typed(siti: Person) -> None:
    for form, said in (
        ({"pasted": ""}, "no file came and no text"),
        ({"source": "Bukan Sumber!", "pasted": "0870-1111-2201"}, "an id has 2 to 31"),
        ({"follows": "tiga", "pasted": "0870-1111-2201"}, "number of the intake"),
    ):
        given = {"source": "iasc", "pasted": "", "evidence_date": "2026-11-20"} | form
        answer = siti.client.post(
            "/intake/add", data={"csrf": CSRF} | given, base_url="https://localhost"
        )
        assert answer.status_code == 400 and said in text(answer.text)
        assert f'value="{given["source"]}"' in answer.text and 'value="2026-11-20"' in answer.text


def test_a_file_that_is_too_large_says_the_cap(siti: Person) -> None:
    body = io.BytesIO(bytes(1 << 20))
    answer = siti.client.post(
        "/intake/add",
        base_url="https://localhost",
        input_stream=body,
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(MAX_FORM + 1)},
    )
    assert answer.status_code == 413
    assert "this one is larger" in answer.text and "split the file" in answer.text
    assert not body.read(), "what came was read to its end, so that the browser hears the answer"


def test_a_corrected_file_is_matched_and_both_pages_say_so(office: Office, siti: Person) -> None:
    taken(siti, hand_in(siti, PLAIN))
    sent = siti.raw("/intake/1/return.xlsx").data
    page = siti.get(hand_in(siti, sent, "hasil-1.xlsx"))
    assert "Palang returned" in page and "corrects intake 1" in page and "Duplicate 2" in page
    own = hand_in(siti, PLAIN.replace("/ 0871-1111-2203", ""), "perbaikan.csv", follows="1")
    assert "This file corrects intake 1." in taken(siti, own)
    assert "rows that intake 2 corrects stand no more" in siti.get("/intake/1")


def test_a_job_that_is_stopped_stores_nothing() -> None:
    go = threading.Event()

    def work(job: Job[int]) -> int:
        go.wait(5)
        job.told(1_000, 2_000)
        return 1

    job = Job(work)
    job.stop()
    go.set()
    assert job.wait(5) and isinstance(job.problem, Stopped) and job.result is None


def test_an_error_that_is_ours_is_not_hidden_by_a_job() -> None:
    def work(_job: Job[int]) -> int:
        raise ZeroDivisionError

    job = Job(work)
    assert job.wait(5)
    with pytest.raises(ZeroDivisionError):
        _ = job.result


def test_who_does_not_prepare_hands_nothing_in(office: Office) -> None:
    app = office.app()
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        reader = office.signed_in(app, "rina", role)
        assert "Hand in a file" not in reader.get("/intake")
        reader.get("/intake/add", 403)
        reader.post("/intake/add", expect=403, source="iasc", pasted="0870-1111-2201")


def test_options_of_the_form_reach_the_rows(office: Office, siti: Person) -> None:
    more = {"category": "penipuan", "channel": "sms", "evidence_date": "2026-11-20"}
    taken(siti, hand_in(siti, "nomor hp\n0870-1111-2201\n", **more))
    with office.world.store.read() as uow:
        (row,) = uow.lists.intake_rows(1)
    assert (row.category, row.channel, row.evidence_date) == ("penipuan", "sms", "2026-11-20")
