"""Each numbered check refuses what is wrong in its point, and nothing else does."""

from __future__ import annotations

import dataclasses
from functools import cache

import pytest

from gateway.domain import entries
from gateway.domain.manifest import EntriesHead
from gateway.services import plain_numbers
from gateway.services.examination import Status, ok
from gateway.services.verdict import Report
from gateway.services.verifying import CHECKS, verify
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.vectors import lies_answers, lies_fetches, lies_keys, lies_order, lies_whole
from tests.vectors.keyring import Keys
from tests.vectors.liar import Liar
from tests.vectors.lying import (
    COVER,
    DELIVERY,
    ENTRIES,
    ENTRY,
    GUARDED,
    MONTH,
    NUMBER,
    OTT,
    OTT_COVER,
    PULL,
    Lie,
    rows,
)
from tests.vectors.parts import SALT, Scenario

LIES = [
    *lies_order.LIES,
    *lies_answers.LIES,
    *lies_fetches.LIES,
    *lies_whole.LIES,
    *lies_keys.LIES,
]


@cache
def keys() -> Keys:
    return Keys()


def told(lie: Lie) -> bytes:
    return Liar(keys(), lie.scenario, lie.stage, lie.tell).data


def checked(data: bytes, without: int = 0) -> Report:
    checks = [
        dataclasses.replace(check, run=lambda exam: ok(), whole=check.whole and (lambda exam: ok()))
        if check.number == without
        else check
        for check in CHECKS
    ]
    return verify(data, keys().trust(), JoseSignatures(), C2spNotes(), checks)


HONEST = [DELIVERY, ENTRIES, ENTRY, OTT, PULL, GUARDED, COVER, OTT_COVER, NUMBER, MONTH]


@pytest.mark.parametrize("scenario", HONEST, ids=str)
def test_an_honest_bundle_passes_every_check(scenario: Scenario) -> None:
    report = checked(Liar(keys(), scenario).data)
    assert [result.line() for result in report.failed] == []
    assert report.passed


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_a_bundle_wrong_in_one_point_is_refused_there_for_that_reason(lie: Lie) -> None:
    report = checked(told(lie))
    assert [(r.number, r.reason) for r in report.failed] == [(lie.check, lie.reason)]
    assert not report.passed


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_without_its_check_the_same_bundle_would_pass(lie: Lie) -> None:
    report = checked(told(lie), without=lie.check)
    assert [result.line() for result in report.failed] == []
    assert report.passed


def test_every_check_has_a_lie_that_it_alone_sees() -> None:
    """Check 29 checks nothing: it says who vouches for the time."""
    assert {lie.check for lie in LIES} == {check.number for check in CHECKS} - {29}
    assert [check.number for check in CHECKS] == list(range(1, len(CHECKS) + 1))


def test_the_time_is_said_to_be_the_gateways_own_word() -> None:
    (last,) = (r for r in checked(Liar(keys(), DELIVERY).data).results if r.number == 29)
    assert last.status is Status.NOT_CHECKED
    assert "the gateway's own word" in last.detail


class Mixed(Liar):
    """Entry 3 is an unblock."""

    def _slice(self) -> None:
        super()._slice()
        self.csv = self.csv.replace(b"3,628701111003,block", b"3,628701111003,unblock")
        lines = entries.data_lines(self.csv)
        digest = entries.salted_digest(SALT, self.csv)
        self.head = EntriesHead(len(self.csv), digest, entries.root(SALT, lines))
        self.counts = (3, 1)


def test_in_a_mixed_slice_each_entry_is_answered_in_its_own_kind() -> None:
    assert checked(Mixed(keys(), ENTRIES).data).passed
    blocked = rows("second", {3: "diblokir_total"})
    report = checked(Mixed(keys(), ENTRIES, "answers", blocked).data)
    assert [(r.number, r.reason) for r in report.failed] == [(19, "wrong-action")]


def test_a_mixed_slice_without_its_entries_leaves_the_kind_open() -> None:
    blocked = rows("second", {3: "diblokir_total"})
    assert checked(Mixed(keys(), DELIVERY, "answers", blocked).data).passed


@pytest.mark.parametrize(
    "value",
    [
        "+628701111001",
        "call 08701111001 now",
        "628701111001",
        {"a": [{"b": "0870 08701111001"}]},
        {"08701111001": 1},
        628701111001,
        8701111001,
    ],
)
def test_what_may_be_a_number_is_found_wherever_it_stands(value: object) -> None:
    assert plain_numbers.in_document({"fact": value})


@pytest.mark.parametrize(
    "value",
    [
        "sha256:" + "1234567890" * 6 + "1234",
        "7.opr-uji-a.1",
        "2026-11-24T07:00:00Z",
        "palang-opr-uji-a-1-00000001.zip.jwe",
        "ND-114/KOMDIGI/2026",
        "aB1234567890cd",
        134_217_728,
        1_795_503_600,
        True,
    ],
)
def test_digests_times_ids_and_sizes_are_no_numbers(value: object) -> None:
    assert not plain_numbers.in_document({"fact": value})
