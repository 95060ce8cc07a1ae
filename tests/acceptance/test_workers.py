"""Several real workers share one database: all send, and nothing is sent twice (F9)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.crew import Hand, crew
from tests.acceptance.crowd import Crowd, Service, until
from tests.peers import postgres
from tests.peers.tls_server import TlsServer

POSTGRESQL = pytest.mark.postgres
NAMES = [f"opr-uji-{letter}" for letter in "abcdef"]
# of the long run; JOBS=1000 in the environment where the machine is busy
JOBS = int(os.environ.get("JOBS", "10000"))


@contextmanager
def database_of(kind: str) -> Iterator[str]:
    """An empty database for `palang init`; a server's is gone afterwards."""
    if kind == "sqlite":
        yield ""
        return
    name = postgres.server().fresh()
    try:
        yield postgres.server().url(name)
    finally:
        postgres.server().drop(name)


@contextmanager
def crowd_of(
    kind: str, folder: Path, service: Service, names: list[str], lease: int = 60
) -> Iterator[Crowd]:
    """A gateway with these partners."""
    with database_of(kind) as database, TlsServer(service) as server:
        crowd = Crowd(folder / "gw", server, names, database, lease)
        try:
            yield crowd
        finally:
            crowd.close()


@pytest.mark.parametrize(
    ("kind", "workers"),
    [
        ("sqlite", 2),
        pytest.param("postgresql", 2, marks=POSTGRESQL),
        pytest.param("postgresql", 4, marks=(POSTGRESQL, pytest.mark.long)),
    ],
)
def test_all_workers_send_and_no_parcel_goes_twice(kind: str, workers: int, tmp_path: Path) -> None:
    service = Service(pause=0.02)
    with crowd_of(kind, tmp_path, service, NAMES) as crowd:
        crowd.release(4)
        with crew(crowd.home, workers) as hands:
            until(lambda: _worked(crowd, hands))
        _check(crowd, service, hands)


def _worked(crowd: Crowd, hands: list[Hand]) -> bool:
    """Whether all have sent and nothing waits; until then there is more to do."""
    if not crowd.all_sent():
        return False
    if all(hand.outcomes("sent") for hand in hands):
        return True
    crowd.release(2)
    return False


def _check(crowd: Crowd, service: Service, hands: list[Hand]) -> None:
    attempts = crowd.attempts()
    assert {len(tried) for tried in attempts.values()} == {1}
    assert service.posts == dict.fromkeys(attempts, 1)
    assert max(service.most.values()) == 1, "two attempts of one partner at once"
    assert sum(hand.outcomes("sent") for hand in hands) == len(attempts)
    assert {hand.outcomes("lost-lease") for hand in hands} == {0}
    crowd.check_books()


@pytest.mark.long
@POSTGRESQL
def test_eight_workers_and_ten_thousand_jobs(tmp_path: Path) -> None:
    service, names = Service(), [f"opr-uji-{n:03d}" for n in range(100)]
    with crowd_of("postgresql", tmp_path, service, names) as crowd:
        crowd.release(JOBS // len(names))
        with crew(crowd.home, 8) as hands:
            until(crowd.all_sent, 1800, every=2)
        _check(crowd, service, hands)
        shares = [hand.outcomes("sent") for hand in hands]
        print(f"F9: 8 workers, {sum(service.posts.values())} jobs, sent by each {shares}")
