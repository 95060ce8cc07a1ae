"""Who may write beside whom on PostgreSQL (ADR 0005), each with a real second session."""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from gateway.domain import merkle
from gateway.domain.errors import Conflict, InputError, LedgerUnavailable, NotFound
from gateway.domain.ledger import Tag
from gateway.domain.records import Stream
from gateway.domain.times import MINUTE
from gateway.store.engine import make_engine, read_url
from gateway.store.store import SqlStore, open_store
from tests.peers import postgres
from tests.store.damage import connect, raw
from tests.store.samples import (
    OPERATOR,
    T0,
    FixedClock,
    attempt,
    delivery,
    event,
    inbound,
    officer,
    partner,
    seed,
    sha,
)

pytestmark = pytest.mark.postgres

OTHER = "opr-uji-b"
TRY = event(Tag.DELIVERY_ATTEMPT)


@pytest.fixture
def quick(server_url: str, clock: FixedClock) -> Iterator[SqlStore]:
    """Return a store whose units wait 100 ms, with two operators that have a delivery each."""
    with closing(open_store(server_url, clock, busy_ms=100)) as opened:
        with opened.write() as uow:
            seed(uow)
            uow.save(partner(OTHER), event(Tag.PARTNER_PROPOSE))
            uow.save(delivery(7, OTHER), event(Tag.BATCH_RELEASE))
            uow.commit("batch.release")
        yield opened


def refuse(store: SqlStore, name: str = "") -> None:
    """A second writer does not get its turn."""
    with pytest.raises(Conflict, match="another process"), store.write(name):
        raise AssertionError("two writers at once")


def test_a_writer_without_a_partner_is_alone(quick: SqlStore) -> None:
    for first, second in (("", ""), ("", OPERATOR), (OPERATOR, "")):
        with quick.write(first):
            refuse(quick, second)


def test_writers_of_one_partner_take_turns(quick: SqlStore) -> None:
    with quick.write(OPERATOR):
        refuse(quick, OPERATOR)


def test_writers_of_two_partners_go_side_by_side(quick: SqlStore) -> None:
    with quick.write(OPERATOR) as one, quick.write(OTHER) as other:
        for uow, name in ((one, OPERATOR), (other, OTHER)):
            found = uow.deliveries.delivery(f"7.{name}.1")
            uow.lists.batch(7)  # read by both: nobody alone can change it meanwhile
            uow.deliveries.claim(found, T0 + MINUTE)
            uow.save(attempt(found.id), TRY)
        one.commit("delivery.attempt")
        other.commit("delivery.attempt")
    with quick.read() as uow:
        assert [uow.deliveries.in_flight(name) for name in (OPERATOR, OTHER)] == [1, 1]
        size = uow.log.size()
        hashes = [merkle.leaf_hash(leaf.entry) for leaf in uow.log.leaves(0, size)]
        assert merkle.subtree(0, size, uow.log.node) == merkle.root(hashes)


def test_a_unit_that_waits_too_long_for_the_ledgers_head_changes_nothing(
    quick: SqlStore, server_url: str
) -> None:
    with connect(server_url) as session, session.transaction():
        session.execute("SELECT 1 FROM ledger_head FOR UPDATE")
        with pytest.raises(Conflict, match="55P03"), quick.write(OPERATOR) as uow:
            uow.save(attempt(), TRY)
            uow.commit("delivery.attempt")
    with quick.read() as uow:
        assert uow.deliveries.in_flight(OPERATOR) == 0


def test_what_a_waiting_writer_reads_is_what_the_one_before_it_left(
    server_store: SqlStore,
) -> None:
    with server_store.write() as uow:
        seed(uow)
        uow.commit("batch.release")
    begun = threading.Event()

    def second() -> int:
        begun.set()
        with server_store.write(OPERATOR) as uow:
            return uow.deliveries.in_flight(OPERATOR)

    with ThreadPoolExecutor(1) as pool, server_store.write(OPERATOR) as uow:
        waiting = pool.submit(second)
        begun.wait(10)
        uow.save(attempt(), TRY)
        uow.commit("delivery.attempt")
        assert waiting.result(10) == 1


def test_a_claim_passes_by_what_another_worker_has(quick: SqlStore) -> None:
    with quick.write() as uow:
        uow.inbox.keep(inbound(), event(Tag.INBOUND_KEEP))
        uow.inbox.keep(inbound("other", OTHER), event(Tag.INBOUND_KEEP))
        for name in (OPERATOR, OTHER):
            uow.save(attempt(f"7.{name}.1"), TRY)
        uow.commit("inbound.keep")
    with quick.write(OTHER) as theirs, quick.write(OPERATOR) as ours:
        theirs.deliveries.delivery(f"7.{OTHER}.1")
        theirs.inbox.inbound(2)
        assert [d.partner for d in ours.deliveries.due(T0, 10)] == [OPERATOR]
        assert [d.partner for d in ours.deliveries.lapsed(T0)] == [OPERATOR]
        assert [record.partner for record in ours.inbox.pending(10)] == [OPERATOR]
        # what is counted, and in what order is sealed, leaves nothing out
        assert ours.deliveries.in_flight(OTHER) == 1
        assert len(ours.deliveries.unsealed(OTHER)) == 1


