"""The exchange store on SQLite and PostgreSQL: what both sides of it promise each other."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.domain import failpoints
from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, NotFound, PalangError
from gateway.domain.fetched import read
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.times import DAY, HOUR
from gateway.ports import (
    ExchangePartner,
    Message,
    Parcel,
    QuotaExceeded,
    Quotas,
    Replayed,
    RequestUse,
    TransportRules,
)
from gateway.store import roles
from gateway.store.engine import make_engine, read_url
from gateway.store.exchange import schema
from gateway.store.exchange.store import SqlExchange, open_exchange
from gateway.store.exchange.tables import METADATA, VERSION_TABLE
from tests.store.conftest import DATABASES, SQLITE, fresh_url

AT = 1_760_000_000_000_000 // DAY * DAY
A, B = "opr-uji-a", "opr-uji-b"
QUOTAS = Quotas()


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without the schema."""
    return fresh_url(request.param, tmp_path)


@pytest.fixture
def url(empty: str) -> str:
    """The URL of an exchange store."""
    schema.create(empty)
    return empty


@pytest.fixture
def exchange(url: str) -> Iterator[SqlExchange]:
    """It, opened."""
    with closing(open_exchange(url, busy_ms=2000)) as opened:
        yield opened


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """No test's fail-point outlives it."""
    yield
    failpoints.arm(None)


def parcel(sequence: int, data: bytes = b"sealed", epoch: int = 1, to: str = A) -> Parcel:
    """A parcel; its bytes name its place."""
    body = data + b"%d/%d" % (epoch, sequence)
    return Parcel(ParcelName(to, epoch, sequence, Envelope.JOSE), body, digest(body))


def use(name: str, since: int = 1, epoch: int = 1, partner: str = A, at: int = AT) -> RequestUse:
    """A request that was not used yet."""
    return RequestUse(partner, "next", name, b"e30.e30.c2ln", epoch, since, at, QUOTAS)


def test_a_partner_is_read_as_it_was_written_and_rewritten_whole(exchange: SqlExchange) -> None:
    rules = TransportRules("SHA256:ab", "sha256:cd", True, Quotas(1, 2, 3))
    first = ExchangePartner(A, "palang-uji", True, "card", b"trust", rules)
    assert exchange.partner(A) is None
    exchange.put_partner(first)
    assert exchange.partner(A) == first
    second = replace(first, live=False, trust=b"other", rules=TransportRules())
    exchange.put_partner(second)
    assert exchange.partner(A) == second
    assert exchange.partner(B) is None


def test_parcels_come_in_order_of_epoch_and_sequence(exchange: SqlExchange) -> None:
    for one in (parcel(1, epoch=2), parcel(9), parcel(2), parcel(1, to=B)):
        exchange.publish(one.name.partner, one, AT)
    seen = [(p.epoch, p.sequence) for p in exchange.listing(use("a"), 10)]
    assert seen == [(1, 2), (1, 9), (2, 1)]
    assert [p.sequence for p in exchange.listing(use("b", since=3), 1)] == [9]
    found = exchange.next_parcel(use("c", since=3))
    assert found is not None
    assert (found.data, found.remaining) == (parcel(9).data, 1)
    assert exchange.next_parcel(use("d", since=2, epoch=2)) is None


def test_publishing_again_is_one_row_and_a_new_sealing_another(exchange: SqlExchange) -> None:
    first = exchange.publish(A, parcel(1), AT)
    assert exchange.publish(A, parcel(1), AT + 1) == first
    second = exchange.publish(A, parcel(1, b"new key"), AT + 2)
    assert second != first
    assert [one.id for one in exchange.published(A)] == [second]
    assert exchange.publish(A, parcel(1), AT + 3) == first  # and back again, whole
    found = exchange.next_parcel(use("a"))
    assert found is not None
    assert found.data == parcel(1).data


def test_the_first_fetch_is_told_once_and_every_fetch_is_logged(
    exchange: SqlExchange, url: str
) -> None:
    exchange.publish(A, parcel(1), AT)
    for name in ("a", "b"):
        asked = use(name)
        found = exchange.next_parcel(asked)
        assert found is not None
        exchange.fetched(asked, found.parcel, AT)
    (waiting,) = exchange.waiting(A, 10)
    assert waiting.kind == "fetched"
    word = read(exchange.item(waiting.id))
    assert (word.parcel, word.at, word.request) == (parcel(1).digest, AT, "e30.e30.c2ln")
    assert rows(url, "SELECT parcel, request FROM exchange_fetches ORDER BY id") == [
        (parcel(1).digest, "a"),
        (parcel(1).digest, "b"),
    ]


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    """What a plain query finds."""
    engine = make_engine(read_url(url))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
    finally:
        engine.dispose()


