"""The partners' side in a process of its own: the real kit, as far as the signed receipt.

`python -m bench.kits FOLDER` opens every kit below FOLDER, tells where each serves (one line of
JSON), and then takes, stores and acknowledges until its standard input ends. Applying and
confirming come after the receipt and are no part of it.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from partner import answers
from partner.kit import Kit, SystemClock, load_kit
from partner.loop import Rounds
from partner.server import serving

PAUSE = 0.005  # seconds between two looks at empty folders


def main() -> None:
    """Open, tell, work."""
    kits = [load_kit(path, SystemClock(), {}) for path in sorted(Path(sys.argv[1]).iterdir())]
    ended = threading.Event()
    with ExitStack() as stack:
        addresses = {}
        for kit in kits:
            if kit.settings.listen:
                rounds = Rounds(kit, lambda _event, _facts: None)
                addresses[kit.identity.id] = stack.enter_context(serving(rounds))
        print(json.dumps(addresses), flush=True)
        threading.Thread(target=_until_told, args=(ended,), daemon=True).start()
        workers = [_Folder(kit) for kit in kits if not kit.settings.listen]
        while not ended.is_set():
            if not sum(worker.work() for worker in workers):
                time.sleep(PAUSE)


def _until_told(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


class _Folder:
    """A kit whose parcels come into a folder, or a Maildir."""

    def __init__(self, kit: Kit) -> None:
        self._kit, self._way = kit, Rounds(kit, lambda _event, _facts: None).way
        mail = kit.settings.mail.maildir
        self._folder = kit.home / mail / "new" if mail else kit.settings.path("inbox")

    def work(self) -> bool:
        """One round where something lies there; whether it did."""
        if not any(path.name[0] != "." for path in self._folder.iterdir()):
            return False
        for taken in self._way.take():
            if not taken.good:
                raise AssertionError(f"{taken.name} was not taken: {taken.refused or taken.left}")
        answers.acknowledge(self._kit)
        self._way.publish()
        return True


if __name__ == "__main__":
    main()
