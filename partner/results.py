"""Result files: what a hook or a person says was done with entries.

    entry,disposition,scope,at
    1,diblokir_total,total,2026-11-24T07:03:11Z

Strict, and refused as a whole: one bad row makes the others doubtful. An entry that is not named
stays unconfirmed.
"""

from collections.abc import Mapping

from gateway.domain import dispositions
from gateway.domain.entries import MAX_ENTRIES
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.statements import ConfirmRow
from gateway.domain.times import from_wire

HEADER = "entry,disposition,scope,at"
MAX_FILE = 128 * MAX_ENTRIES  # bytes; the longest row has about 70


def is_complete(data: bytes) -> bool:
    """Whether this has the form of a whole file; a hook that died may leave half a row."""
    return data.partition(b"\n")[0].strip() == HEADER.encode() and data.endswith(b"\n")


def read(data: bytes, entries: Mapping[int, bool], name: str) -> list[ConfirmRow]:
    """The rows. `entries` are those that may be answered, True for one that is to be unblocked.

    Raises InputError, naming file, line and what was expected.
    """
    try:
        lines = data.decode("ascii").splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{name} is not ASCII text") from None
    if not lines or lines[0].strip() != HEADER:
        raise InputError(f"{name}: line 1: expected the header {HEADER}")
    rows = [
        _row(line, entries, f"{name}: line {position}")
        for position, line in enumerate(lines[1:], 2)
    ]
    if len({row.entry for row in rows}) != len(rows):
        raise InputError(f"{name}: an entry stands twice; which word counts is unclear")
    return rows


def _row(line: str, entries: Mapping[int, bool], where: str) -> ConfirmRow:
    cells = [cell.strip() for cell in line.split(",")]
    if len(cells) != 4 or not cells[0].isdigit():
        raise InputError(f"{where}: expected {HEADER}")
    entry = int(cells[0][:8])
    if entry not in entries:
        raise InputError(f"{where}: expected an entry of this operation")
    _entry, code, scope, at = cells
    try:
        dispositions.check(code, scope)
        from_wire(at)
    except NotVerified as error:
        raise InputError(f"{where}: {error}") from None
    if not dispositions.answers(code, entries[entry]):
        action = "unblock" if entries[entry] else "block"
        raise InputError(f"{where}: {code} does not answer an entry to {action}")
    return ConfirmRow(entry, code, scope, at)