def test_a_request_is_used_once_even_where_two_use_it_at_once(exchange: SqlExchange) -> None:
    exchange.publish(A, parcel(1), AT)
    outcomes: list[str] = []

    def one() -> None:
        try:
            exchange.next_parcel(use("same"))
            outcomes.append("got it")
        except Replayed:
            outcomes.append("replayed")

    at_once(one, 8)
    assert sorted(outcomes) == ["got it"] + ["replayed"] * 7


def at_once(act: object, times: int) -> None:
    """Run the act in so many threads."""
    threads = [threading.Thread(target=act) for _ in range(times)]  # type: ignore[arg-type]  # a callable
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_same_statement_from_two_at_once_is_one_row(exchange: SqlExchange) -> None:
    kept: list[bool] = []
    at_once(lambda: kept.append(exchange.keep_statement(A, "d", b"s", AT, QUOTAS)), 8)
    assert sorted(kept) == [False] * 7 + [True]
    assert len(exchange.waiting(A, 10)) == 1


def test_no_two_at_once_get_beyond_the_quota(exchange: SqlExchange) -> None:
    quotas, outcomes = Quotas(statements=3), []
    numbers = iter(range(100))
    lock = threading.Lock()

    def one() -> None:
        with lock:
            name = f"d{next(numbers)}"
        try:
            exchange.keep_statement(A, name, b"s", AT, quotas)
            outcomes.append(True)
        except QuotaExceeded as error:
            assert error.retry_after == HOUR
            outcomes.append(False)

    at_once(one, 8)
    assert (outcomes.count(True), len(exchange.waiting(A, 100))) == (3, 3)
    assert exchange.keep_statement(B, "d", b"s", AT, quotas)
    assert exchange.keep_statement(A, "later", b"s", AT + HOUR, quotas)


def test_quotas_count_what_they_say(exchange: SqlExchange) -> None:
    with pytest.raises(QuotaExceeded):
        exchange.keep_statement(A, "d", b"s" * 101, AT, Quotas(octets=100))
    assert exchange.keep_statement(A, "d", b"s" * 100, AT, Quotas(octets=100))
    with pytest.raises(QuotaExceeded):
        exchange.keep_statement(A, "e", b"s", AT + 23 * HOUR, Quotas(octets=100))
    few = replace(use("a"), quotas=Quotas(requests=1))
    exchange.listing(few, 1)
    with pytest.raises(QuotaExceeded):
        exchange.listing(replace(few, digest="b"), 1)
    with pytest.raises(QuotaExceeded):
        exchange.listing(replace(few, digest="b"), 1)  # refused, so it was not used up


def test_the_same_statement_over_and_over_meets_the_quota_of_requests(
    exchange: SqlExchange,
) -> None:
    few = Quotas(statements=1, requests=2)
    assert exchange.keep_statement(A, "d", b"s", AT, few)
    for _ in range(2):
        assert not exchange.keep_statement(A, "d", b"s", AT, few)
    with pytest.raises(QuotaExceeded):
        exchange.keep_statement(A, "d", b"s", AT, few)


def test_a_nonce_counts_once_for_each_partner(exchange: SqlExchange) -> None:
    exchange.use_nonce(A, "n", AT)
    exchange.use_nonce(B, "n", AT)
    with pytest.raises(Replayed):
        exchange.use_nonce(A, "n", AT)


def test_what_was_taken_keeps_its_digest_and_loses_its_bytes(
    exchange: SqlExchange, url: str
) -> None:
    exchange.keep_statement(A, "d", b"said", AT, QUOTAS)
    (item,) = exchange.waiting(A, 10)
    exchange.taken(item.id, AT + 1)
    assert exchange.waiting(A, 10) == ()
    assert exchange.item(item.id) == b""
    assert exchange.keep_statement(A, "d", b"said", AT + 2, QUOTAS)  # lost in a restore, perhaps
    (again,) = exchange.waiting(A, 10)
    assert (again.id, exchange.item(again.id)) == (item.id, b"said")
    assert rows(url, "SELECT count(*) FROM exchange_inbound") == [(1,)]
    with pytest.raises(NotFound):
        exchange.item(item.id + 100)


