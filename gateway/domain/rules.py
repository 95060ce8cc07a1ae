"""The closed list of rules by which a row of an intake is decided (design 5 F, domain.md 3.4).

Every decision names one of these by code. A rule says what was seen, and what the sender should do,
in English and in Bahasa Indonesia, with a synthetic example. Examples use only the NDCs 0870..0875.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Literal, Protocol

from gateway.domain.rules_context import CONTEXT
from gateway.domain.rules_text import LIST, STEPS

Language = Literal["en", "id"]


class Outcome(StrEnum):
    """How a row of an intake ended (design 1, "Intake")."""

    ACCEPTED = "accepted"
    HELD = "held"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason for one outcome; `certain` says whether an accepted number needed an inference."""

    code: str
    outcome: Outcome
    text_en: str
    todo_en: str
    text_id: str
    todo_id: str
    example: str
    certain: bool = True

    @property
    def reason(self) -> str:
        """The English sentence of reports: what was seen, then what to do."""
        return f"{self.text_en}. {self.todo_en.rstrip('.')}."


def _rule(lines: list[str]) -> Rule:
    code, outcome, step, example = (part.strip() for part in lines[0].split("|", 3))
    texts = [line for line in lines[1:] if not line.startswith("> ")]
    steps = [line.removeprefix("> ") for line in lines[1:] if line.startswith("> ")]
    todo_en, todo_id = STEPS[step] if step != "own" else steps
    text_en, text_id = texts
    name, _, inferred = outcome.partition(" ")
    return Rule(
        code, Outcome(name), text_en, todo_en, text_id, todo_id, example, certain=not inferred
    )


_BLOCKS = groupby(f"{LIST}{CONTEXT}".strip("\n").split("\n"), key=bool)
RULES: dict[str, Rule] = {
    rule.code: rule for filled, lines in _BLOCKS if filled for rule in [_rule(list(lines))]
}
REASONS: dict[str, str] = {rule.code: rule.reason for rule in RULES.values()}


class Reasoned(Protocol):
    """What a reason is read from: a decided row of an intake."""

    @property
    def rule(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def refers(self) -> int: ...


def reason_of(row: Reasoned, language: Language = "en") -> str:
    """Why a row ended as it did and what to do, as one text for a report.

    A row that has a reason of its own keeps it. Raises KeyError for a rule that is not of the list.
    """
    if row.reason:
        return row.reason
    return reason_text(row.rule, row.refers, language)


def reason_text(rule: str, refers: int = 0, language: Language = "en") -> str:
    """The sentence of a rule; `refers` is the row that a repeat repeats. Raises KeyError."""
    told = RULES[rule]
    if language == "en":
        first = f" First in row {refers}." if refers and rule in _REPEATS else ""
        return told.reason + first
    first = f" Pertama di baris {refers}." if refers and rule in _REPEATS else ""
    return f"{told.text_id}. {told.todo_id.rstrip('.')}.{first}"


_REPEATS = frozenset(("repeat", "repeat_sheet"))
