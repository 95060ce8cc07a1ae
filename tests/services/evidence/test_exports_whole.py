"""One number's whole story and a month, as the real store exports them, pass the verifier."""

from __future__ import annotations

import json

import pytest

from gateway.domain import bundle
from gateway.domain.canonical import digest
from gateway.domain.errors import InputError, NotFound
from gateway.domain.ledger import Tag
from gateway.domain.periods import PeriodKind, read_period
from gateway.domain.times import DAY, HOUR, to_wib
from gateway.services import evidence_month
from gateway.services.evidence import Exported
from gateway.services.verdict import Report
from gateway.services.verifying import verify
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.services.back.world import entry, numbers
from tests.services.evidence.road import Road

A, OTT, B = "1.opr-uji-a.1", "1.ott-uji.1", "2.opr-uji-a.1"


def report_of(road: Road, exported: Exported) -> Report:
    return verify(exported.data, road.trust(), JoseSignatures(), C2spNotes())


def passed(road: Road, exported: Exported) -> Report:
    report = report_of(road, exported)
    assert [result.line() for result in report.failed] == []
    assert report.passed
    return report


def month_of(road: Road) -> str:
    return to_wib(road.clock.now()).strftime("%Y-%m")


def inside(exported: Exported, name: str) -> bytes:
    return bundle.unpack(exported.data)[name]


def figures(exported: Exported) -> dict[str, object]:
    found: dict[str, object] = json.loads(inside(exported, "month.json"))
    return found


def two_batches(road: Road) -> None:
    """The second number is blocked by an operator and listed with an OTT, and later freed."""
    road.partner("opr-uji-a")
    road.ott()
    road.release([entry(n) for n in numbers(3)])
    road.round()
    road.pass_time(HOUR)
    road.release([entry(numbers(3)[1], "unblock")])
    road.run_until_quiet(3)


def test_one_numbers_whole_story_shows_no_other_number(road: Road) -> None:
    two_batches(road)
    exported = road.evidence.number(numbers(3)[1], "siti")
    report = passed(road, exported)
    assert [t.head.delivery for t in report.told] == [A, OTT, B, "2.ott-uji.1"]
    assert all(t.claim.one is not None and t.claim.acknowledged is not None for t in report.told)
    for n in numbers(3):
        assert (str(n).encode() in exported.data) == (n == numbers(3)[1])
    assert str(numbers(3)[1]) not in exported.name


def test_each_delivery_of_a_number_is_a_bundle_that_is_proven_alone(road: Road) -> None:
    two_batches(road)
    whole = road.evidence.number(numbers(3)[1], "siti")
    alone = inside(whole, f"deliveries/{A}.zip")
    assert verify(alone, road.trust(), JoseSignatures(), C2spNotes()).passed


def test_the_export_of_a_number_is_logged_by_its_places_and_never_by_the_number(
    road: Road,
) -> None:
    two_batches(road)
    exported = road.evidence.number(numbers(3)[1], "siti")
    (event,) = road.events(Tag.AUDIT_EXPORT)
    assert event["places"] == [f"{A}/2", f"{OTT}/2", f"{B}/1", "2.ott-uji.1/1"]
    assert (event["login"], event["bundle"]) == ("siti", exported.digest)
    assert str(numbers(3)[1]) not in json.dumps(event)


def test_a_number_that_never_left_is_not_found(road: Road) -> None:
    two_batches(road)
    with pytest.raises(NotFound):
        road.evidence.number(numbers(9)[8], "siti")


def test_deliveries_of_two_numbers_or_two_heads_are_no_one_story(road: Road) -> None:
    two_batches(road)
    one, other = (road.evidence.number(numbers(3)[i], "siti") for i in (1, 2))
    mixed = {**bundle.unpack(one.data), f"deliveries/{A}.zip": inside(other, f"deliveries/{A}.zip")}
    data = bundle.pack({name: data for name, data in mixed.items() if name != "cover.html"})
    report = verify(data, road.trust(), JoseSignatures(), C2spNotes())
    assert [(r.number, r.reason) for r in report.failed] == [
        (31, "checkpoints"),
        (32, "other-number"),
    ]


def test_a_damaged_delivery_inside_is_named(road: Road) -> None:
    two_batches(road)
    found = bundle.unpack(road.evidence.number(numbers(3)[1], "siti").data)
    found[f"deliveries/{B}.zip"] = b"PK\3\4"
    report = verify(bundle.pack(found), road.trust(), JoseSignatures(), C2spNotes())
    assert not report.passed
    (third,) = (r for r in report.failed if r.number == 3)
    assert B in third.detail


