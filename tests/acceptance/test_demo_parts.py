"""The parts of `make demo` by themselves: relay, hook, processes, screen."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import asyncssh
import pytest

from demo import __main__ as demo
from demo import doors, hook
from demo.cast import OPENED, OTT, PLAYERS, ROWS, SEED, Player
from demo.proxy import PARCEL, LossyProxy
from demo.screen import MOST_LINES, Screen, clock, short
from demo.servers import AsyncsshServer
from demo.shell import ROOT, DemoFailed, Service
from demo.story.rows import cells_of, plain
from demo.synthetic import generate


@pytest.mark.parametrize("player", PLAYERS, ids=lambda player: player.id)
def test_the_hook_answers_as_the_expectation_says(player: Player) -> None:
    said = [f"{a.share}={a.disposition}/{a.scope}" for a in player.answers] + [OPENED]
    for entry in range(1, 201):
        wanted = player.answer(entry)
        text = f"{wanted.disposition}/{wanted.scope}" if wanted else ""
        assert hook.answer(said, entry, blocks=True) == text
        assert hook.answer(said, entry, blocks=False) == f"{OPENED}/"


def test_a_hook_without_answers_names_no_entry(tmp_path: Path) -> None:
    entries, result = tmp_path / "entries.csv", tmp_path / "result.csv"
    entries.write_text("entry,number,action\n1,62870,block\n", "ascii")
    hook.main(["1.opr-uji-b.1.block", str(entries), str(result)])
    assert result.read_text("ascii") == "entry,disposition,scope,at\n"


def test_shares_leave_the_silent_two_in_a_hundred() -> None:
    assert {p.id: sum(a.share for a in p.answers) for p in PLAYERS} == {
        "opr-uji-a": 98,
        "opr-uji-b": 0,
        "opr-uji-c": 100,
        "ott-uji": 100,
        "ott-skrip": 100,
        "ott-tanpa": 0,
    } | {player.id: 100 for player in PLAYERS if player.tool}
    assert OTT.answer(161) == OTT.answers[1]


def test_a_plain_parser_makes_a_stranger_of_a_letter() -> None:
    made = generate(SEED, ROWS)
    cells = cells_of(made)
    letters = [plain(cells[row.row]) for row in made.expected if row.cls == "letter"]
    assert any(letters)
    assert not {n for n in letters if n} & {row.number for row in made.expected if row.number}


class _Peer:
    """Counts what it gets, answers each connection once and hangs up."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.got: list[int] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                wire, _ = self.listener.accept()
            except OSError:
                return
            with wire:
                size = 0
                while data := wire.recv(65536):
                    size += len(data)
                    if data.endswith(b"."):
                        break
                self.got.append(size)
                wire.sendall(b"taken")


@pytest.fixture
def peer() -> Iterator[_Peer]:
    found = _Peer()
    with closing(found.listener):
        yield found


def _ask(port: int, size: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 10) as wire:
        wire.sendall(b"x" * (size - 1) + b".")
        answer = b""
        while data := wire.recv(100):
            answer += data
        return answer


def test_the_proxy_passes_one_parcel_on_and_loses_its_answer_once(peer: _Peer) -> None:
    with LossyProxy(peer.port) as proxy:
        answers = [_ask(proxy.port, size) for size in (100, 50_000, 50_000, 100)]
    assert answers == [b"taken", b"", b"taken", b"taken"]
    assert peer.got == [100, 50_000, 50_000, 100]
    assert proxy.lost == 1


def test_the_proxy_takes_no_small_request_for_a_parcel(peer: _Peer) -> None:
    with LossyProxy(peer.port) as proxy:
        assert _ask(proxy.port, PARCEL) == b"taken"
        assert _ask(proxy.port, PARCEL + 1) == b""


def test_the_proxy_closes_where_no_server_is() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody else gets the port, and nobody listens there
        with LossyProxy(taken.getsockname()[1]) as proxy:
            assert _ask(proxy.port, 10) == b""


def test_where_sshd_does_not_start_asyncssh_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoServer(AsyncsshServer):
        def start(self) -> None:
            raise RuntimeError("sshd did not start")

    monkeypatch.setattr(doors, "best_sftp_server", NoServer)
    line = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    with ExitStack() as stack:
        server = doors._sftp_server(tmp_path, line, stack)
        assert (server.name, server.port > 0) == ("asyncssh", True)


def _service(tmp_path: Path, script: str) -> Service:
    return Service("kit", [sys.executable, "-c", script], tmp_path / "kit.log")


def test_a_process_that_ends_is_named_with_what_is_missing(tmp_path: Path) -> None:
    expected = pytest.raises(DemoFailed, match="kit ended with 3; still missing: the receipt")
    with _service(tmp_path, "raise SystemExit(3)") as service, expected:
        service.wait(lambda fact: True, "the receipt")


def test_waiting_is_bounded_and_says_what_did_not_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.shell.PATIENCE", 0.2)
    expected = pytest.raises(DemoFailed, match="the receipt did not come")
    with _service(tmp_path, "import time; time.sleep(60)") as service, expected:
        service.wait(lambda fact: True, "the receipt")


def test_a_service_tells_whole_lines_and_is_gone_afterwards(tmp_path: Path) -> None:
    script = "import time; print('{\"a\": 1}', flush=True); print('no json', flush=True)"
    with _service(tmp_path, f"{script}; time.sleep(60)") as service:
        assert service.wait(lambda fact: fact.get("a") == 1, "a") == {"a": 1}
        pid = service.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_second_demo_in_the_same_folder_is_refused_while_the_first_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    demo.FOLDER.mkdir()
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (demo.FOLDER / demo.PID).write_text(f"{sleeper.pid}\n")
        monkeypatch.setattr("signal.signal", lambda *_: None)
        assert demo.main() == 1
    finally:
        sleeper.kill()
        sleeper.wait()
    said = capsys.readouterr().err
    assert "a demo runs in demo-run already" in said
    assert (demo.FOLDER / demo.PID).exists()


def test_the_screen_takes_forty_lines(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    for _ in range(MOST_LINES):
        screen.say("x")
    with pytest.raises(RuntimeError, match="more than 40 lines"):
        screen.say("x")
    assert capsys.readouterr().out == "x\n" * MOST_LINES


def test_times_are_jakartas_and_keys_can_not_be_taken_for_numbers() -> None:
    assert clock("2026-11-24T07:03:59.123456Z") == "14.03"
    assert short("SHA256:123456789012345") == "1234-5678-9012"
    assert short("sha256:" + "0" * 64) == "0000-0000-0000"


def test_the_makefile_runs_this_demo() -> None:
    assert "-m demo" in (ROOT / "Makefile").read_text("utf-8")
    assert f"{demo.FOLDER}/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert str(demo.RESULT) in (ROOT / ".gitignore").read_text("utf-8").splitlines()
