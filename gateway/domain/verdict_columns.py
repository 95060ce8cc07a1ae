"""The columns of decided rows that their verdicts are, changed together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.domain.decided_rows import DecidedRows
from gateway.domain.few_words import FewWords
from gateway.domain.verdicts import Found

_VERDICT: Final = ("outcome", "confidence", "route", "rule", "test")


def with_verdicts(
    rows: DecidedRows, found: Mapping[int, Found], others: Mapping[str, Sequence[Any]]
) -> DecidedRows:
    """The rows, those at these places (from 0) decided anew, and with other columns besides."""
    numbers = list(rows.column("number"))
    for i, (number, _) in found.items():
        numbers[i] = number
    columns: dict[str, Sequence[Any]] = {"number": numbers, **others}
    for at, name in enumerate(_VERDICT):
        members = {i: verdict[at] for i, (_, verdict) in found.items()}
        columns[name] = FewWords.of(rows.column(name)).changed(members)
    return rows.replaced(columns)
