"""Lies about fetches: check 30."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.domain.ledger import Tag
from gateway.domain.times import HOUR, SECOND, to_wire
from tests.vectors.keyring import START
from tests.vectors.liar import Liar
from tests.vectors.lying import OTHER, PULL, Lie, Tell, fact, lies, said, unlogged


def _fetch(**changes: Any) -> Tell:
    """Let the listener's word be another one."""

    def tell(liar: Liar) -> None:
        liar.fetches[0] = replace(liar.fetches[0], **changes)

    return tell


def _request(**changes: Any) -> Tell:
    """Let the partner ask for something else."""

    def tell(liar: Liar) -> None:
        _fetch(statement=replace(liar.fetches[0].statement, **changes))(liar)

    return tell


def _later(liar: Liar) -> None:
    """The request is of another hour than the fetch."""
    _request(at=liar.fetches[0].at - HOUR)(liar)


LIES: list[Lie] = [
    *lies(
        30,
        "fetches",
        ("wrong-owner", "a fetch asked for by a stranger", _fetch(signer="stranger")),
        ("unknown-key", "a fetch asked for by nobody", _fetch(signer="unpinned")),
        ("key-revoked", "a fetch asked for with a revoked key", _fetch(signer="gone-statement")),
        ("unknown-parcel", "a fetch of another parcel", _fetch(parcel=OTHER)),
        ("wrong-object", "a request for later parcels", _request(since=2)),
        ("wrong-object", "a request for another epoch", _request(epoch=2)),
        ("wrong-object", "a request of another hour", _later),
        scenario=PULL,
    ),
    *lies(
        30,
        "events",
        (
            "fetch-time",
            "another time of the fetch",
            fact(Tag.FETCH_RECORD, 0, fetched=to_wire(START + SECOND)),
        ),
        ("not-in-ledger", "a fetch that nobody told of", unlogged(Tag.INBOUND_KEEP, 0)),
        scenario=PULL,
    ),
    *lies(
        30, "dossier", ("fetches", "a fetch without its request", said(fetches=())), scenario=PULL
    ),
]
