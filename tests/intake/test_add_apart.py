"""A list that a child decides goes into the store like any other, or not at all."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from demo.synthetic import generate
from gateway.domain.errors import InputError
from gateway.reading.files import FileReader
from gateway.services import intake_load
from gateway.services.intake import Intakes, Options, Watch
from tests.reading.files import written
from tests.services.front.world import World


def _children() -> set[int]:
    return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))


def _loading(world: World) -> tuple[int, ...]:
    with world.store.read() as uow:
        return uow.lists.abandoned(world.clock.now() + 1)


def _apart(world: World) -> Intakes:
    return Intakes(world.store, world.clock, FileReader(apart_from=1))


def test_a_child_that_dies_in_the_middle_leaves_nothing_and_the_list_can_be_added_again(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_load, "PAGES", 1)  # some are stored before it dies
    path = written(tmp_path / "a.csv", generate(9, 12_000).csv)
    before, seen = _children(), list[int]()

    def kill(rows: int) -> None:
        seen.append(rows)
        if len(seen) == 3:  # what the line between them holds is far less than the rest
            (child,) = _children() - before
            os.kill(child, signal.SIGKILL)

    with pytest.raises(InputError, match="expected a list"):
        _apart(world).add(path, "a.csv", Options("iasc"), Watch(decided=kill))
    assert 3 <= len(seen) < 12
    assert (world.intakes.all(), _loading(world), _children()) == ((), (), before)
    made = _apart(world).add(path, "a.csv", Options("iasc"))
    assert sum(rows for _, rows in made.counts) == 12_000


def test_who_stops_it_leaves_no_child_and_no_row(world: World, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", generate(9, 3_000).csv)
    before = _children()

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _apart(world).add(path, "a.csv", Options("iasc"), Watch(decided=stop))
    assert (world.intakes.all(), _loading(world), _children()) == ((), (), before)


def test_the_intake_is_the_same_whoever_decided_its_rows(world: World, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", generate(9, 3_000).csv)
    (tmp_path / "other").mkdir()
    other = World(tmp_path / "other")
    here = other.intakes.add(path, "a.csv", Options("iasc"))
    there = _apart(world).add(path, "a.csv", Options("iasc"))
    assert (there.counts, there.sheets) == (here.counts, here.sheets)
    assert world.intakes.rows(there.id) == other.intakes.rows(here.id)
    other.store.close()
