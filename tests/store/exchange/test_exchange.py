"""The exchange store on SQLite and PostgreSQL: what both sides of it promise each other."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.fetched import read
from gateway.domain.times import DAY, HOUR
from gateway.ports import (
    ExchangePartner,
    Message,
    QuotaExceeded,
    Quotas,
    Replayed,
    TransportRules,
)
from gateway.store.exchange.store import SqlExchange
from tests.store.exchange.parts import AT, QUOTAS, A, B, at_once, parcel, rows, use


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
        subject = "" if name.startswith("head") else "s"
        return exchange.say(A, Message(name, data, digest(data), subject), AT)

    first, head = say("answer-1", b"1"), say("head", b"old")
    assert say("head", b"old") == head
    newer = say("head.asc", b"new")  # of another form: it takes the same place
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