def test_what_is_said_keeps_rising_ids_and_a_head_its_one_place(exchange: SqlExchange) -> None:
    def say(name: str, data: bytes) -> int:
        return exchange.say(A, Message(name, data, digest(data), "" if name == "head" else "s"), AT)

    first, head = say("answer-1", b"1"), say("head", b"old")
    assert say("head", b"old") == head
    newer = say("head", b"new")
    assert newer > head > first
    assert [one.data for one in exchange.answers(use("a"), 0, 10)] == [b"1", b"new"]
    assert [one.data for one in exchange.answers(use("b"), head, 10)] == [b"new"]
    assert [one.data for one in exchange.answers(use("c"), 0, 1)] == [b"new"]
    assert exchange.answers(use("d", partner=B), 0, 10) == ()


def test_tidying_forgets_what_is_done_with_and_keeps_the_rest(
    exchange: SqlExchange, url: str
) -> None:
    exchange.publish(A, parcel(1), AT)
    asked = use("a")
    found = exchange.next_parcel(asked)
    assert found is not None
    exchange.fetched(asked, found.parcel, AT)
    exchange.keep_statement(A, "taken", b"s", AT, QUOTAS)
    exchange.keep_statement(A, "waits", b"s", AT, QUOTAS)
    exchange.say(A, Message("answer", b"1", "d1", "s"), AT)
    exchange.say(A, Message("head", b"2", "d2"), AT)
    for item in exchange.waiting(A, 10)[:2]:
        exchange.taken(item.id, AT)
    exchange.tidy(AT + 31 * DAY, 30 * DAY)
    assert len(exchange.waiting(A, 10)) == 1
    assert rows(url, "SELECT count(*) FROM exchange_inbound") == [(1,)]
    assert rows(url, "SELECT name FROM exchange_said") == [("head",)]
    for table in ("requests", "counters"):
        assert rows(url, f"SELECT count(*) FROM exchange_{table}") == [(0,)]
    assert rows(url, "SELECT count(*) FROM exchange_fetches") == [(1,)]
    assert len(exchange.published(A)) == 1


def test_a_worker_that_comes_late_replaces_no_newer_sealing(exchange: SqlExchange) -> None:
    old, new = replace(parcel(1), sealing=1), replace(parcel(1, b"new key"), sealing=2)
    exchange.publish(A, old, AT)
    exchange.publish(A, new, AT + 1)
    with pytest.raises(Conflict, match="sealing 1, and sealing 2 was laid ready"):
        exchange.publish(A, old, AT + 2)
    assert [one.digest for one in exchange.published(A)] == [new.digest]
    exchange.publish(A, new, AT + 3)
    exchange.publish(A, replace(parcel(2), sealing=1), AT + 4)
    assert len(exchange.published(A)) == 2


def test_a_store_of_the_first_schema_is_raised_and_keeps_what_lies_there(empty: str) -> None:
    schema.create(empty)
    engine = make_engine(read_url(empty))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE exchange_parcels DROP COLUMN sealing"))
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
        connection.execute(
            text(
                "INSERT INTO exchange_parcels (partner, name, epoch, sequence, digest, size,"
                " published_at, ready) VALUES ('opr-uji-a', 'x', 1, 1, 'sha256:x', 1, 1, true)"
            )
        )
    engine.dispose()
    with pytest.raises(Conflict, match="needs 0002"):
        open_exchange(empty)
    assert schema.upgrade(empty) == "0001"
    with closing(open_exchange(empty)) as raised:
        assert [one.name for one in raised.published(A)] == ["x"]
        raised.publish(A, parcel(1), AT)
        assert [one.digest for one in raised.published(A)] == [parcel(1).digest]


@pytest.mark.parametrize("point", ["before:exchange.publish", "after:exchange.publish"])
def test_a_step_that_breaks_is_there_whole_or_not_at_all(exchange: SqlExchange, point: str) -> None:
    def cut(reached: str) -> None:
        if reached == point:
            failpoints.arm(None)
            raise KeyboardInterrupt

    failpoints.arm(cut)
    with pytest.raises(KeyboardInterrupt):
        exchange.publish(A, parcel(1), AT)
    assert len(exchange.published(A)) == (point.startswith("after"))
    exchange.publish(A, parcel(1), AT)
    assert len(exchange.published(A)) == 1


