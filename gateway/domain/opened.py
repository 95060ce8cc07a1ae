"""An incoming file as a reader shows it: sheets, and their rows in blocks, as text.

Cell text: text cells exactly as stored. Numeric cells: whole ones below 10^15 in full, without
exponent; whole ones from there on, and all whose digits are lost, in scientific notation, which the
rule `scientific` rejects; fractions as written. Dates `YYYY-MM-DD`, with a time of day
`YYYY-MM-DD HH:MM:SS`. Booleans `TRUE` and `FALSE`, errors such as `#N/A`, formulas their stored
result. Of merged cells the top-left one has the value, the others are empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # these decide what is opened here
    from gateway.domain.decided_rows import DecidedRows
    from gateway.domain.sheet_plan import SheetPlan
    from gateway.domain.sheet_words import Deciding

Kind = Literal["csv", "xlsx", "ods", "ndjson", "text"]


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows: `rows[i]` is row `first + i` as a spreadsheet shows it; blank ones are [].

    The keys of NDJSON come as row 0, so that row n is line n of the file.

    `hidden` has the numbers of those rows that the sheet does not show (by a filter or by hand).
    """

    first: int
    rows: list[list[str]]
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SheetHead:
    """A sheet's name ("" where a file has one without a name); columns are counted from 0."""

    name: str
    visible: bool = True
    hidden_columns: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is open for reading; `digest` and `size` are of its bytes, `name` is without the
    numbers that stood in it.

    `encoding` and `separator` are "" where the kind has none. `blocks(i)` streams the rows of sheet
    i, anew on each call, and raises InputError where a row is not as expected.

    `decided_apart` does in a process of its own what sheet_rows.decide_blocks does with these
    blocks; None where that is not worth while.
    """

    kind: Kind
    name: str
    digest: str
    size: int
    encoding: str
    separator: str
    sheets: tuple[SheetHead, ...]
    blocks: Callable[[int], Iterator[Block]]
    decided_apart: (
        Callable[[Sequence[SheetPlan], Deciding], Iterator[tuple[int, DecidedRows]]] | None
    ) = None
