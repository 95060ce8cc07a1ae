"""The digests over one decided row, as a resolution names it, and over how an intake was read.

That of a row is SHA-256 over one line: the members of records.IntakeRow separated by TAB, closed by
LF, in UTF-8; `raw`, `reason` and `sheet`, which may hold any character, as ASCII literals; `test`
as 0 or 1. No member that stands as it is holds TAB or LF, so no other rows give the same bytes.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from gateway.domain.canonical import Json, JsonObject, digest, encode

_FREE = {"raw": "%a", "reason": "%a", "sheet": "%a"}
_NAMES = (
    *("row", "raw", "outcome", "number", "confidence", "route", "rule", "reason", "category"),
    *("channel", "evidence_ref", "evidence_date", "action", "test", "sheet", "evidence_type"),
    "refers",
)
_WHOLE = ("row", "number", "test", "refers")
_LINE = "\t".join(_FREE.get(name, "%d" if name in _WHOLE else "%s") for name in _NAMES) + "\n"


def row_digest(row: Sequence[Any]) -> str:
    """`sha256:<hex>` of a row's members."""
    line = (_LINE % tuple(row)).encode("utf-8", "surrogatepass")
    return f"sha256:{hashlib.sha256(line).hexdigest()}"


def reading_digest(
    kind: str,
    encoding: str,
    profile: str,
    sheets: Sequence[Sequence[Json]],
    dropped: Sequence[Sequence[Json]],
    provenance: str,
) -> str:
    """Over the canonical JSON object of these members of records.Intake."""
    said: JsonObject = {
        "kind": kind,
        "encoding": encoding,
        "profile": profile,
        "sheets": [list(sheet) for sheet in sheets],
        "dropped": [list(column) for column in dropped],
        "provenance": provenance,
    }
    return digest(encode(said))
