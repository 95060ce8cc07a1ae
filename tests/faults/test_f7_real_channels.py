"""The twelve ways of the matrix are what the real adapters say of real servers that behave so."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from gateway.domain.times import SECOND
from gateway.ports import HandOver, SendError
from tests.adapters.rigs import DELIVERY, QUICK, RestRig, Rig, parcel, registry
from tests.adapters.test_sftp_faults import serving
from tests.adapters.test_sftp_full import Full
from tests.faults.misbehaving import WAYS, Way
from tests.peers.tls_server import (
    Behaviour,
    Handler,
    TlsServer,
    accepted,
    drip,
    lost_reply,
    status,
    taken,
)

GARBAGE = b"<html>Selamat datang</html>"
NO_ROOM = asyncssh.SFTPVFSAttrs(
    bsize=4096, frsize=4096, blocks=100, bfree=0, bavail=0, files=10, ffree=5, favail=5
)


def hang(handler: Handler, _data: bytes) -> None:
    """No answer, until the server ends."""
    handler.server.peer.ending.wait(10)


def half(handler: Handler, data: bytes) -> None:
    """It keeps the first half, and thanks for the whole."""
    accepted(handler, data[: len(data) // 2])


BEHAVIOURS: dict[str, Behaviour] = {
    "hangs": hang,
    "answers 500": status(500),
    "drips": drip("body"),
    "answers 429": status(429, Retry_After="120"),
    "loses its answer": lost_reply,
    "garbage answer": taken(GARBAGE),
    "truncates": half,
}


@contextmanager
def rest(name: str, _folder: Path) -> Iterator[Rig]:
    """An HTTPS service that behaves so."""
    with TlsServer(BEHAVIOURS.get(name, accepted)) as server:
        rig = RestRig(server)
        server.reset_after = 3 if name == "resets" else None
        if name == "wrong certificate":
            rig.wrong_identity()
        yield rig


@contextmanager
def nobody(_name: str, _folder: Path) -> Iterator[Rig]:
    """A service that has ended: its port refuses."""
    with TlsServer() as server:
        rig = RestRig(server)
    yield rig


@contextmanager
def sftp(name: str, folder: Path) -> Iterator[Rig]:
    """An SFTP server with another host key, or without room."""
    full = type("NoRoom", (Full,), {"disk": NO_ROOM})
    with serving(folder, full if name == "full disk" else asyncssh.SFTPServer) as rig:
        if name == "wrong key":
            rig.wrong_identity()
        yield rig


PLACES: dict[str, Callable[[str, Path], AbstractContextManager[Rig]]] = {
    "refuses": nobody,
    "wrong key": sftp,
    "full disk": sftp,
}


def sent(rig: Rig) -> HandOver | SendError:
    brief = registry(limits=replace(QUICK, total=0.8))
    with brief.open(rig.partner) as adapter:
        try:
            return adapter.send(DELIVERY, parcel())
        except SendError as error:
            return error


def _is_as_told(way: Way, error: SendError) -> None:
    said = (error.handed_over, error.alert, error.busy, error.retry_after)
    assert said == (way.outcome, way.alert, way.busy, way.retry_after * SECOND)


@pytest.mark.long
@pytest.mark.parametrize("name", WAYS)
def test_a_real_channel_says_what_the_matrix_takes_for_granted(tmp_path: Path, name: str) -> None:
    way = WAYS[name]
    with PLACES.get(name, rest)(name, tmp_path) as rig:
        ended = sent(rig)
        if way.outcome is not None:
            assert isinstance(ended, SendError)
            _is_as_told(way, ended)
        else:
            assert isinstance(ended, HandOver)
            assert ended.reply == (GARBAGE if name == "garbage answer" else None)
        whole = hashlib.sha256(b"sealed").hexdigest()
        there = [hashlib.sha256(data).hexdigest() for data in rig.received().values()]
        if way.taken in ("no", "yes"):
            assert there == ([whole] if way.taken == "yes" else [])
        elif way.taken == "half":
            assert len(there) == 1 and there != [whole]
