"""One step in a process of its own, and its memory: `python -m bench.memory_probe STEP`.

Standard input holds the step's arguments as one JSON object; standard output gets `start` and
`peak` in bytes. Linux only: the peak is VmHWM of /proc/self/status, set back right before the step.
"""

from __future__ import annotations

import json
import random
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.processes import peak_of
from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope, ParcelName
from gateway.main.wiring import Gateway
from gateway.main.worker import build_work
from gateway.ports import Parcel
from partner.kit import SystemClock, load_kit
from partner.receive import receive

Step = Callable[[], object]


def main() -> None:
    """Get ready with something small, then measure the large one."""
    arguments = json.loads(sys.stdin.read())
    small, large = STEPS[sys.argv[1]](**arguments)
    small()  # what a running process has loaded anyway
    start, peak = peak_of(large)
    print(json.dumps({"start": start, "peak": peak}), flush=True)


def _send(home: str, partner: str, small: str, large: str) -> tuple[Step, Step]:
    """A parcel is read from its file, as the worker reads it from the database, and handed over."""
    gateway = Gateway(Path(home))
    with gateway.store.read() as uow:
        to = uow.registry.partner(partner)

    def send(sequence: int, path: str) -> None:
        data = Path(path).read_bytes()
        name = ParcelName(partner, 1, sequence, Envelope.JOSE)
        with gateway.channels.open(to) as adapter:
            adapter.send(f"{sequence}.{partner}.1", Parcel(name, data, digest(data)))

    return (lambda: send(1, small)), (lambda: send(2, large))


def _seal(home: str, small: str, large: str) -> tuple[Step, Step]:
    """What waits for a partner is sealed."""
    gateway = Gateway(Path(home))
    sealing = build_work(gateway, random.random, secrets.token_bytes).sealing
    return (lambda: sealing.seal_partner(small)), (lambda: sealing.seal_partner(large))


def _open(kit: str, small: str, large: str) -> tuple[Step, Step]:
    """A parcel is opened and verified, and nothing else."""
    reader = load_kit(Path(kit), SystemClock(), {}).reader()

    def open_(path: str) -> None:
        reader.open(Path(path).read_bytes(), time.time_ns() // 1000)

    return (lambda: open_(small)), (lambda: open_(large))


def _receive(kit: str, small: str, large: str) -> tuple[Step, Step]:
    """A parcel is opened, verified and stored."""
    loaded = load_kit(Path(kit), SystemClock(), {})
    return (
        (lambda: receive(loaded, Path(small).read_bytes())),
        (lambda: receive(loaded, Path(large).read_bytes())),
    )


STEPS: dict[str, Callable[..., tuple[Step, Step]]] = {
    "seal": _seal,
    "send": _send,
    "open": _open,
    "receive": _receive,
}


if __name__ == "__main__":
    main()
