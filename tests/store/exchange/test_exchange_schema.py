"""The exchange store's schema: made, raised, refused; and two processes that share one store."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.domain import failpoints
from gateway.domain.errors import Conflict, NotFound, PalangError
from gateway.domain.times import DAY
from gateway.ports import (
    ExchangePartner,
    Message,
    TransportRules,
)
from gateway.store import roles
from gateway.store.engine import make_engine, read_url
from gateway.store.exchange import schema
from gateway.store.exchange.store import SqlExchange, open_exchange
from gateway.store.exchange.tables import METADATA, VERSION_TABLE
from tests.store.conftest import SQLITE, fresh_url
from tests.store.exchange.parts import AT, QUOTAS, A, parcel, use


def test_a_store_of_the_first_schema_is_raised_and_keeps_what_lies_there(empty: str) -> None:
    schema.create(empty)
    engine = make_engine(read_url(empty))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE exchange_parcels DROP COLUMN sealing"))
        for later in ("tree", "tiles", "leaves"):
            connection.execute(text(f"DROP TABLE exchange_{later}"))
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
        connection.execute(
            text(
                "INSERT INTO exchange_parcels (partner, name, epoch, sequence, digest, size,"
                " published_at, ready) VALUES ('opr-uji-a', 'x', 1, 1, 'sha256:x', 1, 1, true)"
            )
        )
    engine.dispose()
    with pytest.raises(Conflict, match="needs 0003"):
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
        subprocess.Popen([sys.executable, "-c", _WRITER, url, name], cwd=Path(__file__).parents[3])
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
