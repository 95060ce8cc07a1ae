"""Messages between the gateway and a child that reads a file: a length, then JSON.

JSON because a child that a hostile file took over must not be able to hand over more than data.
"""

from __future__ import annotations

import json
import os
import select
import struct
import time

from gateway.domain.errors import InputError

_LENGTH = struct.Struct(">I")
_LARGEST = 64 * 1024 * 1024  # one row at all its caps takes half of it
_PIECE = 1024 * 1024

_EXPECTED = "expected rows from the process that reads the file, it sent"

Message = dict[str, object]


def send(descriptor: int, message: Message) -> None:
    """Write one message. Raises OSError when the other side is gone."""
    send_bytes(descriptor, encoded(message))


def send_bytes(descriptor: int, body: bytes) -> None:
    """Write one message that is JSON already, or what only a child reads. Raises as `send`."""
    rest = memoryview(framed(body))
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def encoded(message: Message) -> bytes:
    """A message as it is sent."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def framed(body: bytes) -> bytes:
    """With its length in front."""
    return _LENGTH.pack(len(body)) + body


def receive(descriptor: int, seconds: float | None = None) -> Message | None:
    """Read one message; None when the other side ended. Raises TimeoutError after `seconds`.

    Raises InputError when what came is no message.
    """
    body = receive_bytes(descriptor, seconds)
    return None if body is None else decoded(body)


def receive_bytes(descriptor: int, seconds: float | None = None) -> bytes | None:
    """The bytes of one message. Raises as `receive`."""
    until = None if seconds is None else time.monotonic() + seconds
    head = _read(descriptor, _LENGTH.size, until)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _LARGEST:
        raise InputError(f"{_EXPECTED} too much at once")
    return _read(descriptor, length, until)


def decoded(body: bytes) -> Message:
    """The message of these bytes. Raises InputError when they are none."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as bad:
        raise InputError(f"{_EXPECTED} none") from bad
    if not isinstance(message, dict):
        raise InputError(f"{_EXPECTED} something else")
    return message


def _read(descriptor: int, count: int, until: float | None) -> bytes | None:
    found = bytearray()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while len(found) < count:
        left = None if until is None else max(0, (until - time.monotonic()) * 1000)
        if not poll.poll(left):
            raise TimeoutError
        piece = os.read(descriptor, min(_PIECE, count - len(found)))
        if not piece:
            return None
        found += piece
    return bytes(found)
