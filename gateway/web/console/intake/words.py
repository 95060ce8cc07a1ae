"""The words of codes on the intake's pages, in the page's language."""

from gateway.domain.records import IntakeRow
from gateway.domain.rules import RULES, Language, Outcome
from gateway.web.console.words import language, later, say

OUTCOMES: dict[str, tuple[str, str]] = {
    Outcome.ACCEPTED: (later("Accepted"), "good"),
    Outcome.HELD: (later("Held for examination"), "warn"),
    Outcome.REJECTED: (later("Rejected"), "bad"),
    Outcome.DUPLICATE: (later("Duplicate"), ""),
    Outcome.IGNORED: (later("Ignored"), ""),
}
"""Outcome -> its words and tone."""

STATES = {
    "waiting": (later("Rows wait for a decision"), "warn"),
    "decided": (later("All held rows decided"), "good"),
    "clean": (later("Nothing held"), "good"),
    "corrected": (later("Corrected by a later file"), "info"),
}

ROLES = {
    "category": later("Category"),
    "channel": later("Channel"),
    "evidence_ref": later("Evidence reference"),
    "evidence_date": later("Evidence date"),
    "evidence_type": later("Evidence type"),
    "action": later("Action asked for"),
}
"""Columns that are kept beside the number."""

PEOPLE = {
    "complainant": later("about the complainant"),
    "identity": later("identity numbers"),
    "account": later("bank accounts"),
    "holder": later("account holders"),
    "device": later("devices"),
    "email": later("e-mail addresses"),
    "birth": later("birth or age"),
    "address": later("addresses"),
    "narrative": later("chronology or remarks"),
    "picture": later("pictures"),
    "name": later("names"),
}
"""Kinds of columns that may hold people."""

NOT_READ = {
    "hidden": later("hidden in the workbook; read only when you choose it"),
    "not-named": later("another layout, or another sheet was chosen"),
    "empty": later("empty"),
    "no-numbers": later("no column of phone numbers"),
    "unsure": later("the number column is not certain"),
}

REASONS = {
    "said": later("You chose this column."),
    "profile": later("The saved columns of this source fit this file."),
    "returned": later("This is a file that Palang returned: its own columns are known."),
    "header": later("Its header says that it holds phone numbers, and no other column could."),
    "values": later("Its values look like phone numbers, and no other column could be it."),
}
"""By what the number column was found."""


def outcome(code: str) -> str:
    """An outcome's words."""
    return say(OUTCOMES[code][0])


def tone(code: str) -> str:
    """An outcome's tone."""
    return OUTCOMES[code][1]


def rule_text(code: str) -> str:
    """What a rule saw."""
    rule = RULES[code]
    return rule.text_id if lang() == "id" else rule.text_en


def rule_todo(code: str) -> str:
    """What the sender should do, as a sentence."""
    rule = RULES[code]
    text = rule.todo_id if lang() == "id" else rule.todo_en
    return text if text.endswith(".") else f"{text}."


def why(row: IntakeRow) -> str:
    """What was seen in a row, with the row that a repeat repeats, as a sentence."""
    text = rule_text(row.rule)
    if row.rule in ("repeat", "repeat_sheet") and row.refers:
        first = say("first in row %(row)s", row=row.refers)
        return f"{text} ({first})."
    return f"{text}."


def lang() -> Language:
    """The page's language, as the rules know it."""
    return "id" if language() == "id" else "en"
