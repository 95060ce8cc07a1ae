"""A confirmation as a table: what a partner without a JSON tool writes and signs as a file.

    #palang 7.opr-uji-a.1 sha256:<64 hex digits of the manifest's digest>
    entry;disposition;scope;at
    1;diblokir_total;total;2026-11-24T07:00:00Z

The second line may be left out; lines end in LF or CRLF. The signature says who speaks, and the
manifest's digest to which gateway. The revision is the latest `at` in seconds: what is said later
counts, and a correction carries the time at which it was made.
"""

import re

from gateway.domain import dispositions
from gateway.domain.entries import MAX_ENTRIES
from gateway.domain.errors import NotVerified
from gateway.domain.statements.kinds import About, Confirmation, ConfirmRow
from gateway.domain.times import DAY, SECOND, Micros, from_wire

MARK = b"#palang "
HEADER = "entry;disposition;scope;at"

_FIRST = re.compile(
    r"#palang ([1-9]\d{0,8}\.[a-z][a-z0-9-]{1,30}\.[1-9]\d{0,3}) (sha256:[0-9a-f]{64})", re.ASCII
)
_ENTRY = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_LINES = MAX_ENTRIES + 2


def is_table(payload: bytes) -> bool:
    """Whether these verified bytes are such a table."""
    return payload.startswith(MARK)


def read_table(payload: bytes, iss: str, aud: str, received: Micros | None = None) -> Confirmation:
    """Read a table strictly, as the confirmation of `iss` to `aud`.

    `received` is our own time; where it is given, no `at` may lie more than a day after it, because
    its revision would outrank whatever follows. Raises NotVerified: malformed, disposition.
    """
    lines = _lines(payload)
    named = _FIRST.fullmatch(lines[0])
    if named is None:
        raise NotVerified("malformed", "line 1: expected #palang <delivery> <manifest digest>")
    begin = 2 if lines[1:2] == [HEADER] else 1
    rows = tuple(_row(number, line) for number, line in enumerate(lines[begin:], begin + 1))
    if not rows:
        raise NotVerified("malformed", "a confirmation has at least one row")
    if len({row.entry for row in rows}) != len(rows):
        raise NotVerified("malformed", "a confirmation names an entry twice")
    latest = max(from_wire(row.at) for row in rows)
    if received is not None and latest > received + DAY:
        raise NotVerified("malformed", "a row is of a time that has not come yet")
    revision = max(1, latest // SECOND)
    return Confirmation(iss, aud, latest, About(0, 0, "", named[2]), named[1], revision, rows)


def _lines(payload: bytes) -> list[str]:
    try:
        text = payload.decode("ascii")
    except UnicodeDecodeError:
        raise NotVerified("malformed", "a confirmation as a table is in ASCII") from None
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if len(lines) > _LINES:
        raise NotVerified("malformed", f"a confirmation has at most {MAX_ENTRIES} rows")
    return lines


def _row(number: int, line: str) -> ConfirmRow:
    parts = line.split(";")
    if len(parts) != 4 or not _ENTRY.fullmatch(parts[0]):
        raise NotVerified("malformed", f"line {number}: expected {HEADER}")
    entry, code, scope, at = parts
    try:
        dispositions.check(code, scope)
        from_wire(at)
    except NotVerified as error:
        raise NotVerified(error.reason, f"line {number}: {error}", row=int(entry)) from None
    return ConfirmRow(int(entry), code, scope, at)
