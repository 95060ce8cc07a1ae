"""An operator's apply hook, as the kit calls it: `hook.py [ANSWER ...] OPERATION ENTRIES RESULT`.

A real one would bar numbers in the network; this one only answers, by an entry's place in its
hundred. ANSWER is SHARE=DISPOSITION/SCOPE for a block, and DISPOSITION alone for an unblock.
Without answers it names no entry, so that nothing gets confirmed. Standard library only.
"""

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path

BLOCKS = ("block", "listed")


def main(arguments: list[str]) -> None:
    """Answer one operation."""
    *answers, _operation, entries, result = arguments
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = ["entry,disposition,scope,at"]
    with Path(entries).open(encoding="ascii", newline="") as file:
        for row in csv.DictReader(file):
            said = answer(answers, int(row["entry"]), blocks=row["action"] in BLOCKS)
            if said:
                lines.append(f"{row['entry']},{said.replace('/', ',')},{now}")
    # Renamed whole: the kit takes a result that is there and does not call again.
    draft = Path(f"{result}.part")
    draft.write_text("\n".join(lines) + "\n", encoding="ascii")
    draft.replace(result)


def answer(answers: list[str], entry: int, *, blocks: bool) -> str:
    """`DISPOSITION/SCOPE` for an entry, "" for silence."""
    if not blocks:
        return next((f"{one}/" for one in answers if "=" not in one), "")
    place = (entry - 1) % 100
    for one in answers:
        share, equals, said = one.partition("=")
        if equals and place < int(share):
            return said
        place -= int(share) if equals else 0
    return ""


if __name__ == "__main__":
    main(sys.argv[1:])
