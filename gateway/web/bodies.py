"""Bodies of requests: type and length are judged by the header, before a byte of it is read."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from tempfile import TemporaryFile

from flask import request
from werkzeug.exceptions import (
    ClientDisconnected,
    LengthRequired,
    RequestEntityTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)

from gateway.web.documents import FORMS
from gateway.web.problems import TooManyAtOnce

PACKED = "application/pgp-signature"
"""What may grow when it is read: it takes its turn whatever its length."""
OCTETS = "application/octet-stream"
MAX_STATEMENT = 32 * 1024 * 1024  # bytes; a confirmation of 100,000 rows has about 8 MB
MAX_REQUEST = 16 * 1024  # bytes of a signed request; one has about 400
IN_MEMORY = 1024 * 1024  # bytes; what is larger waits in a file until it is whole
AT_ONCE = 3  # large bodies looked at at the same time
PATIENCE = 30.0  # seconds that one waits for its turn
_CHUNK = 64 * 1024

_turns = threading.BoundedSemaphore(AT_ONCE)


def check_head(most: int, media: Collection[str] = tuple(FORMS)) -> int:
    """The announced length. Raises UnsupportedMediaType, LengthRequired, RequestEntityTooLarge."""
    if request.mimetype not in media:
        raise UnsupportedMediaType
    length = request.content_length
    if length is None:
        raise LengthRequired
    if length > most:
        raise RequestEntityTooLarge
    return length


@contextmanager
def body_of(length: int) -> Iterator[bytes]:
    """The whole body. While the block works on a large or packed one, only a few others do so.

    A slow sender costs a file, not memory. Raises RequestTimeout, BadRequest where it ends early,
    TooManyAtOnce.
    """
    if length <= IN_MEMORY:
        with _in_time():
            data = request.get_data(cache=False)
        with _turn() if request.mimetype == PACKED else nullcontext():
            yield data
        return
    with TemporaryFile() as file:
        with _in_time():
            while part := request.stream.read(_CHUNK):
                file.write(part)
        with _turn():
            file.seek(0)
            yield file.read()


@contextmanager
def _in_time() -> Iterator[None]:
    """Tell a client that was too slow from one that is gone: werkzeug takes both for gone."""
    try:
        yield
    except ClientDisconnected as error:
        raise RequestTimeout if isinstance(error.__context__, TimeoutError) else error from None


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=PATIENCE):
        raise TooManyAtOnce("too many large statements at once")
    try:
        yield
    finally:
        _turns.release()
