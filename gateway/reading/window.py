"""An open file read at a place of its own, so that several readers can share one descriptor."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator

from gateway.domain.errors import InputError
from gateway.domain.opened import Block

_BUFFER = 256 * 1024


class Window(io.RawIOBase):
    """Reads a descriptor by position; `at` is how many bytes were handed out. Does not close it."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer will do
        """Fill the buffer from where the last call ended."""
        count = os.preadv(self._descriptor, [buffer], self.at)
        self.at += count
        return count


def as_text(window: Window, encoding: str) -> io.TextIOWrapper:
    """The characters of a file, line ends as they are."""
    return io.TextIOWrapper(io.BufferedReader(window, _BUFFER), encoding=encoding, newline="")


class Handle:
    """An open file, the name its sender gives it, and how to notice that something writes to it."""

    def __init__(self, descriptor: int, name: str) -> None:
        self.descriptor = descriptor
        self.name = name
        self._seen = self._look()

    def check(self) -> None:
        """Raise InputError when it is not the file it was: its digest would be another's."""
        if self._look() != self._seen:
            raise self.changed()

    def guarded(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """The blocks, with the checks that no kind of file is spared."""
        try:
            yield from blocks
        except UnicodeDecodeError as bad:
            raise self.changed() from bad  # the survey found every byte valid
        self.check()

    def changed(self) -> InputError:
        """The error for a file that was written to while it was read."""
        return InputError(
            f"expected {self.name} to stay as it is while it is read, something wrote to it",
            hint="copy it to a place of its own and read it again",
        )

    def _look(self) -> tuple[int, int]:
        found = os.fstat(self.descriptor)
        return found.st_size, found.st_mtime_ns
