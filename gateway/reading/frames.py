"""Messages between the gateway and the child that reads a workbook: a length, then JSON.

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

Message = dict[str, object]


def send(descriptor: int, message: Message) -> None:
    """Write one message. Raises OSError when the other side is gone."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    rest = memoryview(_LENGTH.pack(len(body)) + body)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def receive(descriptor: int, seconds: float | None = None) -> Message | None:
    """Read one message; None when the other side ended. Raises TimeoutError after `seconds`.

    Raises InputError when what came is no message.
    """
    until = None if seconds is None else time.monotonic() + seconds
    head = _read(descriptor, _LENGTH.size, until)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _LARGEST:
        raise InputError("expected rows from the reader of workbooks, it sent too much at once")
    body = _read(descriptor, length, until)
    if body is None:
        return None
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as bad:
        raise InputError("expected rows from the reader of workbooks, it sent none") from bad
    if not isinstance(message, dict):
        raise InputError("expected rows from the reader of workbooks, it sent something else")
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