def test_two_workers_can_not_move_one_stream(quick: SqlStore) -> None:
    empty, first = Stream(OPERATOR, 1, 0, ""), Stream(OPERATOR, 1, 1, sha("m"))
    with quick.write(OPERATOR) as uow:
        uow.deliveries.advance(empty, first)
        refuse(quick, OPERATOR)
        uow.commit("delivery.seal")
    with quick.write(OPERATOR) as uow, pytest.raises(Conflict, match="moved by another"):
        uow.deliveries.advance(empty, first)


def test_a_stopped_worker_does_not_keep_the_others_out_for_ever(
    server_url: str, server_store: SqlStore, clock: FixedClock
) -> None:
    with (
        closing(open_store(server_url, clock, idle_ms=200)) as its_own,
        pytest.raises(LedgerUnavailable, match="25P03"),
        its_own.write() as stopped,
    ):
        with server_store.write() as uow:  # waits until the server has ended the other's session
            uow.save(officer(), event(Tag.OFFICER_ENROL))
            uow.commit("officer.enrol")
        stopped.registry.officers()
    with server_store.read() as uow:
        assert len(uow.registry.officers()) == 1


def test_what_was_not_read_to_its_end_is_closed_with_the_unit(quick: SqlStore) -> None:
    with quick.read() as uow:
        leaves = uow.log.leaves(0, 99)
        next(leaves)
    with pytest.raises(Conflict, match="ended"):
        list(leaves)


def test_a_unit_leaves_no_transaction_open(quick: SqlStore, server_url: str) -> None:
    with quick.read() as uow:
        uow.registry.partners()
    with quick.write() as uow:
        uow.registry.partners()
    with pytest.raises(NotFound), quick.read() as uow:
        uow.deliveries.delivery("9.opr-uji-a.1")
    states = raw(
        server_url,
        "SELECT state FROM pg_stat_activity WHERE application_name = 'palang' "
        "AND datname = current_database()",
    )
    assert set(states) == {("idle",)}


# newer Pythons warn of a fork beside threads; the child here does nothing but look and end
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_forked_process_does_not_touch_its_parents_connection(
    server_url: str, clock: FixedClock
) -> None:
    with closing(open_store(server_url, clock)) as opened:
        with opened.read() as uow:
            assert uow.registry.officers() == ()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                with opened.read() as uow:
                    code = len(uow.registry.officers())
            finally:
                os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        with opened.read() as uow:
            assert uow.registry.officers() == ()


def test_no_statement_is_prepared_in_a_session(quick: SqlStore) -> None:
    # behind PgBouncer the next transaction may have another session
    with quick.write() as uow:
        for _ in range(12):
            uow.registry.partner(OPERATOR)
        connection = uow._db.connection  # the one session under test
        left = connection.execute(text("SELECT count(*) FROM pg_prepared_statements"))
        assert left.scalar_one() == 0


@pytest.mark.parametrize("given", ["postgresql", "postgresql+psycopg"])
def test_both_spellings_of_the_url_name_the_same_driver(given: str) -> None:
    assert read_url(f"{given}://palang@db/palang").drivername == "postgresql+psycopg"


def test_another_driver_is_refused_without_its_password() -> None:
    with pytest.raises(InputError, match=r"postgresql\+pg8000") as caught:
        read_url("postgresql+pg8000://palang:rahasia@db/palang")
    assert "rahasia" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("port", [0, 1])
def test_a_password_never_stands_in_an_error(server_url: str, port: int) -> None:
    name = str(make_url(server_url).database)
    url = postgres.server().tcp_url(name, port, "rahasia-salah")
    with pytest.raises(LedgerUnavailable) as caught:
        open_store(url, FixedClock())
    shown = "".join(traceback.format_exception(caught.value)) + caught.value.hint
    assert "rahasia-salah" not in shown
    assert "rahasia-salah" not in repr(make_engine(read_url(url)))


def test_a_password_file_and_a_service_file_do_without_a_password_in_the_url(
    server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, name = postgres.server(), str(make_url(server_url).database)
    passfile, services = tmp_path / "pgpass", tmp_path / "services"
    passfile.write_text(f"127.0.0.1:{server.port}:{name}:postgres:{server.password}\n")
    passfile.chmod(0o600)
    services.write_text(f"[palang]\nhost=127.0.0.1\nport={server.port}\ndbname={name}\n")
    open_store(f"{server.tcp_url(name)}?passfile={passfile}", FixedClock()).close()
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    open_store("postgresql://postgres@/?service=palang", FixedClock()).close()
