"""`make bench`, or `python -m bench NAME... --quick --json FILE`: costs as ratios of one run."""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

from bench.report import Report, Scale

NAMES = (
    *("envelope", "envelopes", "confirmation", "receipt", "delivery", "workers"),
    *("memory", "bulk", "mail", "listener", "intake", "console"),
)
"""Each is a module here, whose `run(scale)` yields its reports."""

_KNOWN = ", ".join(NAMES)

Run = Callable[[Scale], Iterator[Report]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run those that are named, or all, one after the other."""
    chosen = _parser().parse_args(arguments)
    scale: Scale = chosen.scale
    begun, documents = time.monotonic(), []
    print(f"Python {platform.python_version()}, {platform.machine()}, {scale}; medians", flush=True)
    for name in chosen.names or NAMES:
        run: Run = import_module(f"bench.{name}").run
        for report in run(scale):
            print("\n" + report.text(), flush=True)
            documents.append(report.document())
    print(f"\n{time.monotonic() - begun:.0f} s")
    if chosen.json:
        chosen.json.write_text(json.dumps({"scale": scale, "reports": documents}, indent=1) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=main.__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME", help=_KNOWN)
    scale = parser.add_mutually_exclusive_group()
    for one in (Scale.TINY, Scale.QUICK, Scale.FULL):
        scale.add_argument(f"--{one}", action="store_const", const=one, dest="scale")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.set_defaults(scale=Scale.USUAL)
    return parser


if __name__ == "__main__":
    main()
