"""`[timestamps]` in palang.toml, from the worker to the auditor, with a real authority."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.main import cli
from gateway.main.stamping import evidence_of, stamp_rhythm, stamps_of, trust_file
from gateway.main.wiring import Gateway
from tests.peers.tsa import Authority, Server

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "uji")


@pytest.fixture
def server(authority: Authority) -> Iterator[Server]:
    made = Server(authority)
    yield made
    made.close()


def palang(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli(), ["--home", str(home), *arguments])


@pytest.fixture
def home(tmp_path: Path, server: Server, authority: Authority) -> Path:
    made = tmp_path / "gateway"
    done = palang(made, "init", "--name", "palang-uji")
    assert done.exit_code == 0, done.output
    (made / "timestamps.pem").write_text(authority.root)
    with (made / "palang.toml").open("a") as settings:
        settings.write(f'\n[timestamps]\nurl = "{server.url}"\n')
    return made


def test_the_worker_stamps_and_the_trust_file_pins_the_authority(
    home: Path, server: Server, authority: Authority, tmp_path: Path
) -> None:
    once = palang(home, "worker", "--once")
    assert once.exit_code == 0, once.output
    assert server.asked == 1
    gateway = Gateway(home)
    with gateway.store.read() as uow:
        head = uow.log.latest_checkpoint()
        assert head is not None
        assert authority.verifies(uow.log.timestamp(head.size), head.note.encode())
    kept = evidence_of(gateway, lambda _size: head).stamps
    found = kept.covering(head.size)
    assert found is not None and found.head == head
    gateway.close()
    out = tmp_path / "trust.json"
    assert palang(home, "key", "trust", "--out", str(out)).exit_code == 0
    assert json.loads(out.read_text())["timestamp"] == [authority.root]


def test_an_authority_that_is_down_is_told_and_the_round_goes_on(
    home: Path, server: Server
) -> None:
    server.broken = (503, b"")
    once = palang(home, "worker", "--once")
    assert "time-stamping authority gave no token" in once.output
    assert "it answered 503" in once.output


def test_settings_that_can_not_work_are_refused_with_a_next_step(home: Path) -> None:
    gateway = Gateway(home)
    assert stamp_rhythm(gateway) > 0
    (home / "timestamps.pem").write_text("nonsense")
    for ask in (trust_file, stamps_of):
        with pytest.raises(Exception, match="authority"):
            ask(gateway)
    gateway.close()
    text = (home / "palang.toml").read_text()
    (home / "palang.toml").write_text(text.replace("http://127", "ftp://127"))
    other = Gateway(home)
    with pytest.raises(Exception, match="expected http"):
        stamps_of(other)
    other.close()
