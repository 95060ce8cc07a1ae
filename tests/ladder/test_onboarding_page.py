"""docs/onboarding.md, line by line, with a real SFTP server at $HOST."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from demo.servers import AsyncsshServer
from gateway.cli import partner_test
from gateway.main import cli
from gateway.main.making import make
from gateway.main.wiring import Gateway
from keys import files
from partner.kit import SystemClock, load_kit
from partner.loop import Rounds
from partner.main import cli as kit_cli

PAGE = Path(__file__).parents[2] / "docs" / "onboarding.md"


def commands() -> list[list[str]]:
    lines = PAGE.read_text("utf-8").splitlines()
    return [shlex.split(line) for line in lines if line.startswith("    palang")]


class Sitting:
    """One folder, in which both sides work."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.outputs = folder, list[str]()
        make(folder / "gw", "komdigi-uji", True)
        gateway = Gateway(folder / "gw")
        self.server = AsyncsshServer(folder / "sftp", gateway.ssh.public_line("palang@uji"))
        gateway.close()
        self.server.start()
        (folder / "host.pub").write_text(self.server.pin)
        self.ending = threading.Event()
        self.thread: threading.Thread | None = None
        for officer in ("siti", "budi"):
            (folder / f"{officer}.pass").write_text(f"kata sandi uji {officer}\n")
            key = ["--key", f"{officer}.pem", "--passphrase-file", f"{officer}.pass"]
            self.do(["palang", "--home", "gw", "officer", "add", officer, "--name", officer, *key])

    def close(self) -> None:
        self.ending.set()
        if self.thread is not None:
            self.thread.join()
        self.server.stop()

    def do(self, words: list[str]) -> None:
        host = self.server.uri("").removeprefix("sftp://palang@").rstrip("/")
        words = [word.replace("$HOST", host) for word in words]
        program = cli() if words[0] == "palang" else kit_cli()
        done = CliRunner().invoke(program, words[1:])
        assert done.exit_code == 0, (words, done.output)
        self.outputs.append(done.output)

    def run_kit(self) -> None:
        """What `palang-partner run` repeats, until the end."""
        kit = load_kit(self.folder / "kit", SystemClock(), {})
        rounds = Rounds(kit, lambda _event, _facts: None)

        def work() -> None:
            while not self.ending.wait(0.05):
                rounds.once()

        self.thread = threading.Thread(target=work)
        self.thread.start()


@pytest.fixture
def sitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sitting]:
    monkeypatch.setattr(files, "PERSON_ROUNDS", 1000)  # made for people's patience, not for tests'
    monkeypatch.setattr(partner_test, "LOOK", 0.1)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sftp").mkdir()
    made = Sitting(tmp_path)
    yield made
    made.close()


def test_the_page_leads_from_card_to_live_in_one_sitting(sitting: Sitting) -> None:
    for words in commands():
        if words[-1] == "run":
            sitting.run_kit()
        else:
            sitting.do(words)
    said = "\n".join(sitting.outputs)
    assert "standing: live" in sitting.outputs[-1]
    assert "Ladder passed." in said
    assert said.count("Ladder passed.") == 2
    assert (sitting.folder / "hasil.jws").stat().st_size > 500
    assert "<table" in (sitting.folder / "lembar.html").read_text("utf-8")
