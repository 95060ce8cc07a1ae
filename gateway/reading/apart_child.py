"""The child that reads a list and decides its rows: limits first, then pages over descriptor 0.

Run as `python -I -m gateway.reading.apart_child DESCRIPTOR`, with the file open there. It writes no
file and starts no process. It does not wait until the gateway took a page: while the gateway waits
for its disk some are kept here.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
from collections import deque
from typing import Final

from gateway.domain.errors import InputError
from gateway.domain.row_pages import write_page
from gateway.domain.sheet_rows import decide_blocks
from gateway.reading.apart import Order
from gateway.reading.frames import Message, encoded, framed, receive_bytes
from gateway.reading.limits import MIB, confine

_LINE = 0  # the descriptor of the socket to the parent
_KEPT: Final = 200  # pages of 1,000 rows, some 12 MB


def main() -> None:
    """Do what the parent wants, once."""
    wanted = receive_bytes(_LINE)
    if wanted is None:
        return
    order: Order = pickle.loads(wanted)  # noqa: S301  # from the gateway that started this process
    confine(order.limits)
    gc.disable()  # rows are in no cycles
    out = Outbox(_LINE)
    out.put(encoded(_serve(order, out)))
    out.drain()


def _serve(order: Order, out: Outbox) -> Message:
    """Send all pages; what is to be said at the end."""
    try:
        for _, rows in decide_blocks(order.file.checked, order.sheets, order.by, leaves=True):
            if len(rows):
                out.put(write_page(rows))
    except InputError as refused:
        return {"error": str(refused), "hint": refused.hint}
    except MemoryError:
        most = f"takes at most {order.limits.memory // MIB} MiB to read"
        what = f"expected a list that {most}, {order.file.file.name} takes more"
        return {"error": what, "hint": "split it into several files"}
    return {"dropped": dict(order.by.dropped)}


class Outbox:
    """Sends as much as the other side takes at once, and keeps the rest, up to a bound."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting: deque[memoryview] = deque()
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        os.set_blocking(descriptor, False)

    def put(self, body: bytes) -> None:
        """Send or keep a message. Raises OSError when the other side is gone."""
        self._waiting.append(memoryview(framed(body)))
        self._send()
        while len(self._waiting) > _KEPT:
            self._wait()

    def drain(self) -> None:
        """Send what is kept. Raises as `put`."""
        while self._waiting:
            self._wait()

    def _wait(self) -> None:
        self._poll.poll()
        self._send()

    def _send(self) -> None:
        try:
            while self._waiting:
                sent = os.write(self._descriptor, self._waiting[0])
                self._waiting[0] = self._waiting[0][sent:]
                if not self._waiting[0]:
                    self._waiting.popleft()
        except BlockingIOError:
            return  # it takes no more at present


if __name__ == "__main__":
    main()
