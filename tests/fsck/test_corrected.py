"""Rows that their sender corrected: fsck tells a release that came after, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.errors import Conflict
from gateway.services import review
from gateway.services.batches import Wanted
from gateway.services.intake import Options
from tests.compiled_once import compile_once
from tests.fsck.town import HEAD, Town, check

compile_once()

ONE, TWO, THREE = "0870-1111-2201", "0870-1111-2202", "0871-1111-2203"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    town.partner("opr-uji-a")
    yield town
    town.store.close()


def added(town: Town, *cells: str, follows: int = 0, ticket: str = "T-1") -> int:
    lines = "".join(f"{cell};Penipuan;WhatsApp;{ticket};2026-11-20\n" for cell in cells)
    options = Options(source="iasc", follows=follows)
    return town.intakes.add(town.file((HEAD + lines).encode()), "laporan.csv", options).id


def prepared(town: Town, *intakes: int) -> int:
    return town.batches.prepare(Wanted(intakes))[0].id


def codes(town: Town) -> set[str]:
    report = check(town.folder / "palang.sqlite", trust=town.trust())
    assert report.pinned
    return {one.code for one in report.findings} & {"entry-unfounded", "row-unreadable"}


def test_a_release_of_what_was_corrected_before_is_told(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = added(town, ONE, TWO)
    batch = prepared(town, first)
    added(town, THREE, TWO, follows=first)
    assert codes(town) == set()
    with pytest.raises(Conflict, match="corrected"):
        town.signed(batch)
    monkeypatch.setattr(review, "refuse_corrected", lambda _uow, _batch: None)
    town.signed(batch)
    assert codes(town) == {"entry-unfounded"}


def test_a_correction_after_the_release_is_none(town: Town) -> None:
    first = added(town, ONE, TWO)
    town.signed(prepared(town, first))
    added(town, THREE, TWO, follows=first)
    assert codes(town) == set()


def test_a_row_that_is_left_out_is_no_loss(town: Town) -> None:
    """It was corrected, or another batch has it; another row asks for its number."""
    first, other = added(town, ONE, TWO), added(town, ONE, TWO, ticket="T-2")
    prepared(town, other)
    added(town, THREE, TWO, follows=first)
    prepared(town, first, other, added(town, ONE, TWO, ticket="T-3"))
    assert codes(town) == set()
