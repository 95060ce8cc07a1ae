"""The child that reads one workbook: limits first, then commands over descriptor 0 until it ends.

Run as `python -I -m gateway.reading.child DESCRIPTOR`, with the workbook open there. It imports
little, writes no file and starts no process. What it can't read it refuses in words of ours: those
of a library may quote a cell.
"""

from __future__ import annotations

import sys
from typing import Any

from gateway.domain.errors import InputError
from gateway.reading.book import Book, open_book
from gateway.reading.frames import Message, receive, send
from gateway.reading.limits import MIB, Limits, confine

_LINE = 0  # the descriptor of the socket to the parent
_HINT = "open it in a spreadsheet program, keep only the list, save it again"


def main() -> None:
    """Serve the parent until it closes the line."""
    command: Any = receive(_LINE)
    if command is None:
        return
    limits = Limits(**command["limits"])
    confine(limits)
    service = Service(int(sys.argv[1]), command["name"], limits)
    while command is not None:
        send(_LINE, service.answer(command))
        command = receive(_LINE)


class Service:
    """Answers the commands `open` and `rows`."""

    def __init__(self, descriptor: int, name: str, limits: Limits) -> None:
        self._descriptor = descriptor
        self._name = name
        self._limits = limits
        self._book: Book | None = None

    def answer(self, command: Any) -> Message:
        """Do what is asked; that it can't be done is an answer too."""
        try:
            return self._do(command)
        except InputError as refused:
            return {"error": str(refused), "hint": refused.hint}
        except MemoryError:
            most = f"takes at most {self._limits.memory // MIB} MiB to read"
            what = f"that {most}, {self._name} takes more"
        except Exception:  # noqa: BLE001  # on a damaged file libraries raise what they like
            what = f"that can be read, {self._name} is damaged"
        return {"error": f"expected a workbook {what}", "hint": _HINT}

    def _do(self, command: Any) -> Message:
        if self._book is None:
            self._book = open_book(self._descriptor, self._name, command["kind"], self._limits)
            return self._book.describe()
        return self._book.rows(command["sheet"], command["first"])


if __name__ == "__main__":
    main()
