"""A list whose rows a child decides: the same decisions, and what happens when the child fails."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from demo.synthetic import generate
from gateway.domain.decided_rows import DecidedRows
from gateway.domain.errors import InputError
from gateway.domain.opened import Opened
from gateway.domain.row_pages import write_page
from gateway.domain.sheet_plan import Wanted, plan_reading
from gateway.domain.sheet_rows import Deciding, decide_file
from gateway.reading import apart, files
from gateway.reading.apart_child import Outbox
from gateway.reading.files import LIST_LIMITS, FileReader
from gateway.reading.frames import receive_bytes
from gateway.reading.limits import MIB, Limits
from tests.intake.judging import deciding
from tests.reading.files import ONE, TWO, written

HEAD = "NOMOR HP;TINDAKAN;NO. BUKTI\n"


@contextmanager
def opened_apart(path: Path, limits: Limits = LIST_LIMITS) -> Iterator[Opened]:
    with FileReader(list_limits=limits, apart_from=1).open(path, path.name) as opened:
        assert opened.decided_apart
        yield opened


def decided(opened: Opened) -> tuple[list[bytes], Counter[str]]:
    """All pages, and how many cells were dropped."""
    by: Deciding = replace(deciding(), dropped=Counter())
    plan = plan_reading(opened, Wanted(column="NOMOR HP"))
    return [write_page(rows) for rows in decide_file(opened, plan, by)], by.dropped


def children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def doubtful_list(*actions: str) -> bytes:
    """Cells that need a look at their own under these actions, one over two lines, and a reference
    that is a story."""
    rows = (
        f"0870-{i % 800:04}-0000;{actions[i % len(actions) if i % 7 else 0]};UJI-{i}\n"
        for i in range(2_500)
    )
    return (HEAD + "".join(rows) + f'"{ONE}\n{TWO}";;Budi bercerita\n').encode("cp1252")


LISTS = {
    "mixed": generate(7, 3_000).csv,
    "one action": doubtful_list("blokir"),
    "both actions": doubtful_list("blokir", "buka", ""),
    "an unknown action": doubtful_list("blokir", "lain"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_child_decides_every_row_as_this_process_does(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "a.csv", LISTS[name])
    before = children()
    with FileReader().open(path, "a.csv") as opened:
        assert opened.decided_apart is None, "so small a file needs no child"
        here = decided(opened)
    with opened_apart(path) as opened:
        assert decided(opened) == here
        assert decided(opened) == here, "and so it does again"
    assert len(here[0]) > 2
    assert children() == before


def test_a_list_that_turns_bad_is_refused_in_the_same_words(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", HEAD + f"{ONE};;\n" * 2_000 + f'"{ONE};;\n')
    with FileReader().open(path, "a.csv") as opened, pytest.raises(InputError) as here:
        decided(opened)
    with opened_apart(path) as opened, pytest.raises(InputError) as there:
        decided(opened)
    assert (str(there.value), there.value.hint) == (str(here.value), here.value.hint)


def test_a_list_that_somebody_writes_to_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", HEAD + f"{ONE};;\n" * 2_000)
    with opened_apart(path) as opened, pytest.raises(InputError, match="something wrote to it"):
        os.utime(path, ns=(1, 1))
        decided(opened)


def test_a_child_has_its_limits_and_no_foreground_and_too_much_memory_is_told(
    tmp_path: Path,
) -> None:
    path = written(tmp_path / "a.csv", HEAD + f"{ONE};;\n" * 2_000)
    limits = replace(LIST_LIMITS, memory=20 * MIB)
    before = set(children().split())
    with opened_apart(path, limits) as opened:
        (child,) = set(children().split()) - before
        assert os.getpgid(int(child)) not in (0, os.getpgid(0)), "Ctrl-C must not reach it"
        assert Path(f"/proc/{child}/environ").read_bytes().strip(b"\0") == b"LC_ALL=C.UTF-8"
        with pytest.raises(InputError, match="at most 20 MiB") as refused:
            decided(opened)
        assert "split it" in refused.value.hint


@pytest.mark.parametrize(
    ("ended_by", "message", "step"),
    [
        (signal.SIGKILL, "takes at most 1024 MiB and 1 seconds", "split it"),
        (signal.SIGSTOP, "takes at most 1024 MiB and 1 seconds", "split it"),
        (signal.SIGSEGV, "lost the process that read it", "add it again"),
    ],
)
def test_a_child_that_dies_or_hangs_refuses_the_list(
    tmp_path: Path, ended_by: signal.Signals, message: str, step: str
) -> None:
    path = written(tmp_path / "a.csv", HEAD + f"{ONE};;\n")
    before = set(children().split())
    with opened_apart(path, replace(LIST_LIMITS, seconds=1)) as opened:
        (child,) = set(children().split()) - before
        os.kill(int(child), ended_by)
        with pytest.raises(InputError, match=message) as refused:
            decided(opened)
        assert step in refused.value.hint


LIAR = """
from gateway.reading.frames import receive_bytes, send_bytes
receive_bytes(0)
send_bytes(0, %r)
receive_bytes(0)
"""


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (b'{"count":1}', "something else came"),
        (write_page(DecidedRows.of(())).replace(b",", b",\n", 1), "something else came"),
        (b'{"dropped":{"a":"b"}}', "something else came"),
        (b'{"dropped":1}', "something else came"),
        (b"[]", "something else"),
        (b"x", "it sent none"),
    ],
)
def test_a_child_that_was_taken_over_hands_over_nothing_but_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: bytes, message: str
) -> None:
    monkeypatch.setattr(apart, "_COMMAND", (sys.executable, "-I", "-c", LIAR % reply))
    path = written(tmp_path / "a.csv", HEAD + f"{ONE};;\n")
    limits = replace(LIST_LIMITS, seconds=30)
    with opened_apart(path, limits) as opened, pytest.raises(InputError, match=message):
        decided(opened)


def test_a_machine_with_one_core_starts_no_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "WORTH", 1)
    path = written(tmp_path / "a.csv", HEAD + f"{ONE};;\n")
    for cores, starts in ((1, False), (2, True)):
        monkeypatch.setattr(files, "cores", lambda cores=cores: cores)
        with FileReader().open(path, "a.csv") as opened:
            assert (opened.decided_apart is not None) == starts


def test_what_the_gateway_does_not_take_yet_is_kept_and_comes_in_order() -> None:
    bodies = [bytes([at]) * 50_000 for at in range(100)]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        out = Outbox(theirs.fileno())
        for body in bodies:
            out.put(body)  # nobody reads yet, and it comes back
        found = [receive_bytes(ours.fileno(), 1) for _ in range(3)]
        while len(found) < len(bodies):
            out.put(b"x")
            found.append(receive_bytes(ours.fileno(), 1))
    assert found == bodies
