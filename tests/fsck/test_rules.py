"""The small rules that fsck has of its own, one by one."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import merkle
from gateway.domain.delivery import State
from gateway.domain.frontier import Frontier
from gateway.fsck.facts import Said, about
from gateway.fsck.intakes import as_written
from gateway.fsck.merging import merged
from gateway.fsck.plain import (
    holds_number,
    payload,
    reference_shows_number,
    statement_shows_number,
)
from gateway.fsck.replay import replay


@pytest.mark.parametrize(
    "raw",
    [
        "0870-1111-2201",
        "087011112201",
        "+62 870 1111 2201",
        "62870 11112201",
        "0062 870 1111 2201",
        "+62 (0) 870-1111-2201",
        "87011112201",
        "87011112201.0",
        "https://wa.me/6287011112201?text=1",
        "WA: 0870 1111 2201",
        "０８７０１１１１２２０１",
    ],
)
def test_a_number_as_people_write_it_is_the_accepted_one(raw: str) -> None:
    assert as_written(raw, 6287011112201)


@pytest.mark.parametrize(
    "raw",
    ["0870-1111-2202", "0870-1111-220", "+61870 1111 2201", "0870-1111-22011", "0870-1112-201", ""],
)
def test_another_number_is_not(raw: str) -> None:
    assert not as_written(raw, 6287011112201)


def test_a_foreign_number_has_no_national_prefix() -> None:
    assert as_written("+61 491 570 006", 61491570006)
    assert as_written("0061 491 570 006", 61491570006)
    assert not as_written("0491 570 006", 61491570006)


@given(st.integers(1, 200))
def test_the_edge_of_a_growing_tree_has_its_root(size: int) -> None:
    leaves = [merkle.leaf_hash(bytes([i])) for i in range(size)]
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    assert tree.root() == merkle.root(leaves)


def test_the_empty_tree_has_its_root() -> None:
    assert Frontier().root() == merkle.EMPTY_ROOT


@given(
    st.dictionaries(st.integers(0, 30), st.integers()),
    st.dictionaries(st.integers(0, 30), st.integers()),
)
def test_two_streams_meet_at_every_key(left: dict[int, int], right: dict[int, int]) -> None:
    came = list(merged(sorted(left.items()), sorted(right.items())))
    assert came == [(k, left.get(k), right.get(k)) for k in sorted(left | right)]


@pytest.mark.parametrize(
    "value", ["0870" + "11112201", {"a": ["+62" + "87011112201"]}, 62 * 10**11 + 87011112201]
)
def test_what_may_be_a_number_is_seen(value: object) -> None:
    assert holds_number(value)


@pytest.mark.parametrize(
    "value", ["sha256:" + "1" * 64, "7.opr-uji-a.1", 1_764_000_000, True, ["2026-11-24T07:00:00Z"]]
)
def test_what_is_none_is_not(value: object) -> None:
    assert not holds_number(value)


@pytest.mark.parametrize("jws", [b"", b"a.b", b"a.!.c", b"e30.bnVsbA.AA"])
def test_bytes_that_say_nothing_say_nothing(jws: bytes) -> None:
    assert payload(jws) == {}


def _said(tag: str, **facts: object) -> Said:
    return Said(0, tag, "2026-11-24T07:00:00Z", facts)


def _told(*leaves: Said) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    replay(leaves, lambda _said, wanted, came: told.append((wanted, came)))
    return told


def test_a_life_that_follows_the_table_is_not_told() -> None:
    leaves = [
        _said("delivery.seal", sealing=1),
        _said("delivery.attempt", attempt=1, fence=1),
        _said("delivery.outcome", attempt=1, outcome="sent", state="SENT", **{"from": "SENDING"}),
        _said("delivery.requeue", state="QUEUED", **{"from": "SENT"}),
        _said("delivery.withhold", state="WITHHELD", **{"from": "QUEUED"}),
    ]
    assert _told(*leaves) == []
    assert replay(leaves, lambda *_told: None).state is State.WITHHELD


@pytest.mark.parametrize(
    "leaf",
    [
        _said("delivery.attempt", attempt=1, state="SENT"),
        _said("delivery.outcome", attempt=1, outcome="sent", state="ACKNOWLEDGED"),
        _said("delivery.outcome", attempt=1, outcome="another", state="SENT"),
        _said("delivery.resume", state="QUEUED"),
        _said("delivery.stop", state="STOPPED", **{"from": "FAILED"}),
        _said("delivery.seal", sealing=2),
    ],
)
def test_an_event_that_can_not_come_is_told(leaf: Said) -> None:
    assert _told(leaf)


def test_a_bounce_takes_back_the_hand_over_of_its_own_attempt_only() -> None:
    sent = [
        _said("delivery.attempt", attempt=1, fence=1),
        _said("delivery.outcome", attempt=1, outcome="sent", state="SENT"),
    ]
    bounce = _said("bounce.record", attempt=1, state="QUEUED")
    assert replay([*sent, bounce], lambda *_told: None).handed is False
    again = [
        _said("delivery.requeue", state="QUEUED"),
        _said("delivery.attempt", attempt=2, fence=2),
        _said("bounce.record", attempt=1, state="SENDING"),
    ]
    assert replay([*sent, *again], lambda *_told: None).handed is True


def test_a_fetch_hands_over_what_lay_ready() -> None:
    leaves = [
        _said("delivery.attempt", attempt=1, fence=1),
        _said("delivery.outcome", attempt=1, outcome="published", state="SENT"),
    ]
    assert replay(leaves, lambda *_told: None).handed is False
    assert replay([*leaves, _said("fetch.record", state="SENT")], lambda *_told: None).handed


@pytest.mark.parametrize(
    ("tag", "facts", "subject"),
    [
        ("delivery.seal", {"delivery": "1.opr-uji-a.1"}, "delivery:1.opr-uji-a.1"),
        ("receipt.record", {"delivery": "1.opr-uji-a.1"}, "delivery:1.opr-uji-a.1"),
        ("batch.release", {"batch": 4}, "batch:4"),
        ("key.add", {"kid": "k"}, "key:k"),
        ("key.revoke", {"subject": "key:k", "kid": "of-the-officer"}, "key:k"),
        ("inbound.keep", {"statement": "s"}, "inbound:s"),
        ("reference.load", {"kind": "terms", "version": "1"}, "reference:terms 1"),
        ("audit.export", {"delivery": "1.opr-uji-a.1"}, ""),
    ],
)
def test_an_event_is_about_one_thing(tag: str, facts: dict[str, object], subject: str) -> None:
    assert about(tag, facts) == subject


def test_a_number_in_a_statement_that_nobody_can_read_is_seen() -> None:
    number = b"0870" + b"11112201"
    packed = base64.urlsafe_b64encode(b'{"note": "' + number + b'"').rstrip(b"=")
    assert statement_shows_number(b"no form at all: " + number)
    assert statement_shows_number(b".".join((b"e30", packed, b"AA")))
    assert not statement_shows_number(b"no form at all")
    assert not statement_shows_number(b"e30.e30.AA")


def test_references_are_searched_for_numbers_in_groups() -> None:
    written = "A/0870-" + "111-122-01"
    assert reference_shows_number({"reference": written})
    assert reference_shows_number({"accepted": {"entries": "ND-1", "run_percent": written}})
    assert not reference_shows_number({"reference": "B-812/11/2026", "accepted": 3})
