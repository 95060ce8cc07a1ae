"""Reading an incoming file of any kind, and what every reader refuses to go beyond."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from gateway.domain.opened import Opened

MAX_BYTES = 128 * 1024 * 1024  # of a file; about 2.5 million rows of CSV
MAX_ROWS = 1_048_576  # what a spreadsheet can hold
MAX_COLUMNS = 256
MAX_CELL = 32_767  # characters, as in a spreadsheet
BLOCK_ROWS = 1_000  # rows that are in memory at once, about: more do not fit a cache


class Reader(Protocol):
    """Opens files; knows their kind from what is in them."""

    def open(self, path: Path, name: str) -> AbstractContextManager[Opened]:
        """Open the file at `path`; `name` is what its sender calls it, with the extension.

        Rows stay in bounded memory whatever the file's size. Raises InputError, here or while the
        blocks are read, when the content is not what the extension says, can't be read, or is
        beyond a cap: with the figure, the cap and what to do.
        """
        ...
