"""F6: what a database server does to a commit, and what is true afterwards (threats.md 2.4).

Each unit enrols one officer. Whatever happens to it, it was done whole or not at all, the error
says which or says "unknown", and who looks again and repeats ends with the officer once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from psycopg import Connection
from psycopg.errors import DeadlockDetected
from sqlalchemy import make_url

from gateway.domain import failpoints, merkle
from gateway.domain.canonical import decode
from gateway.domain.errors import Conflict, LedgerUnavailable, OutcomeUnknown, PalangError
from gateway.domain.ledger import Tag
from gateway.store.server import GATE
from gateway.store.store import SqlStore, open_store
from tests.peers import postgres
from tests.peers.cutting_proxy import CuttingProxy
from tests.store.damage import connect, raw
from tests.store.samples import FixedClock, event, officer

pytestmark = pytest.mark.postgres

STEP = "officer.enrol"


class Stage:
    """A store whose way to the server leads through a proxy, and what can be done to both."""

    def __init__(self, url: str, proxy: CuttingProxy) -> None:
        self.url, self.proxy = url, proxy
        self.name = str(make_url(url).database)
        server = postgres.server()
        through = server.tcp_url(self.name, proxy.port, server.password)
        self.store: SqlStore = open_store(through, FixedClock(), busy_ms=1000)

    def end_sessions(self) -> None:
        """As an administrator or a failover does."""
        theirs = f"FROM pg_stat_activity WHERE datname = '{self.name}'"
        postgres.server().run(f"SELECT pg_terminate_backend(pid) {theirs}")

    def admit(self, yes: bool) -> None:
        """Whether the server takes new sessions for this database."""
        postgres.server().run(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS {yes}")


@pytest.fixture
def stage(server_url: str) -> Iterator[Stage]:
    """Return an open stage."""
    server = postgres.server()
    with CuttingProxy(server.port) as proxy:
        made = Stage(server_url, proxy)
        yield made
        made.store.close()


@contextmanager
def at(point: str, act: Callable[[], object]) -> Iterator[None]:
    """Do something once when a fail-point is passed."""
    left = [act]

    def reached(name: str) -> None:
        if name == point and left:
            left.pop()()

    failpoints.arm(reached)
    try:
        yield
    finally:
        failpoints.arm(None)


@contextmanager
def cut_before_the_commit(stage: Stage) -> Iterator[None]:
    """The session ends just before it is told to commit."""
    with at(f"before:{STEP}", stage.end_sessions):
        yield


@contextmanager
def answer_to_the_commit_lost(stage: Stage) -> Iterator[None]:
    """The server commits, and the line goes down before it says so."""
    with at(f"before:{STEP}", stage.proxy.losing.set):
        yield


@contextmanager
def failover(stage: Stage) -> Iterator[None]:
    """The server commits, its answer is lost, and for a while nobody gets in."""

    def away() -> None:
        stage.admit(False)
        stage.proxy.losing.set()

    with at(f"before:{STEP}", away):
        yield
    stage.admit(True)


@contextmanager
def refused_by_a_trigger(stage: Stage) -> Iterator[None]:
    """The database refuses the ledger entry."""
    with _raising(stage.url, "23000"):
        yield


@contextmanager
def serialization_failure(stage: Stage) -> Iterator[None]:
    """The database asks for the transaction to be repeated."""
    with _raising(stage.url, "40001"):
        yield


@contextmanager
def _raising(url: str, code: str) -> Iterator[None]:
    body = f"BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END"
    on = "BEFORE INSERT ON ledger_leaves FOR EACH ROW EXECUTE FUNCTION broken()"
    raw(
        url,
        f"CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $${body}$$",
        f"CREATE TRIGGER broken {on}",
    )
    yield
    raw(url, "DROP TRIGGER broken ON ledger_leaves")


Fault = Callable[[Stage], AbstractContextManager[None]]

FAULTS: dict[Fault, tuple[type[PalangError] | None, bool]] = {
    cut_before_the_commit: (Conflict, False),
    answer_to_the_commit_lost: (None, True),
    failover: (OutcomeUnknown, True),
    refused_by_a_trigger: (LedgerUnavailable, False),
    serialization_failure: (Conflict, False),
}
"""What the unit raises, and whether it was done all the same."""


def enrol(store: SqlStore, name: str) -> None:
    """Enrol an officer, unless there is one of that name: what a caller does who looks again."""
    with store.write() as uow:
        if name in {one.id for one in uow.registry.officers()}:
            return
        uow.save(replace(officer(), id=name), event(Tag.OFFICER_ENROL, officer=name))
        uow.commit(STEP)


def attempt(store: SqlStore, name: str) -> PalangError | None:
    """Enrol once; returns the error."""
    try:
        enrol(store, name)
    except PalangError as error:
        return error
    return None


def enrolled(store: SqlStore) -> list[str]:
    """Return the officers, after the ledger was found to tell the same story."""
    with store.read() as uow:
        size = uow.log.size()
        leaves = list(uow.log.leaves(0, size))
        hashes = [merkle.leaf_hash(leaf.entry) for leaf in leaves]
        assert merkle.subtree(0, size, uow.log.node) == merkle.root(hashes)
        told = [str(decode(leaf.event, what="an event")["officer"]) for leaf in leaves]
        listed = [one.id for one in uow.registry.officers()]
    assert sorted(told) == listed
    return listed


@pytest.mark.parametrize("runs", [2, pytest.param(50, marks=pytest.mark.long)])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_unit_is_done_whole_or_not_at_all_and_says_which(
    stage: Stage, fault: Fault, runs: int
) -> None:
    expected, done = FAULTS[fault]
    for run in range(runs):
        name = f"officer-{run}"
        with fault(stage):
            caught = attempt(stage.store, name)
        assert isinstance(caught, expected or type(None))
        assert isinstance(caught, OutcomeUnknown) == (expected is OutcomeUnknown)
        assert (name in enrolled(stage.store)) is done
        enrol(stage.store, name)
        assert enrolled(stage.store).count(name) == 1
    assert len(enrolled(stage.store)) == runs


def test_an_unknown_commit_asks_to_look_first(stage: Stage) -> None:
    with failover(stage), pytest.raises(OutcomeUnknown, match="may have happened or not") as caught:
        enrol(stage.store, "siti")
    assert "before you repeat" in caught.value.hint


def test_a_commit_without_a_leaf_that_is_cut_is_unknown(stage: Stage) -> None:
    with (
        at("before:checkpoint.keep", stage.proxy.losing.set),
        pytest.raises(OutcomeUnknown),
        stage.store.write() as uow,
    ):
        uow.commit("checkpoint.keep")


def test_a_session_that_ends_in_mid_unit_changes_nothing(stage: Stage) -> None:
    with pytest.raises(LedgerUnavailable, match="nothing was changed"), stage.store.write() as uow:
        uow.save(officer(), event(Tag.OFFICER_ENROL, officer="siti"))
        stage.end_sessions()
        uow.registry.officers()
    assert enrolled(stage.store) == []


def test_sessions_that_ended_while_they_rested_are_noticed_before_use(stage: Stage) -> None:
    assert enrolled(stage.store) == []
    stage.end_sessions()
    assert enrolled(stage.store) == []


@pytest.mark.parametrize("runs", [2, pytest.param(50, marks=pytest.mark.long)])
def test_a_deadlock_ends_one_of_the_two_and_leaves_nothing_half(stage: Stage, runs: int) -> None:
    for run in range(runs):
        name = f"officer-{run}"
        with ThreadPoolExecutor(1) as pool, connect(stage.url) as other:
            enrolling = _into_each_others_arms(stage, pool, other, name)
            caught = enrolling.result(30)
        assert caught is None or isinstance(caught, Conflict)
        assert (name in enrolled(stage.store)) is (caught is None)
        enrol(stage.store, name)
    assert len(enrolled(stage.store)) == runs


def _into_each_others_arms(
    stage: Stage, pool: ThreadPoolExecutor, other: Connection[tuple[Any, ...]], name: str
) -> Future[PalangError | None]:
    """The unit holds the gate and waits for the ledger's head, the other the other way round."""
    with other.transaction():
        other.execute("SELECT 1 FROM ledger_head FOR UPDATE")
        enrolling = pool.submit(attempt, stage.store, name)
        while not raw(stage.url, "SELECT 1 FROM pg_locks WHERE NOT granted"):
            time.sleep(0.005)
        with suppress(DeadlockDetected):
            other.execute(f"SELECT pg_advisory_xact_lock({GATE})".encode())
    return enrolling
