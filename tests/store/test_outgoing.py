"""What the gateway says: claimed by one worker, settled by its claim, said again when asked."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command

from gateway.domain.errors import Conflict
from gateway.domain.ledger import Tag
from gateway.domain.records import NothingRecord, Outgoing
from gateway.domain.times import HOUR, MINUTE
from gateway.store import schema
from gateway.store.engine import make_engine, read_url
from gateway.store.store import SqlStore, open_store
from tests.store.damage import Refused, raw
from tests.store.samples import (
    D1,
    OPERATOR,
    OTT,
    T0,
    FixedClock,
    attempt,
    event,
    manifest,
    sealing,
    seed,
    sha,
)


def answer(name: str = "answer", subject: str = "ack", partner: str = OPERATOR) -> Outgoing:
    """An answer that is due."""
    return Outgoing(sha(name), partner, "answer", sha(subject), name.encode(), T0, T0)


def head(name: str = "head", made_at: int = T0) -> Outgoing:
    """A head that is due."""
    return Outgoing(sha(name), OPERATOR, "head", "", name.encode(), made_at, made_at)


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    """Return a store with two partners, an answer and a head."""
    with store.write() as uow:
        seed(uow)
        uow.outgoing.add(answer())
        uow.save(head(), event(Tag.HEAD_ISSUE))
        uow.commit("test")
    return store


def _due(store: SqlStore, at: int = T0) -> list[bytes]:
    with store.read() as uow:
        return [one.body for one in uow.outgoing.due(OPERATOR, at, 10)]


def test_what_is_due_is_found_by_partner_and_time(filled: SqlStore) -> None:
    assert sorted(_due(filled)) == [b"answer", b"head"]
    assert _due(filled, T0 - 1) == []
    with filled.read() as uow:
        assert uow.outgoing.partners(T0) == (OPERATOR,)
        assert uow.outgoing.partners(T0 - 1) == ()
        assert uow.outgoing.due(OTT, T0, 10) == ()


def test_only_one_of_two_workers_gets_the_claim(filled: SqlStore) -> None:
    with filled.read() as uow:
        seen = uow.outgoing.answer(OPERATOR, sha("ack"))
    assert seen is not None
    with filled.write() as uow:
        claimed = uow.outgoing.claim(seen, T0 + HOUR)
        uow.commit("test")
    assert claimed is not None
    assert (claimed.tries, claimed.due_at) == (1, T0 + HOUR)
    with filled.write() as uow:
        assert uow.outgoing.claim(seen, T0 + HOUR) is None
    assert _due(filled) == [b"head"]
    assert sorted(_due(filled, T0 + HOUR)) == [b"answer", b"head"]  # its worker died


def test_a_claim_that_was_lost_settles_nothing(filled: SqlStore) -> None:
    with filled.write() as uow:
        first = uow.outgoing.claim(answer(), T0 + MINUTE)
        assert first is not None
        second = uow.outgoing.claim(first, T0 + HOUR)  # taken over when the first had lapsed
        assert second is not None
        assert not uow.outgoing.settle(first, T0, 0)
        assert uow.outgoing.settle(second, T0 + 2, 0)
        uow.commit("test")
    with filled.read() as uow:
        stored = uow.outgoing.answer(OPERATOR, sha("ack"))
    assert stored is not None
    assert (stored.handed_at, stored.due_at, stored.tries) == (T0 + 2, 0, 2)


def test_an_answer_is_said_again_with_the_same_bytes_and_its_first_hand_over_stays(
    filled: SqlStore,
) -> None:
    with filled.write() as uow:
        claimed = uow.outgoing.claim(answer(), T0 + MINUTE)
        assert claimed is not None
        uow.outgoing.settle(claimed, T0 + 1, 0)
        uow.outgoing.again(answer().digest, T0 + 5)
        uow.outgoing.again(answer().digest, T0 + 9)  # due already: nothing new
        (again,) = [o for o in uow.outgoing.due(OPERATOR, T0 + 5, 9) if o.kind == "answer"]
        claimed = uow.outgoing.claim(again, T0 + MINUTE)
        assert claimed is not None
        uow.outgoing.settle(claimed, T0 + 7, 0)
        uow.commit("test")
    with filled.read() as uow:
        stored = uow.outgoing.answer(OPERATOR, sha("ack"))
    assert stored is not None
    assert (stored.body, stored.handed_at, stored.tries) == (b"answer", T0 + 1, 2)


def test_an_answer_belongs_to_its_partner_and_its_subject(filled: SqlStore) -> None:
    with filled.read() as uow:
        assert uow.outgoing.answer(OTT, sha("ack")) is None
        assert uow.outgoing.answer(OPERATOR, sha("confirm")) is None


def test_an_older_head_is_not_said_any_more(filled: SqlStore) -> None:
    with filled.write() as uow:
        claimed = uow.outgoing.claim(head(), T0 + MINUTE)
        assert claimed is not None
        uow.outgoing.retire_heads(OPERATOR)
        uow.save(head("newer", T0 + 1), event(Tag.HEAD_ISSUE))
        assert not uow.outgoing.settle(claimed, None, T0 + 2)  # it does not come back
        uow.commit("test")
    assert sorted(_due(filled, T0 + HOUR)) == [b"answer", b"newer"]
    with filled.read() as uow:
        newest = uow.outgoing.head(OPERATOR)
    assert newest is not None
    assert newest.body == b"newer"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE outgoing SET body = x'00'",
        "UPDATE outgoing SET subject = 'sha256:0'",
        "UPDATE outgoing SET tries = -1",
        "DELETE FROM outgoing",
        "DELETE FROM nothings",
        "UPDATE nothings SET sequence = 9",
    ],
)
def test_the_database_keeps_what_was_said(url: str, filled: SqlStore, change: str) -> None:
    with filled.write() as uow:
        uow.save(nothing(), event(Tag.NOTHING_RECORD))
        uow.commit("test")
    with pytest.raises(Refused):
        raw(url, change)


def nothing(sequence: int = 3, statement: str = "nothing", at: int = T0) -> NothingRecord:
    """A partner's word that it has nothing to report."""
    return NothingRecord(sha(statement), OPERATOR, 1, sequence, "kid-1", at, at)


