"""Dated tables: a version rules from a day that two officers named, and nothing before."""

from dataclasses import replace

import pytest

from config.seed import parse
from gateway.cli.table import to_csv
from gateway.domain.dated import Change
from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted
from gateway.domain.records import ReferenceTable
from gateway.domain.times import DAY, to_wib
from gateway.services.approvals import Signatory
from gateway.services.tables import Tables
from tests.services.front.world import PartnerSide, World

Pair = tuple[Signatory, Signatory]
PLAN, PROTECTED = "numbering_plan", "protected_numbers"


def read(kind: str, data: bytes) -> ReferenceTable:
    t = parse(kind, data)
    return ReferenceTable(t.kind, t.version, t.source, t.digest, t.columns, t.rows)


@pytest.fixture
def tables(world: World) -> Tables:
    return Tables(world.store, world.approvals, world.clock, read)


def ruling(world: World, kind: str = PLAN) -> ReferenceTable:
    with world.store.read() as uow:
        return uow.registry.reference(kind, world.clock.at)


def moved_plan(world: World) -> bytes:
    """The ruling plan, with 0871 given to another partner and 0872 to nobody."""
    plan = ruling(world)
    at = plan.columns.index("partner")
    rows = [
        (*row[:at], "opr-uji-c", *row[at + 1 :]) if row[0] == "871" else row
        for row in plan.rows
        if row[0] != "872"
    ]
    return to_csv(replace(plan, version="2027-01-01", rows=tuple(rows)))


def day(world: World, ahead: int) -> str:
    return to_wib(world.clock.at + ahead * DAY).date().isoformat()


def test_a_loaded_version_rules_nothing_until_two_officers_name_the_same_day(
    world: World, tables: Tables, officers: Pair
) -> None:
    tables.load(PLAN, moved_plan(world))
    before = ruling(world).version
    assert tables.activate(PLAN, "2027-01-01", day(world, 2), officers[0]) is None
    assert tables.activate(PLAN, "2027-01-01", day(world, 3), officers[1]) is None
    world.pass_time(4 * DAY)
    assert ruling(world).version == before
    tomorrow = day(world, 1)
    assert tables.activate(PLAN, "2027-01-01", tomorrow, officers[0]) is None
    assert tables.activate(PLAN, "2027-01-01", tomorrow, officers[1]) is not None
    assert ruling(world).version == before
    world.pass_time(DAY)
    assert ruling(world).version == "2027-01-01"
    assert [v.table.version for v in tables.all() if v.table.kind == PLAN and v.rules] == [
        "2027-01-01"
    ]


def test_old_decisions_keep_the_version_that_decided_them(
    world: World, tables: Tables, officers: Pair
) -> None:
    first = world.intake()
    before = ruling(world).version
    tables.load(PLAN, moved_plan(world))
    for by in officers:
        tables.activate(PLAN, "2027-01-01", day(world, 0), by)
    second = world.intake("nomor hp\n0871-1111-2299\n")
    rows = {r.route for r in world.intakes.rows(second)}
    assert rows == {"opr-uji-c"}
    assert f"numbering_plan {before}" in world.intakes.show(first).rules
    assert "numbering_plan 2027-01-01" in world.intakes.show(second).rules


def test_one_officer_signs_once(world: World, tables: Tables, officers: Pair) -> None:
    tables.load(PLAN, moved_plan(world))
    tables.activate(PLAN, "2027-01-01", day(world, 0), officers[0])
    with pytest.raises(NotPermitted):
        tables.activate(PLAN, "2027-01-01", day(world, 0), officers[0])


def test_a_comparison_names_what_would_become_of_numbers_that_stand_blocked(
    world: World, tables: Tables, officers: Pair
) -> None:
    for name in ("opr-uji-a", "opr-uji-b"):
        world.live_partner(PartnerSide(name, "operator"), officers)
    world.released(officers)
    tables.load(PLAN, moved_plan(world))
    found = tables.compare(PLAN, "2027-01-01")
    assert found.listed == 4
    assert found.counts == {("opr-uji-a", "opr-uji-c"): 1, ("opr-uji-b", "unmapped"): 1}


def test_a_comparison_sees_numbers_that_become_protected(
    world: World, tables: Tables, officers: Pair
) -> None:
    world.live_partner(PartnerSide("opr-uji-a", "operator"), officers)
    batch = world.released(officers)
    table = ruling(world, PROTECTED)
    cells = dict.fromkeys(table.columns, "")
    cells |= {"pattern": "087011112201", "match": "exact", "valid_from": "2026-11-25"}
    row = tuple(cells.values())
    later = replace(table, version="2027-01-01", rows=(*table.rows, row))
    tables.load(PROTECTED, to_csv(later))
    assert tables.compare(PROTECTED, "2027-01-01").changes == ()
    found = tables.compare(PROTECTED, "2027-01-01", "2026-11-25")
    assert found.changes == (Change(6287011112201, batch, "opr-uji-a", "protected"),)


def test_what_can_not_be_loaded_or_activated_says_why(
    world: World, tables: Tables, officers: Pair
) -> None:
    good = moved_plan(world)
    for bad in (
        b"",
        b"\xff\xfe",
        good.replace(b"ndc,", b"prefix,"),
        good.replace(b"871,", b"87x,"),
    ):
        with pytest.raises(InputError):
            tables.load(PLAN, bad)
    tables.load(PLAN, good)
    with pytest.raises(Conflict):
        tables.load(PLAN, good)
    with pytest.raises(Conflict):
        tables.load(PLAN, good + b"876,opr-uji-a,2026-01-01,,1,uji\n")
    with pytest.raises(NotFound):
        tables.activate(PLAN, "2028-01-01", day(world, 0), officers[0])
    with pytest.raises(InputError):
        tables.activate(PLAN, "2027-01-01", day(world, -1), officers[0])
    with pytest.raises(InputError):
        tables.activate(PLAN, "2027-01-01", "besok", officers[0])
    with pytest.raises(Conflict):
        tables.activate(PLAN, ruling(world).version, day(world, 0), officers[0])
    with pytest.raises(InputError):
        tables.compare("terms", "2027-01-01")


def protected(world: World, *patterns: str) -> ReferenceTable:
    """The ruling protected list, with these numbers besides."""
    table = ruling(world, PROTECTED)
    cells = dict.fromkeys(table.columns, "") | {"match": "exact", "valid_from": "2024-01-01"}
    more = tuple(tuple((cells | {"pattern": pattern}).values()) for pattern in patterns)
    return replace(table, version="2027-01-01", rows=(*table.rows, *more))


def test_a_protected_number_in_another_form_is_not_loaded_and_its_row_is_named(
    world: World, tables: Tables
) -> None:
    rows = len(ruling(world, PROTECTED).rows)
    for written in ("6287011112201", "006287011112201"):
        table = protected(world, "087011112202", written)
        with pytest.raises(InputError, match=f"2027-01-01, row {rows + 2}: ") as refused:
            tables.load(PROTECTED, to_csv(table))
        assert "1111" not in str(refused.value) + refused.value.hint


def test_a_protected_row_without_effect_is_told(world: World, tables: Tables) -> None:
    first = len(ruling(world, PROTECTED).rows) + 1
    loaded = tables.load(PROTECTED, to_csv(protected(world, "0870111", "087011112202")))
    assert tables.idle(loaded) == (first,)
    assert tables.idle(ruling(world)) == ()