def test_creating_is_safe_to_repeat_and_opening_demands_it(empty: str) -> None:
    with pytest.raises(NotFound):
        open_exchange(empty)
    with pytest.raises(NotFound):
        schema.upgrade(empty)
    for _ in range(2):
        schema.create(empty)
    open_exchange(empty).close()
    assert schema.upgrade(empty) == schema.HEAD


@pytest.mark.parametrize(("revision", "words"), [("9999", "newer than"), ("0000", "needs")])
def test_another_revision_is_not_touched(url: str, revision: str, words: str) -> None:
    engine = make_engine(read_url(url))
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'"))
    engine.dispose()
    with pytest.raises(Conflict) as caught:
        open_exchange(url)
    assert words in str(caught.value)


def test_the_schema_is_what_the_tables_say(url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = make_engine(read_url(url))
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
            )
            assert compare_metadata(context, METADATA) == []
    finally:
        engine.dispose()


def test_no_column_could_hold_a_number_and_no_table_is_the_cores() -> None:
    assert all(name.startswith("exchange_") for name in METADATA.tables)
    columns = {column.name for table in METADATA.sorted_tables for column in table.columns}
    assert not columns & {"number", "msisdn", "private", "secret", "entry", "event", "salt"}


def test_both_stores_may_share_one_server_database(tmp_path: Path) -> None:
    from gateway.store import schema as core

    made = fresh_url(SQLITE, tmp_path)
    core.create(made)
    schema.create(made)
    open_exchange(made).close()


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        schema.create(fresh_url(SQLITE, tmp_path))
    finally:
        os.umask(before)
    (made,) = (path for path in tmp_path.iterdir() if path.suffix == ".db")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


_WRITER = """
import sys
from gateway.store.exchange.store import open_exchange
from gateway.ports import Quotas
exchange = open_exchange(sys.argv[1])
for number in range(40):
    exchange.keep_statement("opr-uji-a", sys.argv[2] + str(number), b"s", 1, Quotas(10**6))
exchange.close()
"""


def test_listener_and_worker_are_two_processes_that_lose_nothing_of_each_other(
    exchange: SqlExchange, url: str
) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, url, name], cwd=Path(__file__).parents[2])
        for name in ("x", "y")
    ]
    taken = 0
    while taken < 80:
        for item in exchange.waiting(A, 100):
            exchange.taken(item.id, AT)
            taken += 1
        ended = [writer.poll() for writer in writers]
        assert not any(ended), "a writer failed"
        if ended == [0, 0] and not exchange.waiting(A, 1):
            break
    for writer in writers:
        assert writer.wait(30) == 0
    left = exchange.waiting(A, 100)
    assert taken + len(left) == 80


@pytest.mark.postgres
def test_the_listeners_role_can_do_its_half_and_nothing_of_the_workers() -> None:
    made = fresh_url("postgresql", Path())
    schema.create(made)
    roles.apply(made, roles.exchange(roles.database_of(made)))
    listeners = made.replace("postgres@", f"{roles.LISTENER}@", 1)
    with closing(open_exchange(made)) as worker, closing(open_exchange(listeners)) as listener:
        partner = ExchangePartner(A, "palang-uji", True, "card", b"trust", TransportRules())
        worker.put_partner(partner)
        worker.publish(A, parcel(1), AT)
        worker.say(A, Message("head", b"1", "d"), AT)
        listener.ready()
        assert listener.partner(A) == partner
        for _ in range(2):
            listener.keep_statement(A, "d", b"s", AT, QUOTAS)
        (item,) = worker.waiting(A, 10)
        worker.taken(item.id, AT)
        assert listener.keep_statement(A, "d", b"s", AT, QUOTAS)
        listener.use_nonce(A, "n", AT)
        assert len(listener.listing(use("a"), 10)) == 1
        found = listener.next_parcel(use("b"))
        assert found is not None
        listener.fetched(use("b"), found.parcel, AT)
        assert len(listener.answers(use("c"), 0, 10)) == 1
        assert len(worker.waiting(A, 10)) == 2
        for act in (
            lambda: listener.put_partner(partner),
            lambda: listener.publish(A, parcel(2), AT),
            lambda: listener.publish(A, parcel(1), AT),
            lambda: listener.say(A, Message("head", b"2", "e"), AT),
            lambda: listener.remove(A, [parcel(1).digest]),
            lambda: listener.tidy(AT, DAY),
        ):
            with pytest.raises(PalangError):
                act()
