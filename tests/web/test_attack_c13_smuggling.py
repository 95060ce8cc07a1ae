"""C13: whatever is not plainly one request ends in 400, and no second one is ever looked at."""

from __future__ import annotations

import socket

import pytest

from tests.web.house import A, House, ack
from tests.web.wire import STATEMENTS, Wire, post_bytes, statuses

BODY = ack()
SECOND = post_bytes(STATEMENTS, ack(sequence=2))


def head(*lines: str, request: str = f"POST /v1/{A}/statements HTTP/1.1") -> bytes:
    """A request's head of exactly these lines."""
    return "\r\n".join(
        [request, "Host: x", "Content-Type: application/jose", *lines, "", ""]
    ).encode()


LENGTH = f"Content-Length: {len(BODY)}"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
CORPUS = {
    "CL.TE": head(LENGTH, "Transfer-Encoding: chunked") + CHUNKED,
    "TE.CL": head("Transfer-Encoding: chunked", "Content-Length: 4") + CHUNKED,
    "TE alone": head("Transfer-Encoding: chunked") + CHUNKED,
    "TE.TE": head("Transfer-Encoding: chunked", "Transfer-Encoding: identity") + CHUNKED,
    "TE identity": head(LENGTH, "Transfer-Encoding: identity") + BODY,
    "TE hidden by a tab": head(LENGTH, "Transfer-Encoding:\tchunked") + CHUNKED,
    "TE with a blank before the colon": head(LENGTH, "Transfer-Encoding : chunked") + CHUNKED,
    "TE after a vertical tab": head(LENGTH, "Transfer-Encoding:\x0bchunked") + CHUNKED,
    "TE in an underscore name": head(LENGTH, "Transfer_Encoding: chunked") + CHUNKED,
    "two lengths that differ": head("Content-Length: 3", LENGTH) + BODY,
    "two lengths the same": head(LENGTH, LENGTH) + BODY,
    "two lengths in one line": head(f"{LENGTH}, {len(BODY)}") + BODY,
    "length with a sign": head(f"Content-Length: +{len(BODY)}") + BODY,
    "negative length": head("Content-Length: -1") + BODY,
    "length with an underscore": head("Content-Length: 1_0") + BODY,
    "hexadecimal length": head("Content-Length: 0x10") + BODY,
    "empty length": head("Content-Length:") + BODY,
    "length in an underscore name": head(LENGTH, "Content_Length: 3") + BODY,
    "length with a blank before the colon": head(f"Content-Length : {len(BODY)}") + BODY,
    "folded header": head(LENGTH, "X-A: 1", " Transfer-Encoding: chunked") + BODY,
    "folded length": head("Content-Length:", f" {len(BODY)}") + BODY,
    "first header folded": head(" X: 1", LENGTH) + BODY,
    "bare LF after a header": head(LENGTH).replace(b"Host: x\r\n", b"Host: x\n") + BODY,
    "bare LF at the head's end": head(LENGTH)[:-2] + b"\n" + BODY,
    "bare LF in the request line": head(LENGTH).replace(b"HTTP/1.1\r\n", b"HTTP/1.1\n") + BODY,
    "bare CR in a header": head(LENGTH, "X-A: 1\rTransfer-Encoding: chunked") + BODY,
    "NUL in a header": head(LENGTH, "X-A: 1\x002") + BODY,
    "no colon": head(LENGTH, "Transfer-Encoding chunked") + BODY,
    "empty header name": head(LENGTH, ": chunked") + BODY,
    "two hosts": head(LENGTH, "Host: y") + BODY,
    "no host": head(LENGTH).replace(b"Host: x\r\n", b"") + BODY,
    "two types": head(LENGTH, "Content-Type: text/plain") + BODY,
    "absolute URI": head(LENGTH, request=f"POST https://x/v1/{A}/statements HTTP/1.1") + BODY,
    "fragment": head(LENGTH, request=f"POST /v1/{A}/statements#x HTTP/1.1") + BODY,
    "two blanks in the request line": head(LENGTH, request=f"POST  /v1/{A}/statements HTTP/1.1")
    + BODY,
    "lower-case method": head(LENGTH, request=f"post /v1/{A}/statements HTTP/1.1") + BODY,
    "no version": head(LENGTH, request=f"POST /v1/{A}/statements") + BODY,
    "too many headers": head(LENGTH, *(f"X-{n}: 1" for n in range(100))) + BODY,
}


@pytest.mark.parametrize("name", CORPUS)
def test_no_request_that_two_readers_may_split_differently_is_looked_at(
    one_wire: tuple[House, Wire], name: str
) -> None:
    house, wire = one_wire
    house.told.clear()
    answer = wire.say(CORPUS[name] + SECOND)
    assert statuses(answer) == [400], answer[:200]
    assert b"application/problem+json" in answer
    assert house.kept() == []
    assert [one.status for one in house.told] == [400]


@pytest.mark.parametrize(
    ("line", "status"),
    [("POST /v1/x/y HTTP/2.0", 505), ("POST /v1/x/y HTTP/9.9", 505), ("GARBAGE", 400)],
)
def test_a_request_line_of_another_protocol_is_no_request(
    one_wire: tuple[House, Wire], line: str, status: int
) -> None:
    house, wire = one_wire
    assert statuses(wire.say(head(LENGTH, request=line) + BODY + SECOND)) == [status]
    assert house.kept() == []


def test_a_second_request_behind_a_good_one_is_never_read(house: House, wire: Wire) -> None:
    answer = wire.say(post_bytes(STATEMENTS, BODY, "Connection: keep-alive") + SECOND)
    assert statuses(answer) == [202]
    assert house.kept() == [BODY]


def test_what_is_beyond_the_announced_length_is_no_part_of_the_statement(
    house: House, wire: Wire
) -> None:
    assert statuses(wire.say(post_bytes(STATEMENTS, BODY) + b"more")) == [202]
    assert house.kept() == [BODY]


def test_a_header_beyond_16_kb_is_refused(house: House, wire: Wire) -> None:
    long = post_bytes(STATEMENTS, BODY, "X-Long: " + "x" * 17_000)
    assert statuses(wire.say(long)) == [413]
    assert statuses(wire.say(b"GET /" + b"x" * 17_000 + b" HTTP/1.1\r\n\r\n")) == [414]


def test_plain_http_gets_nothing(house: House, wire: Wire) -> None:
    with socket.create_connection((wire.host, wire.port), 10) as plain:
        plain.sendall(post_bytes(STATEMENTS, BODY))
        assert b"202" not in plain.recv(4096)
    assert house.kept() == []
