"""What a file may cost and hold; the child that reads it is told, so tests can lower it."""

from __future__ import annotations

import resource
from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one workbook, of a list `memory` and `seconds`; sizes in bytes.

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


def confine(limits: Limits) -> None:
    """Give up what reading does not need, for good; too much time ends it by SIGXCPU."""
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
