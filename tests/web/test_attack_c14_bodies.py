"""C14, E14: bodies that cost a careless server its memory or its time are refused by their head."""

from __future__ import annotations

import resource
import socket
import time

import pytest

from gateway.web import strict_http
from tests.web.house import House, ack
from tests.web.wire import STATEMENTS, Wire, everything, post_bytes, statuses

MB = 1024 * 1024


def _multipart(parts: int) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * parts + b"--x--"


@pytest.mark.parametrize(
    ("media", "body", "status"),
    [
        ("multipart/form-data; boundary=x", _multipart(100_000), 415),
        ("multipart/form-data; boundary=x", b"\r" + b"\n" * (8 * MB), 415),
        ("application/x-www-form-urlencoded", b"a=1&" * MB, 415),
        ("application/jose", b"." * (33 * MB), 413),
        ("application/jose", b"." * (8 * MB), 401),
        ("application/jose", b"a" * (8 * MB), 401),
    ],
    ids=["100,000 parts", "CR first", "form", "beyond the cap", "dots", "no dot"],
)
def test_a_body_like_this_is_refused_and_the_client_hears_why(
    one_wire: tuple[House, Wire], media: str, body: bytes, status: int
) -> None:
    house, wire = one_wire
    sent = post_bytes(STATEMENTS, body).replace(b"application/jose", media.encode())
    assert statuses(wire.say(sent)) == [status]
    assert house.kept() == []


def test_a_million_parts_are_never_parsed(house: House, wire: Wire) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    head = post_bytes(STATEMENTS, b"").replace(
        b"application/jose", b"multipart/form-data; boundary=x"
    )
    head = head.replace(b"Content-Length: 0", b"Content-Length: %d" % (32 * MB))
    assert statuses(wire.say(head + b"--x\r\n")) == [415]  # the rest was not waited for
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 16 * 1024  # kB
    assert house.kept() == []


def test_a_log_line_about_a_large_token_is_short(house: House, wire: Wire) -> None:
    wire.say(post_bytes(STATEMENTS, ack() * 2000))
    house.until_told("refused")
    assert max(len(str(one)) for one in house.told) < 1024


def test_who_still_sends_when_it_is_refused_is_heard_out_for_a_moment(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strict_http, "LINGER", 30.0)  # a busy machine's moment; it ends with ours
    head = post_bytes(STATEMENTS, b"").replace(b"application/jose", b"multipart/form-data")
    head = head.replace(b"Content-Length: 0", b"Content-Length: %d" % MB)
    with wire.connect() as sock:
        sock.sendall(head + b"x" * 100_000)
        assert statuses(everything(sock)) == [415]
        for _ in range(3):  # a reset would take the answer from a client that is not done yet
            assert socket.socket.send(sock, b"x" * 1000) == 1000
            time.sleep(0.05)


@pytest.mark.parametrize("size", [500, 2 * MB])
def test_a_body_that_ends_early_is_looked_at_by_nobody(house: House, wire: Wire, size: int) -> None:
    with wire.connect() as sock:
        sock.sendall(post_bytes(STATEMENTS, b"x" * size)[:-100])
        socket.socket.shutdown(sock, socket.SHUT_WR)  # below TLS, so that no answer can come back
        told = house.until_told("refused")
    assert (told.status, told.note) == (400, "ClientDisconnected")
