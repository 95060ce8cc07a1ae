"""A list to take away, as it is filtered: CSV or XLSX, written to a file that lives for the answer.

`frame.looked` notes who took it, before a byte leaves (issue: access log).
"""

import tempfile
from collections.abc import Iterator
from typing import IO

from flask import Response

from gateway.domain.errors import InputError
from gateway.writing.tables import MEDIA, Table, write

_IN_MEMORY = 4 * 1024 * 1024  # bytes; a longer file lies on the disk, for its owner only
_BLOCK = 64 * 1024


def sent(kind: str, table: Table, name: str) -> Response:
    """The table as a download; `name` has no extension. Raises InputError for another kind."""
    if kind not in MEDIA:
        raise InputError(
            "a list can be taken away as csv or xlsx", hint="use one of the links below the list"
        )
    file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # _blocks closes it
    write(kind, table, file)
    file.seek(0)
    answer = Response(_blocks(file), content_type=MEDIA[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block
