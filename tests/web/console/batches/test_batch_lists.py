"""Lists of batches, their entries, what is due, numbers to free."""

from __future__ import annotations

import io
import re

import pytest

from gateway.domain.accounts import Role
from gateway.domain.numbering import mask
from gateway.domain.times import DAY, HOUR
from gateway.ports.views.batches import BatchFilter, EntryFilter
from gateway.store.views.batches import SqlBatchPages
from gateway.web.console.batches import preparing, seen
from gateway.web.console.batches.parts import Places
from tests.web.console.batches.conftest import Desk
from tests.web.console.intake.office import CSRF, text

NUMBER = 6287011112201


def _sheet(count: int) -> str:
    """Synthetic numbers of 0870, one a line."""
    return "nomor hp\n" + "\n".join(f"0870-1111-{row:04}" for row in range(1000, 1000 + count))


def test_the_list_is_filtered_by_state_and_day_and_taken_away(desk: Desk) -> None:
    first = desk.world.released(desk.officers)
    desk.world.pass_time(3 * DAY)
    second = desk.world.batch(_sheet(3))
    siti = desk.person("siti", Role.PREPARER)
    assert f"Batch {second}" not in siti.get("/batches?state=RELEASED")
    later = siti.get("/batches?since=2026-11-26")
    assert f"Batch {second}" in later
    assert f"Batch {first}" not in later
    assert "expected a day" in siti.get("/batches?since=kemarin")
    assert "Batch" in siti.get("/batches?state=x&lane=99&after=bukan")
    taken = siti.raw("/batches/export.csv?state=PREPARED").data.decode("utf-8-sig")
    assert taken.splitlines()[1].startswith(f"{second};Prepared")
    assert desk.house.looks[-1] == ("export.list", "", "batches")


def test_pages_of_batches_follow_each_other_without_a_gap(desk: Desk) -> None:
    for start in range(3):
        desk.world.batch(_sheet(2).replace("1111", f"222{start}"))
    pages = SqlBatchPages(desk.world.store)
    first = pages.page(BatchFilter(), 0, 2)
    rest = pages.page(BatchFilter(), first[-1].id, 2)
    assert [line.id for line in (*first, *rest)] == [3, 2, 1]
    assert [line.entries for line in first] == [2, 2]


def test_an_officers_own_submission_is_not_their_turn(desk: Desk) -> None:
    desk.world.releases.submit(desk.world.batch(), desk.officers[0])
    assert "your turn" not in desk.person("siti", Role.APPROVER).get("/batches")
    assert "your turn" in desk.person("budi", Role.APPROVER).get("/batches")


