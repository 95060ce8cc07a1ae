"""The high-water file: no restored backup goes unnoticed (promise E)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gateway import ports
from gateway.domain import failpoints
from gateway.domain.errors import Conflict, InputError
from gateway.domain.records import Stream
from gateway.store.highwater import HighWaterFile
from tests.store.samples import OPERATOR, OTT


class Crash(Exception):
    """The process dies here."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file lies, beside no database."""
    return tmp_path / "outside" / "highwater.json"


@pytest.fixture
def file(path: Path) -> HighWaterFile:
    """Return a file that begins with epoch 1."""
    path.parent.mkdir()
    made = HighWaterFile(path)
    made.start(1)
    return made


def at(sequence: int, partner: str = OPERATOR, epoch: int = 1) -> Stream:
    return Stream(partner, epoch, sequence, "")


def test_the_file_is_what_the_port_asks_for(file: HighWaterFile) -> None:
    port: ports.HighWater = file
    port.raise_to(1, 5, [at(2)])
    port.check(1, 5, [at(2)])
    port.check(1, 9, [at(3), at(1, OTT)])


@pytest.mark.parametrize(
    ("ledger", "streams", "words"),
    [
        (4, [at(2)], "4 ledger entries, the file has 5"),
        (5, [at(1)], "opr-uji-a at sequence 1, the file has 2"),
        (5, [], "opr-uji-a at sequence 0, the file has 2"),
        (5, [at(2, epoch=2)], "opr-uji-a at sequence 0"),
    ],
)
def test_a_database_behind_the_file_is_refused_and_told_in_what(
    file: HighWaterFile, ledger: int, streams: list[Stream], words: str
) -> None:
    file.raise_to(1, 5, [at(2)])
    with pytest.raises(Conflict, match=words) as caught:
        file.check(1, ledger, streams)
    assert "two officers open a new epoch" in caught.value.hint


def test_a_new_epoch_begins_anew_and_the_old_one_is_over(file: HighWaterFile) -> None:
    file.raise_to(1, 50, [at(20)])
    file.check(2, 31, [])
    file.raise_to(2, 32, [at(1, epoch=2)])
    file.check(2, 32, [at(20), at(1, epoch=2)])
    with pytest.raises(Conflict, match="epoch 1, the file has 2"):
        file.check(1, 50, [at(20)])
    with pytest.raises(Conflict, match="epoch 1 is over"):
        file.raise_to(1, 51, [at(21)])


def test_the_mark_never_falls(file: HighWaterFile) -> None:
    file.raise_to(1, 9, [at(4)])
    file.raise_to(1, 7, [at(3)])
    with pytest.raises(Conflict, match=r"8 ledger entries.*sequence 3"):
        file.check(1, 8, [at(3)])


def test_each_machines_file_has_what_other_machines_sealed(tmp_path: Path) -> None:
    """Machine B's worker sends to the OTT alone; machine A, with the operator's, is lost."""
    other = HighWaterFile(tmp_path / "machine-b.json")
    other.start(1)
    other.raise_to(1, 9, [at(7), at(2, OTT), at(40, "opr-uji-b", epoch=2)])
    with pytest.raises(Conflict, match="opr-uji-a at sequence 6, the file has 7"):
        other.check(1, 9, [at(6), at(2, OTT)])
    other.check(1, 9, [at(7), at(2, OTT)])


def test_a_lost_file_is_refused_where_the_ledger_has_entries(
    file: HighWaterFile, path: Path
) -> None:
    path.unlink()
    file.check(1, 0, [])
    with pytest.raises(Conflict, match="missing, the ledger has 1 entries"):
        file.check(1, 1, [])
    with pytest.raises(Conflict, match="missing"):
        file.raise_to(1, 2, [at(1)])


def test_the_file_of_an_earlier_gateway_is_not_overwritten(file: HighWaterFile) -> None:
    file.raise_to(1, 5, [at(2)])
    with pytest.raises(Conflict, match="already"):
        file.start(1)
    file.check(1, 5, [at(2)])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"v":1,"v":1}',
        b'{"v":1,"epoch":1}',
        b'{"v":2,"epoch":1,"ledger":0,"streams":{}}',
        b'{"v":1,"epoch":1,"ledger":0,"streams":{"a":"1"}}',
    ],
)
def test_a_malformed_file_is_named_with_the_next_step(
    file: HighWaterFile, path: Path, content: bytes
) -> None:
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"highwater\.json") as caught:
        file.check(1, 5, [])
    assert "new epoch" in caught.value.hint
    with pytest.raises(InputError):
        file.raise_to(1, 5, [at(1)])


def test_a_crash_before_the_rename_keeps_the_old_mark(file: HighWaterFile) -> None:
    def die(point: str) -> None:
        if point == "before:highwater.rename":
            raise Crash

    failpoints.arm(die)
    try:
        with pytest.raises(Crash):
            file.raise_to(1, 5, [at(2)])
    finally:
        failpoints.arm(None)
    file.check(1, 0, [])
    file.raise_to(1, 6, [at(3)])
    file.check(1, 6, [at(3)])


def test_a_crash_after_the_rename_keeps_the_new_mark(file: HighWaterFile, path: Path) -> None:
    def die(point: str) -> None:
        if point == "after:highwater.rename":
            raise Crash

    failpoints.arm(die)
    try:
        with pytest.raises(Crash):
            file.raise_to(1, 5, [at(2)])
    finally:
        failpoints.arm(None)
    with pytest.raises(Conflict):
        file.check(1, 0, [])
    assert {one.name for one in path.parent.iterdir()} == {path.name, f"{path.name}.lock"}


def test_workers_that_raise_it_at_once_lose_nothing(path: Path, file: HighWaterFile) -> None:
    names = [f"opr-uji-{letter}" for letter in "abcdefgh"]

    def work(name: str) -> None:
        for sequence in range(1, 6):
            HighWaterFile(path).raise_to(1, sequence, [at(sequence, name)])

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file.check(1, 5, [at(5, name) for name in names])
    for missing in names:
        with pytest.raises(Conflict, match=missing):
            file.check(1, 5, [at(5, name) for name in names if name != missing])


def test_the_file_is_private_to_its_owner(path: Path, file: HighWaterFile) -> None:
    file.raise_to(1, 1, [at(1)])
    assert {one.stat().st_mode & 0o777 for one in path.parent.iterdir()} == {0o600}


def test_a_folder_that_can_not_be_written_is_named(path: Path) -> None:
    with pytest.raises(Conflict, match="can't be locked"):
        HighWaterFile(path).start(1)


def test_a_worker_that_seals_while_another_starts_does_not_look_like_a_lost_database(
    tmp_path: Path,
) -> None:
    file = HighWaterFile(tmp_path / "high-water.json")
    file.start(1)

    def look() -> tuple[int, int, list[Stream]]:
        before = (1, 4, [at(1)])
        file.raise_to(1, 8, [at(2)])  # another worker, after this one's view began
        return before

    file.check_with(look)
    with pytest.raises(Conflict, match="lies behind"):
        file.check(1, 4, [at(1)])
