"""A process of its own that raises a schema: `python -m tests.store.upgrader URL FOLDER [POINT]`.

At the fail-point it dies as by a power cut.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from gateway.domain import failpoints
from gateway.store import schema


def main(url: str, folder: str, point: str = "") -> None:
    """Upgrade with the migrations of the folder too."""
    failpoints.arm_from(point, lambda: os.kill(os.getpid(), signal.SIGKILL))
    schema.upgrade(url, (Path(folder),))


if __name__ == "__main__":
    main(*sys.argv[1:])