def test_a_month_has_every_delivery_and_no_number(road: Road) -> None:
    two_batches(road)
    (exported,) = road.evidence.month(month_of(road), "siti")
    passed(road, exported)
    told = figures(exported)
    rows = {row["delivery"]: row for row in told["deliveries"]}  # type: ignore[attr-defined]
    assert set(rows) == {A, OTT, B, "2.ott-uji.1"}
    assert (rows[A]["block"], rows[A]["summary"]["declared_done"]) == (3, 3)
    assert sum(n for *_said, n in rows[A]["answers"]) == 3
    totals = {total["partner"]: total for total in told["totals"]}  # type: ignore[attr-defined]
    assert (totals["opr-uji-a"]["deliveries"], totals["opr-uji-a"]["entries"]) == (2, 4)
    assert all(str(n).encode() not in exported.data for n in numbers(3))


def test_a_month_lists_what_never_left(road: Road) -> None:
    two_batches(road)
    road.release([entry(n) for n in numbers(5)[3:]])
    (exported,) = road.evidence.month(month_of(road), "siti")
    passed(road, exported)
    unsealed = {one["delivery"]: one["state"] for one in figures(exported)["unsealed"]}  # type: ignore[attr-defined]
    assert unsealed == {"3.opr-uji-a.1": "QUEUED", "3.ott-uji.1": "QUEUED"}


def test_the_figures_of_an_earlier_cutoff_come_again_byte_for_byte(road: Road) -> None:
    peer = road.partner("opr-uji-a")
    peer.answers = False
    road.release([entry(n) for n in numbers(3)])
    road.round()
    month = month_of(road)
    (before,) = road.evidence.month(month, "siti")
    cutoff = json.loads(inside(before, "bundle.json"))["cutoff"]["leaves"]
    peer.answers = True
    road.pass_time(2 * DAY)
    road.run_until_quiet(4, 8 * HOUR)
    peer.say(peer.confirm(peer.opened[1], [(1, "gagal", "")], revision=2))
    peer.say(peer.confirm(peer.opened[1], [(1, "tertunda", "")], revision=2))
    road.round(2)
    (now,) = road.evidence.month(month, "siti")
    (again,) = road.evidence.month(month, "siti", cutoff)
    assert inside(again, "month.json") == inside(before, "month.json")
    assert inside(now, "month.json") != inside(before, "month.json")
    for exported in (now, again):
        passed(road, exported)


def test_a_cutoff_in_the_middle_of_a_conflict_is_told_as_it_was(road: Road) -> None:
    """At every signed head the month is consistent in itself: the verifier says so."""
    peer = road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(3)])
    road.round()
    for code in ("gagal", "tertunda"):
        peer.say(peer.confirm(peer.opened[1], [(1, code, "")], revision=2))
        road.pass_time(HOUR)
        road.round()
    with road.store.read() as uow:
        sizes = {head.size for head in uow.log.checkpoints()}
    conflicts = set()
    for size in sorted(sizes):
        for exported in road.evidence.month(month_of(road), "siti", size):
            passed(road, exported)
            for row in figures(exported)["deliveries"]:  # type: ignore[attr-defined]
                conflicts.add(row["summary"]["declared_done"])
    assert conflicts == {2, 3}


def test_a_big_month_becomes_parts_that_are_each_proven(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_batches(road)
    monkeypatch.setattr(evidence_month, "PART", 1)
    parts = list(road.evidence.month(month_of(road), "siti"))
    assert [part.name.rpartition("-part-")[2] for part in parts] == [
        f"{n}.zip" for n in range(1, 5)
    ]
    for part in parts:
        passed(road, part)
    assert [figures(part)["more"] for part in parts] == [True, True, True, False]


def test_a_month_is_one_on_a_clock_in_jakarta() -> None:
    month = read_period(PeriodKind.MONTH, "2026-12")
    assert to_wib(month.begin).isoformat() == "2026-12-01T00:00:00+07:00"
    assert to_wib(month.end).isoformat() == "2027-01-01T00:00:00+07:00"


@pytest.mark.parametrize("wrong", ["2026", "2026-13", "2026-1", "26-11", "2026-11-01", "١٢٣٤-11"])
def test_what_is_no_month_is_refused(road: Road, wrong: str) -> None:
    with pytest.raises(InputError, match="YYYY-MM"):
        list(road.evidence.month(wrong, "siti"))


def test_an_empty_month_and_an_unknown_cutoff(road: Road) -> None:
    two_batches(road)
    (empty,) = road.evidence.month("2019-01", "siti")
    passed(road, empty)
    with pytest.raises(NotFound):
        list(road.evidence.month(month_of(road), "siti", 1))


def test_a_months_export_is_logged_with_its_cutoff(road: Road) -> None:
    two_batches(road)
    (exported,) = road.evidence.month(month_of(road), "budi")
    (event,) = road.events(Tag.AUDIT_EXPORT)
    assert (event["month"], event["part"], event["login"]) == (month_of(road), 1, "budi")
    assert event["bundle"] == digest(exported.data)
