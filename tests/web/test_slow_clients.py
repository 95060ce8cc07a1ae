"""D6: slow clients are cut, and hold up nobody of another house."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from gateway.domain import failpoints
from gateway.web import tls
from gateway.web.strict_http import OneRequest
from tests.web.house import A, House, ack, parcel, request
from tests.web.wire import STATEMENTS, Wire, everything, post_bytes, statuses, wired


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less grace than partners get, so that the tests end soon."""
    monkeypatch.setattr(tls, "GRACE", 1.0)


def drip(wire: Wire, data: bytes) -> bytes:
    """Send a byte now and then until the server has enough of it; what it said."""
    with wire.connect() as sock:
        sock.settimeout(0.05)
        for begin in range(len(data)):
            with suppress(TimeoutError):
                sock.sendall(data[begin : begin + 1])
            try:
                if got := sock.recv(1):
                    sock.settimeout(5)
                    return got + everything(sock)
                return b""
            except TimeoutError:
                continue
            except OSError:
                return b""
    raise AssertionError("the server let it go on")


@pytest.mark.usefixtures("impatient")
def test_a_header_that_drips_is_cut(house: House, wire: Wire) -> None:
    assert statuses(drip(wire, post_bytes(STATEMENTS, ack(), "X: " + "x" * 500))) == [408]
    assert house.kept() == []


@pytest.mark.usefixtures("impatient")
def test_a_body_that_drips_is_cut_and_not_kept(house: House, wire: Wire) -> None:
    whole = post_bytes(STATEMENTS, ack())
    with wire.connect() as sock:
        sock.sendall(whole[:-100])
        answer = everything(sock)
    assert statuses(answer) == [408]
    assert house.kept() == []


@pytest.mark.usefixtures("impatient")
def test_a_handshake_that_never_comes_holds_no_thread_for_long(house: House, wire: Wire) -> None:
    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(socket.create_connection((wire.host, wire.port), 5))
        assert _patiently(wire, post_bytes(STATEMENTS, ack())) == [202]


@pytest.mark.usefixtures("impatient")
def test_a_download_at_ten_bytes_a_second_is_cut_and_no_fetch(
    house: House, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut, close = threading.Event(), OneRequest.close

    def closed(connection: OneRequest) -> None:
        cut.set()
        close(connection)

    monkeypatch.setattr(OneRequest, "close", closed)
    house.lay(parcel(1, b"x" * 30_000_000))
    with wire.connect() as sock:
        sock.sendall(post_bytes(f"{A}/parcels/next", request(1)))
        assert sock.recv(10)
        assert cut.wait(30)  # after the grace, and what little came has earned
        got = len(everything(sock))
    assert got < 30_000_000
    assert house.fetches() == []
    assert statuses(wire.say(post_bytes(f"{A}/parcels/next", request(1)))) == [200]
    house.until_told("fetched")
    assert len(house.fetches()) == 1


@pytest.mark.usefixtures("impatient")
def test_our_own_slowness_costs_the_client_nothing(house: House, wire: Wire) -> None:
    def slow(point: str) -> None:
        if point == "before:exchange.keep":
            time.sleep(1.2)  # longer than the grace

    failpoints.arm(slow)
    assert statuses(wire.say(post_bytes(STATEMENTS, ack()))) == [202]


def test_slow_clients_of_one_address_leave_room_for_others(house: House, tmp_path: Path) -> None:
    with wired(house, tmp_path, threads=4, per_address=2) as wire, ExitStack() as stack:
        slow = []
        for _ in range(20):
            with suppress(OSError):  # beyond its share an address is refused at once
                sock = stack.enter_context(wire.connect())
                sock.sendall(b"POST /v1/")
                slow.append(sock)
        assert len(slow) >= 2
        answer = wire.say(post_bytes(STATEMENTS, ack()), source="127.0.0.2")
        assert statuses(answer) == [202]
        # it did not have to wait until one of them was cut
        assert len([sock for sock in slow if _is_held(sock)]) == 2


def _is_held(sock: ssl.SSLSocket) -> bool:
    """Whether the server still waits for the rest of a request."""
    sock.setblocking(False)
    try:
        sock.recv(1)
    except ssl.SSLWantReadError:
        return True
    except OSError:
        return False
    return False


def test_a_share_is_given_back_however_a_connection_ends(house: House, tmp_path: Path) -> None:
    with wired(house, tmp_path, threads=2, per_address=2) as wire:
        for _ in range(6):
            socket.create_connection((wire.host, wire.port), 5).close()
            # refused at once where the one before is not yet noticed as ended
            with suppress(OSError), wire.connect() as sock:
                sock.sendall(b"POST /v1/")
            assert _patiently(wire, post_bytes(STATEMENTS, ack())) == [202]
            assert _patiently(wire, b"GARBAGE\r\n\r\n") == [400]


def _patiently(wire: Wire, data: bytes) -> list[int]:
    """A connection that ended is noticed a moment later."""
    for _ in range(100):
        with suppress(OSError):
            if found := statuses(wire.say(data)):
                return found
        time.sleep(0.05)
    return []


def test_many_at_once_are_all_served(house: House, wire: Wire) -> None:
    codes: list[int] = []

    def one(number: int) -> None:
        source = f"127.0.0.{2 + number % 4}"
        sent = post_bytes(STATEMENTS, ack(sequence=number + 1))
        codes.extend(statuses(wire.say(sent, source=source)))

    threads = [threading.Thread(target=one, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [202] * 24
    assert len(house.kept()) == 24
