"""What a workbook may cost and hold; the child that reads it is told, so tests can lower it."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one workbook; sizes in bytes.

    `ratio` counts once a package unpacks to more than `ratio_from`.
    """

    rows: int
    columns: int
    cell: int  # characters
    block_rows: int
    block_characters: int = 4 * MIB
    sheets: int = 256
    members: int = 1_000
    unpacked: int = 1_024 * MIB
    ratio: int = 200
    ratio_from: int = 8 * MIB
    memory: int = 1_024 * MIB  # address space of the child
    seconds: int = 120  # of processor time in all, and of waiting for one answer
