"""`palang partner test` with partners that pull, or sign with a tool of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.ladder.rungs import LadderResult, Rung, State
from gateway.main.making import make
from gateway.main.publishing import Publisher
from tests.keys.gnupg import key_ring
from tests.ladder.house import PARTNER, Office
from tests.ladder.stock import GpgOverSftp, KitThatPulls, OpensslThatPulls, Pulled


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(tmp_path_factory.mktemp("ladder")) / "gw"
    make(home, "palang-uji", True)
    return home


def states(result: LadderResult) -> dict[Rung, State]:
    return {one.rung: one.state for one in result.rungs}


def causes(result: LadderResult) -> dict[Rung, str]:
    return {one.rung: one.cause for one in result.rungs}


@pytest.fixture
def kit(pattern: Path, tmp_path: Path) -> Iterator[KitThatPulls]:
    office = KitThatPulls(pattern, tmp_path)
    with office.served() as url:
        office.begin(url)
        yield office
    office.close()


@pytest.fixture
def openssl(pattern: Path, tmp_path: Path) -> Iterator[OpensslThatPulls]:
    office = OpensslThatPulls(pattern, tmp_path)
    with office.served() as url:
        office.begin(url)
        yield office
    office.close()


@pytest.fixture
def gpg(pattern: Path, tmp_path: Path) -> Iterator[GpgOverSftp]:
    with key_ring() as ring:
        office = GpgOverSftp(pattern, tmp_path, ring.home)
        yield office
        agent = ["gpgconf", "--homedir", str(ring.home / "gnupg"), "--kill", "all"]
        subprocess.run(agent, check=False, capture_output=True, timeout=60)
        office.close()


def let_in(office: Pulled) -> bool:
    """Whether the listener lets the partner in, once the worker had its round."""
    Publisher(office.gateway)()
    published = office.gateway.exchange.partner(PARTNER)
    return published is not None and published.live


def test_a_kit_that_pulls_climbs_all_but_what_nobody_can_hand_it_twice(kit: KitThatPulls) -> None:
    kit.propose()
    assert not let_in(kit)
    result = kit.climb()
    not_run = dict.fromkeys((Rung.DUPLICATE, Rung.ROTATION), State.NOT_RUN)
    assert states(result) == dict.fromkeys(Rung, State.PASSED) | not_run, result.rungs
    assert "handed nothing twice" in causes(result)[Rung.DUPLICATE]
    assert result.passed
    assert let_in(kit)
    fetches = [one.note for one in kit.told if one.event == "fetched"]
    kit.rounds()
    assert [one.note for one in kit.told if one.event == "fetched"] == fetches
    kit.go_live()
    assert let_in(kit)
    assert not kit.gateway.exchange.published(PARTNER)


@pytest.mark.openssl
def test_openssl_and_curl_climb_the_rungs_that_bar_going_live(openssl: OpensslThatPulls) -> None:
    openssl.propose()
    result = openssl.climb()
    assert result.passed, result.rungs
    passed = {rung for rung, state in states(result).items() if state is State.PASSED}
    assert passed == set(result.required)
    assert all(one.cause for one in result.rungs if one.state is State.NOT_RUN)
    assert "good: 1003." in openssl.stock.run("fetch", "open", "ack")  # what leaves a gap
    openssl.climb()
    lying = [one.sequence for one in openssl.gateway.exchange.published(PARTNER)]
    assert 2 in lying  # its fetch asked for the missing one, which lies ready now
    openssl.go_live()
    assert let_in(openssl)
    assert openssl.stock.run("fetch") == "nothing lies ready\n"
    _hear_openssl(openssl)


def work(office: Office) -> None:
    """Two rounds of the worker: it judges and answers, and says the answer."""
    rounds = office.gateway.rounds(lambda _happening: None)
    for _ in range(2):
        rounds.run_once()
    rounds.close()


def _hear_openssl(office: OpensslThatPulls) -> None:
    """The live partner says something, and verifies the answer and a head with openssl alone."""
    office.stock.empty_said()
    office.stock.ask("sign work/n.json work/n.signed")
    (waiting,) = office.stock.unanswered()
    work(office)
    office.stock.run("answers")
    answer, head = sorted(office.stock.heard("word-*.p7m"))
    assert answer == f"accepted nothing-to-send {waiting}\n"
    assert head.startswith("head 1-0, good until ")
    assert office.stock.unanswered() == []


@pytest.mark.long
@pytest.mark.gpg
def test_gpg_climbs_the_rungs_that_bar_going_live_and_the_same_parcel_twice(
    gpg: GpgOverSftp,
) -> None:
    gpg.propose()
    result = gpg.climb()
    assert result.passed, result.rungs
    passed = {rung for rung, state in states(result).items() if state is State.PASSED}
    assert passed == set(result.required)
    gpg.rounds()
    again = gpg.climb()
    assert states(again)[Rung.DUPLICATE] is State.PASSED
    assert states(again)[Rung.REFUSE] is State.NOT_RUN
    assert again.passed
    gpg.go_live()
    gpg.stock.empty_said()
    gpg.stock.ask('gpg --local-user "=$PARTNER" --output work/n.signed --sign work/n.json')
    (waiting,) = gpg.stock.unanswered()
    work(gpg)
    answer, head = gpg.stock.heard(f"palang-{PARTNER}-*.asc")
    assert answer == f"accepted nothing-to-send {waiting}\n"
    assert head.startswith("head 1-0, good until ")
    assert gpg.stock.unanswered() == []
