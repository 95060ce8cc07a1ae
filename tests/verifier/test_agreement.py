"""Both verifiers say the same of every bundle that is kept, check by check."""

from __future__ import annotations

from pathlib import Path

import pytest

import palang_verify
from gateway.domain import bundle
from gateway.domain.trust import write_trust
from gateway.services.cover.page import FIXED
from gateway.services.verifying import CHECKS
from tests.services.evidence.test_verifying import HONEST, LIES, checked, keys, told
from tests.vectors import make_bundles
from tests.vectors.liar import Liar
from tests.verifier.both import (
    BAD,
    FOLDER,
    GOOD,
    marked,
    needs_no_tool,
    of_file,
    of_palang,
    pins,
    trust,
)


def test_they_number_and_name_the_same_checks() -> None:
    theirs = [(one.number, one.title) for one in CHECKS]
    assert [(one.number, one.title) for one in palang_verify.CHECKS] == theirs


def test_the_bundles_are_as_their_generator_makes_them() -> None:
    """Equal sources give equal bytes; after a change of the form they are made anew."""
    made = dict(make_bundles.contents())
    kept = {str(f.relative_to(FOLDER)): f.read_bytes() for f in FOLDER.rglob("*") if f.is_file()}
    stamps = {name for name in kept if name.startswith("stamps/")}
    assert set(made) == set(kept) - stamps
    assert [name for name, data in made.items() if kept[name] != data] == []
    assert len(GOOD) >= 10
    assert len(BAD) >= 30
    assert sum(map(len, made.values())) < 4_000_000


@pytest.mark.parametrize("file", marked(GOOD))
def test_a_good_bundle_passes_in_both(file: Path) -> None:
    data = file.read_bytes()
    said = of_file(data, pins())
    assert said == of_palang(data, trust())
    assert (said.code, said.reasons) == (0, ())


@pytest.mark.parametrize("file", marked(BAD))
def test_a_bad_bundle_is_refused_by_the_check_that_names_it(file: Path) -> None:
    data = file.read_bytes()
    mine, theirs = of_file(data, pins()), of_palang(data, trust())
    assert (mine.code, mine.statuses) == (theirs.code, theirs.statuses)
    check = int(file.stem[:2])
    assert mine.code == (1 if check else 2)
    assert [number for number, _reason in mine.reasons] == [check][: mine.code % 2]
    if "CMS" not in file.stem:  # which of its pins openssl would not take, it does not say
        assert mine.reasons == theirs.reasons


@pytest.mark.parametrize("file", marked([f for f in GOOD if needs_no_tool(f)][::3]))
def test_without_a_trust_file_nothing_is_proven(file: Path) -> None:
    data = file.read_bytes()
    mine, theirs = of_file(data, None), of_palang(data, None)
    assert (mine.code, mine.statuses) == (3, theirs.statuses)
    assert theirs.code == 3


@pytest.mark.parametrize(
    ("name", "member", "data"),
    [
        ("month", "month.json", b"[]"),
        ("month", "bundle.json", b'{"kind":"month","typ":"bundle","v":1}'),
        ("number", "bundle.json", b'{"kind":"number","typ":"bundle","v":1}'),
    ],
)
def test_of_a_month_or_number_that_cant_be_read_the_file_is_checked_all_the_same(
    name: str, member: str, data: bytes
) -> None:
    members = bundle.unpack((FOLDER / "good" / f"{name}.zip").read_bytes())
    members[member] = data
    stale = bundle.build(members)
    members[bundle.INDEX] = bundle.index_of({n: d for n, d in members.items() if n != bundle.INDEX})
    for file, failed in ((bundle.build(members), [3]), (stale, [2, 3]), (stale + b"x", [1, 2, 3])):
        said = of_palang(file, trust())
        assert said == of_file(file, pins())
        assert [number for number, _reason in said.reasons] == failed
        assert {status for _number, status in said.statuses[3:]} == {"not checked"}


@pytest.mark.long
def test_they_agree_on_every_lie_that_the_tests_know() -> None:
    mine = palang_verify.Pins(write_trust(keys().trust()), "trust.json")
    for data in (
        *(Liar(keys(), scenario).data for scenario in HONEST),
        *(told(lie) for lie in LIES),
    ):
        report = checked(data)
        theirs = [(one.number, str(one.status), one.reason) for one in report.results]
        found = palang_verify.verify(data, mine)
        assert [(one.check.number, one.status, one.reason) for one in found.results] == theirs
        assert (found.code == 0) is report.passed


def test_the_pages_that_are_known_are_those_that_are_written() -> None:
    known = {f"sha256:{name}": kind for name, kind in palang_verify.COVERS.items()}
    assert known == FIXED
