"""A batch above a guard: its evidence carries the word of the third officer, and needs it."""

from __future__ import annotations

import secrets

import pytest

from gateway.domain import bundle
from gateway.domain.batch import Batch
from gateway.domain.delivery import Priority
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.services.endorsement import Endorsement
from gateway.services.guards import GuardLimits
from gateway.services.release import Release
from gateway.services.verdict import Report
from gateway.services.verifying import verify
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.services.back.world import entry, numbers
from tests.services.evidence.road import Road

A, NAME = "1.opr-uji-a.1", "batch/endorse.jws"
TIGHT = GuardLimits(1, 100, 100, 100, 10_000)
REASON = {"entries": "ND-114/KOMDIGI/2026"}


@pytest.fixture
def endorsed(road: Road) -> Road:
    """Siti submits three entries where one is the threshold, Tini endorses, Budi releases."""
    road.partner("opr-uji-a")
    tini = road._officer("tini")
    for by in (road.siti, road.budi):
        road.officers.approve("tini", by)
    releases = Release(road.store, road.approvals, road.clock, TIGHT)
    now = road.clock.now()
    with road.store.write() as uow:
        number = uow.lists.next_batch()
        salt = secrets.token_bytes(32)
        made = Batch(number, created_at=now, test=True, salt=salt, priority=Priority.ROUTINE)
        uow.save(made, LedgerEvent(Tag.BATCH_PREPARE, now, {"batch": number}))
        uow.lists.put_entries(number, [entry(n) for n in numbers(3)])
        uow.commit("batch.prepare")
    releases.submit(number, road.siti)
    Endorsement(road.store, road.approvals, road.clock, TIGHT).endorse(number, tini, REASON)
    releases.release(number, road.budi)
    road.round()
    return road


def report_of(road: Road, data: bytes) -> Report:
    return verify(data, road.trust(), JoseSignatures(), C2spNotes())


def test_the_third_officers_word_is_in_the_bundle_and_named(endorsed: Road) -> None:
    exported = endorsed.evidence.delivery(A, "tester")
    report = report_of(endorsed, exported.data)
    assert [result.line() for result in report.failed] == []
    assert NAME in bundle.unpack(exported.data)
    assert report.results[7].detail == (
        "submitted by siti, released by budi, endorsed by tini (entries)"
    )
    assert {used.key.owner.id for used in report.used} >= {"siti", "budi", "tini"}


def test_without_that_word_the_bundle_fails(endorsed: Road) -> None:
    found = bundle.unpack(endorsed.evidence.delivery(A, "tester").data)
    del found[NAME]
    report = report_of(endorsed, bundle.pack(found))
    assert [(result.number, result.reason) for result in report.failed] == [(8, "not-endorsed")]


def test_a_batch_below_its_guards_carries_no_such_word(road: Road) -> None:
    road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(3)])
    road.round()
    assert NAME not in bundle.unpack(road.evidence.delivery(A, "tester").data)
