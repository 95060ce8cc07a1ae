"""Each numbered check refuses what is wrong in its point, and nothing else does."""

from __future__ import annotations

import dataclasses
from functools import cache

import pytest

from gateway.services.examination import Status, ok
from gateway.services.verifying import CHECKS, Report, verify
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.vectors import lies_answers, lies_order
from tests.vectors.keyring import Keys
from tests.vectors.liar import Liar
from tests.vectors.lying import DELIVERY, ENTRIES, ENTRY, OTT, Lie
from tests.vectors.parts import Scenario

LIES = [*lies_order.LIES, *lies_answers.LIES]


@cache
def keys() -> Keys:
    return Keys()


def told(lie: Lie) -> bytes:
    return Liar(keys(), lie.scenario, lie.stage, lie.tell).data


def checked(data: bytes, without: int = 0) -> Report:
    checks = [
        dataclasses.replace(check, run=lambda exam: ok()) if check.number == without else check
        for check in CHECKS
    ]
    return verify(data, keys().trust(), JoseSignatures(), C2spNotes(), checks)


@pytest.mark.parametrize("scenario", [DELIVERY, ENTRIES, ENTRY, OTT], ids=str)
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
    last = checked(Liar(keys(), DELIVERY).data).results[-1]
    assert last.status is Status.NOT_CHECKED
    assert "the gateway's own word" in last.detail
