"""One way of deciding a file, in a process of its own: `python -m bench.intake_probe STEP`.

Standard input holds the step's arguments as one JSON object; standard output gets the seconds and,
in bytes, memory at the start and at its peak, and the peak of the largest child. Linux only, as
memory_probe.py says.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import phonenumbers
from phonenumbers import carrier

from bench.intake_files import records
from config.seed import load_seed
from gateway.domain.codes import code_list
from gateway.domain.numbering import rules_from_tables
from gateway.domain.opened import Block, Opened, SheetHead
from gateway.domain.sheet_bulk import Decider
from gateway.domain.sheet_plan import Wanted, plan_reading
from gateway.domain.sheet_rows import Deciding, decide_file
from gateway.main.wiring import Gateway
from gateway.reading.files import FileReader
from gateway.services.intake import Intakes, Options

Job = Callable[[], object]
_BLOCK = 5_000  # rows
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def main() -> None:
    """Get ready, with a small file first, then measure."""
    arguments = json.loads(sys.stdin.read())
    step = STEPS[sys.argv[1]]
    step(Path(arguments["small"]), Path(arguments["home"]))()  # what a process has loaded anyway
    job = step(Path(arguments["file"]), Path(arguments["home"]))
    gc.collect()
    gc.freeze()  # what was made to get ready is no work of what is measured
    _CLEAR.write_text("5")  # the peak so far is forgotten (proc(5))
    start, begin, used = _bytes("VmRSS"), time.perf_counter(), _cpu()
    job()
    took = {"seconds": time.perf_counter() - begin, "cpu": _cpu() - used}
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    memory = {"start": start, "peak": _bytes("VmHWM"), "child": child}
    print(json.dumps(took | memory), flush=True)


def _plain(number: str) -> str:
    """What a plain loop makes of one cell: parse, validity, carrier name."""
    try:
        parsed = phonenumbers.parse(number, "ID")
    except phonenumbers.NumberParseException:
        return ""
    return carrier.name_for_number(parsed, "en") if phonenumbers.is_valid_number(parsed) else ""


def _loop(file: Path, _: Path) -> Job:
    """The peer: csv and phonenumbers, nothing stored."""

    def loop() -> None:
        rows = records(file)
        at = next(rows).index("NOMOR HP")
        for row in rows:
            _plain(row[at])

    return loop


def _loop_cells(file: Path, _: Path) -> Job:
    """The peer without csv: the cells are in memory."""
    cells = [row[0] for row in _cells(file)]
    return lambda: [_plain(cell) for cell in cells]


def _cells(file: Path) -> list[list[str]]:
    """The number column alone, without its header."""
    rows = records(file)
    at = next(rows).index("NOMOR HP")
    return [[row[at]] for row in rows]


def _decide_cells(file: Path, _: Path) -> Job:
    """The decision alone: which number each cell in memory asks to block."""
    opened = _in_memory(file)
    plan = plan_reading(opened, Wanted())

    def decide() -> None:
        decider = Decider(plan.sheets[0], _deciding(), frozenset())
        for block in opened.blocks(0):
            for _ in decider.asked(block):
                pass  # the numbers are what is measured, nobody reads them

    return decide


def _rows_of_cells(file: Path, _: Path) -> Job:
    """As above, with repeats found and a whole row made for the store."""
    opened = _in_memory(file)
    return lambda: _decide(opened)


def _in_memory(file: Path) -> Opened:
    cells = [["NOMOR HP"], *_cells(file)]
    blocks = [Block(at + 1, cells[at : at + _BLOCK]) for at in range(0, len(cells), _BLOCK)]
    one = (SheetHead(""),)
    return Opened("csv", "cells", "", 0, "", "", one, lambda _: iter(blocks))


def _decide_file(file: Path, _: Path) -> Job:
    """From the file to decided rows, which are thrown away."""

    def decide() -> None:
        with FileReader().open(file, file.name) as opened:
            _decide(opened)

    return decide


def _decide(opened: Opened) -> None:
    plan = plan_reading(opened, Wanted())
    for _ in decide_file(opened, plan, _deciding()):
        pass  # the rows are what is measured, nobody reads them


def _deciding() -> Deciding:
    seed = load_seed()
    rules = rules_from_tables(seed.tables, date(2026, 11, 24))
    categories, channels = (code_list(seed.table(name)) for name in ("categories", "channels"))
    return Deciding(rules, categories, channels)


def _store(file: Path, home: Path) -> Job:
    """From the file to decided rows in the gateway's store, SQLite, with ledger entry."""
    gateway = Gateway(home)
    intakes = Intakes(gateway.store, gateway.clock, FileReader())

    def store() -> None:
        intakes.add(file, file.name, Options("iasc"))
        gateway.close()

    return store


STEPS: dict[str, Callable[[Path, Path], Job]] = {
    "loop": _loop,
    "loop-cells": _loop_cells,
    "decide-cells": _decide_cells,
    "rows-cells": _rows_of_cells,
    "decide": _decide_file,
    "store": _store,
}


def _cpu() -> float:
    """Seconds of this process and its ended children."""
    return time.process_time() + sum(os.times()[2:4])


def _bytes(name: str) -> int:
    lines = (line.split(":", 1) for line in _STATUS.read_text().splitlines() if ":" in line)
    return int(dict(lines)[name].split()[0]) * 1024


if __name__ == "__main__":
    main()
