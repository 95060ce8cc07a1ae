"""Intake: from a file to decided rows in the store, beside a plain loop of csv and phonenumbers.

The loop reads the same file, parses every cell, asks whether it is valid and for the carrier's
name; it stores nothing and finds no repeats, and it takes bad cells for other people's numbers
(domain.md 3.4). Every figure is of a process of its own; the store is SQLite as `palang init` makes
it. The goals are by the wall, as a child decides long lists beside the process that stores them;
the same ratio of CPU time, of both together, is what a busy machine says too. "Alone" is the
decision of cells that are in memory, beside the loop over the same cells: strictly a whole row with
its repeats found, loosely the number that each cell asks to block.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import intake_files
from bench.processes import ROOT
from bench.report import Ratio, Report, Scale
from gateway.main.making import make

LOOP, LOOP_CELLS = "csv and phonenumbers", "phonenumbers, cells in memory"
GOALS = {"clean": 10.0, "mixed": 5.0}
ALONE = 25.0  # clean cells
MEMORY = 300.0  # MB over the start
_MEGABYTE = 1_000_000
_SMALL = 500  # rows
_ALONE_ROWS = 200_000  # for the decision alone
_SIZES = {
    Scale.TINY: (1_000, 200),
    Scale.QUICK: (50_000, 10_000),
    Scale.USUAL: (1_000_000, 100_000),
    Scale.FULL: (1_000_000, 100_000),
}
"""Rows of the CSV files, rows of the workbook."""


@dataclass(frozen=True, slots=True)
class _Took:
    seconds: float  # by the wall
    cpu: float  # seconds, of the process and its ended children
    memory: float  # MB of the peak over the start
    child: float  # MB, the peak of a child


def run(scale: Scale) -> Iterator[Report]:
    """Clean rows, mixed rows, a workbook."""
    rows, sheet_rows = _SIZES[scale]
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        yield _csv(base, "clean", intake_files.clean, rows)
        yield _csv(base, "mixed", intake_files.mixed, rows)
        yield _xlsx(base, sheet_rows)


def _csv(base: Path, name: str, write: Callable[[Path, int], None], rows: int) -> Report:
    file, small = base / f"{name}.csv", base / f"{name}-small.csv"
    write(file, rows)
    write(small, _SMALL)
    report = Report("intake", f"{rows:,} {name} rows of CSV, {file.stat().st_size / 1e6:.0f} MB")
    took = {step: _probe(base, step, file, small) for step in ("loop", "decide", "store")}
    _tell(report, took, rows)
    report.ratios += _faster(f"{name}: decided", took["loop"], took["decide"], None)
    report.ratios += _faster(f"{name}: stored", took["loop"], took["store"], GOALS[name])
    fewer = base / f"{name}-alone.csv"
    write(fewer, min(rows, _ALONE_ROWS))
    steps = ("loop-cells", "decide-cells", "rows-cells")
    alone = {step: _probe(base, step, fewer, small) for step in steps}
    _tell(report, alone, min(rows, _ALONE_ROWS))
    goal = ALONE if name == "clean" else None
    for how, step in (("strictly", "rows-cells"), ("loosely", "decide-cells")):
        ratio = alone["loop-cells"].cpu / alone[step].cpu
        what = f"{name}: decision alone, {how}"
        report.ratios.append(Ratio(what, ratio, LOOP_CELLS, at_least=goal))
    report.ratios.append(_memory(f"{name}: memory of storing", took["store"]))
    return report


def _xlsx(base: Path, rows: int) -> Report:
    """A workbook and, for the loop, the same rows as CSV."""
    source, file, small = base / "rows.csv", base / "rows.xlsx", base / "small.xlsx"
    intake_files.mixed(source, rows)
    intake_files.workbook(file, source)
    intake_files.mixed(base / "few.csv", _SMALL)
    intake_files.workbook(small, base / "few.csv")
    report = Report("intake", f"{rows:,} mixed rows of XLSX, {file.stat().st_size / 1e6:.0f} MB")
    took = {"loop": _probe(base, "loop", source, base / "few.csv")}
    took |= {step: _probe(base, step, file, small) for step in ("decide", "store")}
    _tell(report, took, rows)
    report.ratios += _faster("XLSX: decided", took["loop"], took["decide"], None)
    report.ratios += _faster("XLSX: stored", took["loop"], took["store"], None)
    report.ratios.append(_memory("XLSX: memory of storing", took["store"]))
    return report


def _probe(base: Path, step: str, file: Path, small: Path) -> _Took:
    home = Path(tempfile.mkdtemp(dir=base)) / "gateway"
    if step == "store":
        make(home, "palang-bench", private=True)
    arguments = {"file": str(file), "small": str(small), "home": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "bench.intake_probe", step],
        input=json.dumps(arguments),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        check=True,
    )
    found = json.loads(done.stdout)
    memory = (found["peak"] - found["start"]) / _MEGABYTE
    return _Took(found["seconds"], found["cpu"], memory, found["child"] / _MEGABYTE)


def _tell(report: Report, took: dict[str, _Took], rows: int) -> None:
    for step, one in took.items():
        report.figure(_NAMES[step], one.seconds / rows * 1e6, "us a row")
        report.figure(f"{_NAMES[step]}: CPU", one.cpu / rows * 1e6, "us a row")
        report.figure(f"{_NAMES[step]}: peak over start", one.memory, "MB")
        if one.child:
            report.figure(f"{_NAMES[step]}: peak of the child", one.child, "MB")


_NAMES = {
    "loop": LOOP,
    "decide": "palang: file to decided rows",
    "store": "palang: file to decided rows in the store",
    "loop-cells": LOOP_CELLS,
    "decide-cells": "palang: cells to decided numbers",
    "rows-cells": "palang: cells to decided rows, repeats found",
}


def _faster(name: str, loop: _Took, own: _Took, goal: float | None) -> list[Ratio]:
    return [
        Ratio(f"{name}, by the wall", loop.seconds / own.seconds, LOOP, at_least=goal),
        Ratio(f"{name}, by CPU", loop.cpu / own.cpu, LOOP),
    ]


def _memory(name: str, took: _Took) -> Ratio:
    """The process over its start and all of its child together."""
    return Ratio(name, max(took.memory + took.child, 1) / MEMORY, "300 MB", at_most=1.0)
