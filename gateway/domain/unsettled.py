"""Rows that one process left open for another: their cells are decided here, by what they hold."""

from __future__ import annotations

from gateway.domain.decided_rows import DecidedRows
from gateway.domain.few_words import FewWords
from gateway.domain.numbering import NumberRules
from gateway.domain.numbers import find
from gateway.domain.sheet_judge import kept_text
from gateway.domain.verdict_columns import with_verdicts
from gateway.domain.verdicts import Found


def settled(rows: DecidedRows, rules: NumberRules) -> DecidedRows:
    """The rows, those without an outcome decided."""
    outcomes = FewWords.of(rows.column("outcome"))
    if "" not in outcomes:
        return rows
    raws = list(rows.column("raw"))
    found: dict[int, Found] = {}
    for i in outcomes.places(""):
        found[i] = find(raws[i], rules)
        raws[i] = kept_text(raws[i])
    return with_verdicts(rows, found, {"raw": raws})
