"""A kit with an apply hook whose every call can be counted."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from partner.kit import Kit
from partner.receive import receive
from tests.partner.factory import FakeClock, Gateway, Made, make_kit

AT = "2026-11-24T07:05:00Z"

# An honest hook that keeps no memory of operations: every call adds to effects.txt, so a second
# call for one operation is visible. Its behaviour is chosen by files in the kit's folder.
HOOK = """
import csv, os, pathlib, sys, time
operation, entries, result = sys.argv[1:]
home = pathlib.Path.cwd()
with open(entries) as file:
    rows = list(csv.DictReader(file))
with open(home / "effects.txt", "a") as file:
    file.write(operation + " " + ",".join(row["entry"] for row in rows) + "\\n")
if (home / "slow").exists():
    while (home / "slow").exists():
        time.sleep(0.02)
if (home / "silent").exists():
    sys.exit(int((home / "silent").read_text()))
skip = set((home / "skip").read_text().split()) if (home / "skip").exists() else set()
code = {"block": "diblokir_total,total", "unblock": "dibuka,"}
with open(result + ".part", "w") as file:
    file.write("entry,disposition,scope,at\\n")
    for row in rows:
        if row["entry"] not in skip:
            file.write(row["entry"] + "," + code[row["action"]] + ",AT\\n")
os.replace(result + ".part", result)
""".replace("AT", AT)


def make_hooked(folder: Path, gateway: Gateway) -> tuple[Kit, FakeClock]:
    """A kit with the hook, and its clock."""
    script = folder / "hook.py"
    script.write_text(HOOK)
    clock = FakeClock(gateway.at)
    command = json.dumps([sys.executable, str(script)])
    return make_kit(folder / "kit", gateway, clock=clock, hook=command), clock


def effects(kit: Kit) -> list[str]:
    """The hook's calls so far."""
    path = kit.home / "effects.txt"
    return path.read_text().splitlines() if path.exists() else []


def take(gateway: Gateway, kit: Kit, *rows: tuple[int, str]) -> Made:
    """A parcel of these rows, received."""
    made = gateway.parcel(kit, rows)
    receive(kit, made.data)
    return made