def test_entries_are_paged_and_no_address_holds_a_number(desk: Desk) -> None:
    batch = desk.world.batch(_sheet(120))
    siti = desk.person("siti", Role.PREPARER)
    address, seen_, numbers = f"/batches/{batch}/entries", 0, set[str]()
    every = [NUMBER // 10_000 * 10_000 + row for row in range(1000, 1120)]
    written = [form for n in every for form in (str(n)[2:], n.to_bytes(6).hex(), f"{n:x}")]
    while address:
        page = siti.raw(address).text
        assert not any(number in address for number in written)
        found = re.findall(r'<span class="code number">(\+62[^<]+)</span>', page)
        seen_, numbers = seen_ + len(found), numbers | set(found)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert seen_ == 120
    assert mask(NUMBER) in numbers
    assert "No entry is like that" in siti.get(f"/batches/{batch}/entries?route=opr-uji-b")


def test_a_place_of_another_process_or_a_made_up_one_is_the_beginning() -> None:
    places = Places()
    place = places.hide(NUMBER)
    assert places.find(place) == NUMBER
    assert places.hide(NUMBER) != place
    bent = ("0" if place[0] != "0" else "1") + place[1:]
    for other in (bent, place[:-2], "zz", "", str(NUMBER)):
        assert places.find(other) == 0
    assert Places().find(place) == 0


def test_entries_of_one_route_are_read_by_the_store(desk: Desk) -> None:
    batch = desk.world.batch()
    pages = SqlBatchPages(desk.world.store)
    assert [e.route for e in pages.entries(batch, EntryFilter("opr-uji-b"), 0, 9)] == ["opr-uji-b"]
    assert pages.count(batch, 2) == 2
    assert pages.sources(batch) == ((1, 4),)


def test_the_review_of_a_large_batch_comes_after_its_page(desk: Desk) -> None:
    count = seen.SMALL + 1
    sheet = "\n".join(["nomor hp", *(f"0870-2{row:07}" for row in range(count))])
    batch = desk.world.batch(sheet)
    siti = desk.person("siti", Role.PREPARER)
    page = siti.raw(f"/batches/{batch}").text
    assert f'data-from="/batches/{batch}?whole=1"' in page
    assert "Sign and submit" not in page
    whole = siti.raw(f"/batches/{batch}?whole=1").text
    assert "data-refresh" not in whole
    assert "Sign and submit" in whole


def test_numbers_are_freed_from_a_file_that_is_not_kept(desk: Desk) -> None:
    desk.world.released(desk.officers)
    siti = desk.person("siti", Role.PREPARER)

    def hand_in(data: bytes, reference: str, expect: int) -> str:
        form = {"csrf": CSRF, "file": (io.BytesIO(data), "buka.csv"), "reference": reference}
        answer = siti.client.post("/batches/new/unblock", data=form, base_url="https://localhost")
        assert answer.status_code == expect, text(answer.text)
        return answer.location if expect == 303 else text(answer.text)

    file = b"nomor hp\n0870-1111-2201\n"
    assert "expected a reference" in hand_in(file, "0870-1111-2201", 400)
    assert "no file came" in siti.post("/batches/new/unblock", 400, reference="SURAT-1/2026")
    page = siti.get(hand_in(file, "SURAT-1/2026", 303))
    assert "Numbers to unblock 1" in page
    assert not list((desk.world.folder / "uploads").iterdir())


def test_what_a_crash_left_of_an_upload_goes_at_the_next_start(desk: Desk) -> None:
    folder = desk.world.folder / "uploads"
    folder.mkdir(exist_ok=True)
    (folder / "left.csv").write_bytes(b"0870")
    preparing.sweep(folder)
    assert not list(folder.iterdir())


def test_blocks_beyond_their_review_date_become_a_proposal(desk: Desk) -> None:
    desk.world.released(desk.officers)
    siti = desk.person("siti", Role.PREPARER)
    assert "No number is due" in siti.get("/batches/due?whole=1")
    desk.world.pass_time(80 * DAY)
    assert "data-refresh" in siti.raw("/batches/due").text
    page = siti.get("/batches/due?whole=1")
    assert "Batch 1 TEST numbers" in page
    assert str(NUMBER) not in page
    form = {"reference": "ND-123/2026", "test": "yes"}
    assert "choose whether" in siti.post("/batches/due", 400, **form)
    masked = siti.raw("/batches/due/export.csv").data.decode()
    assert str(NUMBER) not in masked
    siti.post("/batches/due/export.csv", 400, reason="")
    assert str(NUMBER) in siti.post("/batches/due/export.csv", 200, reason="rapat tinjauan 7")
    assert desk.house.looks[-1] == ("export.list", "", "rapat tinjauan 7")
    led = siti.post("/batches/due", answer="unblock", reference="ND-123/2026", test="yes")
    assert "Numbers to unblock" in siti.get(led)
    assert "No number is due" in siti.get("/batches/due?whole=1")


def test_rows_that_a_batch_has_already_are_counted_and_not_taken_twice(desk: Desk) -> None:
    desk.world.batch()
    siti = desk.person("siti", Role.PREPARER)
    counted = siti.post("/batches/new", 200, intake=1, count="yes")
    assert "In a batch already 4" in counted
    assert "all accepted rows" in siti.post("/batches/new", 409, intake=1)
    assert "choose at least one" in siti.post("/batches/new", 400)
    assert "a batch is made of" in siti.post("/batches/new", 400, action="block")
    siti.post("/batches/new", 400, intake="1; DROP")


def test_what_is_chosen_on_one_page_of_intakes_stays_chosen_on_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "OFFERED", 2)
    for start in range(3):
        desk.world.intake(_sheet(2).replace("1111", f"333{start}"))
    siti = desk.person("siti", Role.PREPARER)
    page = siti.post("/batches/new", 200, intake=3, page=2)
    assert "1 intake of another page is chosen too" in page
    assert "Take the accepted rows of intake 1" in page
    led = siti.post("/batches/new", intake=["3", "1"])
    assert "Numbers to block 4" in siti.get(led)


def test_progress_counts_what_was_seen_before_it_is_sealed(desk: Desk) -> None:
    batch = desk.world.released(desk.officers)
    siti = desk.person("siti", Role.PREPARER)
    page = siti.get(f"/batches/{batch}/progress")
    assert "Mitra uji opr-uji-a Waiting to be sent 2 0 0 0 / 2 2" in page
    assert "Total 3 0 0 0 / 3 3" in page
    assert "data-refresh" in siti.raw(f"/batches/{batch}/progress").text
    desk.world.pass_time(HOUR)
    assert "data-refresh" not in siti.raw(f"/batches/{batch}/progress").text
