"""The word of a bounce: one form, written and read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain import bounced
from gateway.domain.bounced import Bounced
from gateway.domain.canonical import decode, encode
from gateway.domain.errors import NotVerified
from gateway.domain.times import from_wire

WORD = Bounced(
    "7.opr-uji-a.1",
    "<7.opr-uji-a.1.00ff@komdigi.example>",
    "5.1.1",
    from_wire("2026-11-24T07:00:00Z"),
)


def test_a_word_reads_back_as_it_was_written() -> None:
    assert bounced.read(bounced.to_bytes(WORD)) == WORD
    assert bounced.to_bytes(WORD) == (
        b'{"action":"failed","at":"2026-11-24T07:00:00Z","delivery":"7.opr-uji-a.1",'
        b'"message":"<7.opr-uji-a.1.00ff@komdigi.example>","status":"5.1.1","typ":"bounced","v":1}'
    )


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("v", 2), ("v", True), ("typ", "fetched"), ("delivery", "7.opr"), ("delivery", 7),
        ("message", ""), ("message", "x" * 401), ("status", "2.0.0"), ("status", "5"),
        ("status", "5.1.1 x"), ("action", "delayed"), ("at", "yesterday"), ("at", None),
    ],
)  # fmt: skip
def test_any_other_form_is_refused(member: str, value: Any) -> None:
    document = decode(bounced.to_bytes(WORD), what="it")
    with pytest.raises(NotVerified):
        bounced.read(encode({**document, member: value}) if value is not None else b"{}")


@pytest.mark.parametrize("member", ["v", "typ", "delivery", "message", "status", "action", "at"])
def test_every_member_must_be_there(member: str) -> None:
    document = decode(bounced.to_bytes(WORD), what="it")
    del document[member]
    with pytest.raises(NotVerified):
        bounced.read(encode(document))


def test_parts_of_a_second_are_cut() -> None:
    assert bounced.to_bytes(replace(WORD, at=WORD.at + 999_999)) == bounced.to_bytes(WORD)
