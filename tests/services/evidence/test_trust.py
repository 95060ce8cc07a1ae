"""Whose keys count: those that were pinned before, never those that come with the file."""

from __future__ import annotations

from functools import cache

import pytest

from gateway.domain import bundle
from gateway.domain.trust import Trust
from gateway.services.examination import Status
from gateway.services.verdict import Report
from gateway.services.verifying import verify
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.vectors.keyring import Keys
from tests.vectors.liar import Liar
from tests.vectors.lying import DELIVERY


@cache
def keys() -> Keys:
    return Keys()


def checked(data: bytes, trust: Trust | None) -> Report:
    return verify(data, trust, JoseSignatures(), C2spNotes())


def test_without_pins_nothing_is_proven_and_the_keys_are_shown() -> None:
    report = checked(Liar(keys(), DELIVERY).data, None)
    assert (report.passed, report.pinned, report.failed) == (False, False, ())
    assert {key.kid for key in report.keys} == {key.kid for key in keys().pins}


def test_a_bundle_forged_whole_with_own_keys_fails_under_the_pins() -> None:
    forged = Liar(Keys(), DELIVERY).data
    report = checked(forged, keys().trust())
    assert not report.passed
    assert {5, 8, 11, 15, 17, 22} <= {result.number for result in report.failed}
    assert {r.reason for r in report.failed if r.number in (5, 8, 15, 17)} == {"unknown-key"}


def test_the_trust_file_of_another_gateway_is_named_as_the_cause() -> None:
    other = Trust("palang-lain", keys().pins)
    report = checked(Liar(keys(), DELIVERY).data, other)
    assert (report.failed[0].number, report.failed[0].reason) == (4, "other-gateway")


def test_a_key_revoked_after_the_fact_still_proves_it() -> None:
    at = 10**18 // 500  # 2033
    later = Trust(keys().trust().gateway, [key.revoked_at(at) for key in keys().pins])
    assert checked(Liar(keys(), DELIVERY).data, later).passed


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bundle.json", b"{}"),
        ("bundle.json", b'{"v":2,"typ":"bundle"}'),
        ("manifest.json", b"not json"),
        ("statements.json", b'{"items":[{"statement":5}],"typ":"statements","v":1}'),
        ("attempts.json", b'{"items":[7],"proves":"all","typ":"attempts","v":1}'),
        ("attempts.json", b'{"items":[],"proves":"all","typ":"attempts","v":1}'),
        ("sealings.json", b'{"items":[null],"typ":"sealings","v":1}'),
        ("ledger/consistency.json", b'{"items":["AA=="],"typ":"consistency","v":1}'),
        ("keys.json", b'{"v":1,"typ":"trust"}'),
        ("ledger/checkpoint.note", b"\xff\xfe"),
        ("entry.json", b'{"entry":1,"line":"1,2","path":[],"salt":"zz","typ":"entry","v":1}'),
        ("ledger/0000000001.json", b"[]"),
        ("ledger/0000000001.tlog-proof", b"c2sp.org/tlog-proof@v1\nindex 2\n\nnote\n"),
        ("summary.json", b'{"typ":"summary","v":1,"v":1}'),
    ],
)
def test_a_member_that_cant_be_read_fails_check_3_and_the_rest_is_not_checked(
    name: str, data: bytes
) -> None:
    liar = Liar(keys(), DELIVERY)
    liar.files[name] = data
    report = checked(bundle.pack(liar.files), keys().trust())
    assert [result.number for result in report.failed] == [3]
    assert {r.status for r in report.results[3:]} == {Status.NOT_CHECKED}
    assert not report.passed


@pytest.mark.parametrize("name", ["manifest.json", "summary.json", "ledger/0000000001.salt"])
def test_a_member_that_is_missing_fails_check_3(name: str) -> None:
    liar = Liar(keys(), DELIVERY)
    del liar.files[name]
    report = checked(bundle.pack(liar.files), keys().trust())
    assert [(result.number, result.reason) for result in report.failed] == [(3, "missing")]


def test_a_changed_member_is_named_though_it_cant_be_read() -> None:
    data = Liar(keys(), DELIVERY).data.replace(b'"kind":"delta"', b'"kind":"delt\xff"')
    report = checked(data, keys().trust())
    assert [result.number for result in report.failed] == [1, 2, 3]
    assert "manifest.json" in report.results[1].detail
