"""A report over real deliveries says what the delivery pages say, at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain import failpoints
from gateway.domain.periods import PeriodKind, read_period
from gateway.domain.times import DAY, HOUR
from gateway.services.reports import ReportService
from gateway.store.views.reports import SqlReports
from tests.services.back.parts import numbers
from tests.services.back.test_receiving import judged, sent
from tests.services.back.world import World, entry
from tests.services.reports.raw import cited_tables

NOVEMBER = read_period(PeriodKind.MONTH, "2026-11")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    cited_tables(made.store)
    yield made
    made.close()


def service(world: World) -> ReportService:
    return ReportService(world.store, SqlReports(world.store), world.clock)


def test_a_report_and_the_delivery_pages_count_alike(world: World) -> None:
    peer, opened = sent(world, 5)
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    first = [(1, "diblokir_total", "total"), (2, "gagal", ""), (3, "bukan_pelanggan", "")]
    judged(world, peer, peer.sign(peer.confirm(opened, first, 1)))
    world.pass_time(2 * DAY)
    judged(world, peer, peer.sign(peer.confirm(opened, [(2, "diblokir_total", "total")], 2)))
    world.pass_time()
    (shown,) = world.progress.partners()
    (figures,) = service(world).make(NOVEMBER, test=True).figures["operators"]
    block = figures["block"]
    assert (block["sent"], block["acknowledged"], block["done"], block["outstanding"]) == (
        shown.sent, shown.acknowledged, shown.done, shown.outstanding,
    )  # fmt: skip
    assert (block["missed"], block["overdue"]) == (shown.missed, shown.outstanding)
    by_code = {code: entries for _side, code, _scope, entries in figures["dispositions"]}
    assert by_code == dict(shown.confirmed) == {"bukan_pelanggan": 1, "diblokir_total": 2}
    assert (block["missed"], block["never"], block["outstanding"]) == (3, 2, 2)


def test_a_delivery_that_can_not_be_handed_over_is_released_and_not_sent(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(3)])
    (figures,) = service(world).make(NOVEMBER, test=True).figures["operators"]
    assert figures["block"] == {"released": 3} and figures["deliveries"]["released"] == 1


def test_live_figures_leave_test_batches_out_and_say_how_many(world: World) -> None:
    sent(world, 3)
    figures = service(world).make(NOVEMBER).figures
    assert (figures["batches"], figures["operators"], figures["other_batches"]) == (0, [], 1)


def test_otts_are_one_total_and_are_never_overdue(world: World) -> None:
    for name in ("ott-uji-a", "ott-uji-b"):
        world.ott(name)
    world.release([entry(n, route="ott") for n in numbers(4)])
    world.run_until_quiet(4, HOUR)
    world.pass_time(20 * DAY)
    report = service(world).make(NOVEMBER, test=True)
    otts = report.figures["otts"]
    assert (otts["partners"], otts["shown"], otts["block"]["sent"]) == (2, True, 8)
    assert not {"overdue", "missed"} & set(otts["block"]) and "carried" not in otts
    assert report.figures["operators"] == []


def test_a_report_is_a_leaf_of_the_ledger_without_a_number(world: World) -> None:
    _peer, opened = sent(world, 3)
    report = service(world).make(NOVEMBER, test=True)
    with world.store.read() as uow:
        event = uow.log.leaf(report.leaf).event.decode()
        assert uow.log.find(report.digest) == (report.leaf,)
    assert '"event":"report.cut"' in event
    assert not any(str(one.number) in event for one in opened.entries)


class Crash(Exception):
    """As if the process ended there."""


def _crash() -> None:
    raise Crash


@pytest.mark.parametrize(("point", "kept"), [("before:report.cut", 0), ("after:report.cut", 1)])
def test_a_crash_at_the_commit_leaves_a_whole_report_or_none(
    world: World, point: str, kept: int
) -> None:
    failpoints.arm_from(point, _crash)
    try:
        with pytest.raises(Crash):
            service(world).make(NOVEMBER, test=True)
    finally:
        failpoints.arm(None)
    found = list(service(world).listed())
    assert len(found) == kept
    for report in found:
        service(world).check(report)