def test_the_first_word_of_nothing_that_covers_a_sequence_is_found(filled: SqlStore) -> None:
    later = nothing(5, "later", T0 + HOUR)
    with filled.write() as uow:
        uow.save(later, event(Tag.NOTHING_RECORD))
        uow.save(nothing(), event(Tag.NOTHING_RECORD))
        uow.commit("test")
    with filled.read() as uow:
        assert uow.inbox.nothing(OPERATOR, 1, 3) == nothing()
        assert uow.inbox.nothing(OPERATOR, 1, 4) == later
        assert uow.inbox.nothing(OPERATOR, 1, 6) is None
        assert uow.inbox.nothing(OPERATOR, 2, 1) is None
        assert uow.inbox.nothing(OTT, 1, 3) is None
    with filled.write() as uow, pytest.raises(Conflict):
        uow.save(nothing(), event(Tag.NOTHING_RECORD))


def test_the_newest_attempts_of_one_partner_come_first_with_their_traffic(
    filled: SqlStore,
) -> None:
    with filled.write() as uow:
        uow.save(manifest(), event(Tag.DELIVERY_SEAL))
        uow.save(sealing(), event(Tag.DELIVERY_SEAL))
        for number in (1, 2, 3):
            made = dataclasses.replace(attempt(D1, number), began_at=T0 + number)
            uow.save(made, event(Tag.DELIVERY_ATTEMPT))
        uow.commit("test")
    with filled.read() as uow:
        found = uow.deliveries.recent(OPERATOR, T0 + 2, 9)
        assert [(r.attempt.number, r.due_at) for r in found] == [(3, T0), (2, T0)]
        assert [r.attempt.number for r in uow.deliveries.recent(OPERATOR, 0, 1)] == [3]
        assert uow.deliveries.recent(OTT, 0, 9) == ()
        assert uow.deliveries.traffic(OPERATOR, T0 + 2) == (2, 2 * len(b"parcel"), T0 + 2)
        assert uow.deliveries.traffic(OTT, 0) == (0, 0, 0)


def test_a_database_of_the_first_schema_is_brought_to_this_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    (tmp_path / "old.db").touch(0o600)
    engine = make_engine(read_url(url))
    settings = schema.alembic_config()
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
    engine.dispose()
    with pytest.raises(Conflict, match="has schema 0001"):
        open_store(url, FixedClock())
    assert schema.upgrade(url) == "0001"
    store = open_store(url, FixedClock())
    with store.write() as uow:
        seed(uow)
        uow.outgoing.add(answer())
        uow.commit("test")
    assert _due(store) == [b"answer"]
    store.close()
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    assert "ix_attempts_began_at" in names
