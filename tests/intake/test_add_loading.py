"""Loading in pages: what is seen, what a crash leaves, what stays of a file that turns bad."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from gateway.domain import failpoints
from gateway.domain.errors import Conflict, InputError
from gateway.domain.opened import Block, Opened
from gateway.domain.records import GatewayState
from gateway.domain.rules import RULES
from gateway.reading.files import FileReader
from gateway.services import intake_load
from gateway.services.intake import Intakes, Options, Watch
from gateway.services.intake_load import ABANDONED
from gateway.services.setup import initialise
from gateway.store.store import open_store
from tests.peers import postgres
from tests.services.front.world import GATEWAY, World, reference_tables
from tests.store.samples import T0, FixedClock
from tests.store.samples import intake as sample_intake

HEAD = "NOMOR HP;KATEGORI;KANAL\n"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(intake_load, "PAGES", 2)
    return World(tmp_path)


def sheet(world: World, rows: int = 25, first: int = 0) -> Path:
    lines = (f"0870{at:08};penipuan;whatsapp\n" for at in range(first, first + rows))
    path = world.folder / f"daftar-{first}.csv"
    path.write_text(HEAD + "".join(lines))
    return path


class SmallBlocks:
    """A reader that hands over five rows at a time, and after `most` of them fails."""

    def __init__(self, most: int = 1_000) -> None:
        self.most = most

    @contextmanager
    def open(self, path: Path, name: str) -> Iterator[Opened]:
        with FileReader().open(path, name) as opened:

            def blocks(sheet: int) -> Iterator[Block]:
                for block in opened.blocks(sheet):
                    for at in range(0, len(block.rows), 5):
                        if at >= self.most:
                            raise InputError("expected a whole file, row 21 is cut off")
                        yield Block(block.first + at, block.rows[at : at + 5])

            yield replace(opened, blocks=blocks)


def small(world: World, most: int = 1_000) -> Intakes:
    return Intakes(world.store, world.clock, SmallBlocks(most))


def left(world: World) -> tuple[int, ...]:
    """Loading intakes that stand in the store."""
    with world.store.read() as uow:
        return uow.lists.abandoned(world.clock.now() + 1)


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("point", ["begin", "rows", "add"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_crash_leaves_no_half_intake_and_the_file_can_be_added_again(
    world: World, side: str, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(reached: str) -> None:
        if reached == f"{side}:intake.{point}":
            raise Crash

    path = sheet(world)
    monkeypatch.setattr(intake_load, "sweep", lambda *_: None)  # a dead process does not tidy up
    failpoints.arm(die)
    try:
        with pytest.raises(Crash):
            small(world).add(path, "daftar.csv", Options("iasc"))
    finally:
        failpoints.arm(None)
    monkeypatch.undo()
    done = (side, point) == ("after", "add")
    assert len(world.intakes.all()) == done
    if done:
        with pytest.raises(Conflict, match="already"):
            small(world).add(path, "daftar.csv", Options("iasc"))
    else:
        made = small(world).add(path, "daftar.csv", Options("iasc"))
        assert len(world.intakes.rows(made.id)) == 25
    world.pass_time(ABANDONED + 1)
    small(world).add(sheet(world, 1, 500), "lain.csv", Options("iasc"))
    assert left(world) == ()


def test_what_is_loading_is_not_swept_while_rows_come(world: World) -> None:
    seen: list[tuple[int, ...]] = []

    def watch(_rows: int) -> None:
        world.pass_time(ABANDONED // 2)
        intake_load.sweep_abandoned(world.store, world.clock.now())
        seen.append(left(world))

    small(world).add(sheet(world), "daftar.csv", Options("iasc"), Watch(decided=watch))
    assert len(seen) == 6 and all(seen)


def test_a_file_that_turns_bad_leaves_nothing(world: World) -> None:
    with pytest.raises(InputError, match="cut off"):
        small(world, most=20).add(sheet(world), "daftar.csv", Options("iasc"))
    assert world.intakes.all() == () and left(world) == ()


def test_others_write_between_two_transactions(world: World) -> None:
    begun, go_on = Event(), Event()

    def watch(rows: int) -> None:
        begun.set()
        assert go_on.wait(30)

    loading = Thread(
        target=small(world).add,
        args=(sheet(world), "daftar.csv", Options("iasc"), Watch(decided=watch)),
    )
    loading.start()
    try:
        assert begun.wait(30)
        other = world.intake(HEAD + "0871-1111-2201;penipuan;sms\n")
        assert [one.id for one in world.intakes.all()] == [other]
    finally:
        go_on.set()
        loading.join()
    assert len(world.intakes.all()) == 2


def test_nothing_is_stored_where_the_one_who_looks_on_objects(world: World) -> None:
    def object_(_opened: object, _plan: object) -> None:
        raise InputError("not this column")

    with pytest.raises(InputError, match="not this"):
        small(world).add(sheet(world), "d.csv", Options("iasc"), Watch(planned=object_))
    assert left(world) == ()


def test_rows_hold_no_sentence_that_is_their_rules_own(world: World) -> None:
    rows = world.intakes.rows(world.intake(HEAD + "087O11;;\n0870-1111-2201;;\n;;\n"))
    assert [row.reason for row in rows] == ["", "", ""]
    assert all(row.rule in RULES for row in rows)


_MEASURE = """
import resource, sys
from pathlib import Path
from gateway.services.intake import Options
from tests.services.front.world import World
world = World(Path(sys.argv[1]))
start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
made = world.intakes.add(Path(sys.argv[2]), "daftar.csv", Options("iasc"))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) // 1024, made.counts[0][1])
"""


@pytest.mark.long
def test_a_million_rows_take_less_than_300_mb_over_the_start(tmp_path: Path) -> None:
    assert resource.RUSAGE_SELF == 0  # ru_maxrss is in kilobytes where this runs
    (tmp_path / "g").mkdir()
    path = tmp_path / "daftar.csv"
    with path.open("w") as file:
        file.write(HEAD)
        file.writelines(f"0870{at:08};penipuan;whatsapp\n" for at in range(1_000_000))
    run = [sys.executable, "-c", _MEASURE, str(tmp_path / "g"), str(path)]
    told = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
    assert int(told[1]) == 1_000_000
    assert int(told[0]) < 300


@pytest.mark.postgres
def test_on_a_server_a_file_is_loaded_too_and_a_left_one_swept(tmp_path: Path) -> None:
    server = postgres.server()
    with (
        postgres.database() as name,
        closing(open_store(server.url(name), FixedClock())) as store,
    ):
        state = GatewayState(GATEWAY, f"{GATEWAY}.example/ledger", 1, T0)
        initialise(store, state, (), reference_tables())
        path = tmp_path / "daftar.csv"
        path.write_text(HEAD + "0870-1111-2201;penipuan;sms\n087O1;;\n0870-1111-2201;;\n")
        with store.write() as uow:
            uow.lists.begin_intake(replace(sample_intake(), added_at=T0 - 2 * ABANDONED))
            uow.commit("intake.begin")
        clock = FixedClock(T0 + ABANDONED + 1)
        made = Intakes(store, clock, FileReader()).add(path, "daftar.csv", Options("iasc"))
        assert dict(made.counts)["accepted"] == dict(made.counts)["duplicate"] == 1
        with store.read() as uow:
            assert uow.lists.abandoned(clock.now() + 1) == ()
