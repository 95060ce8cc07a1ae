"""The access log: who signed in, looked at which case, took what away, changed which account, why.

Rows are added and never changed. A phone number stands in none: a number's row has its keyed hash
(threats.md P3), so that whoever may ask about a number finds its rows, and nobody else can guess.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.times import Micros

MOST_REASON = 300
MOST_SUBJECT = 128
MASKED = "[...]"
_LONG = re.compile(r"\d(?:[ .()/-]?\d){7,}")


class What(StrEnum):
    """The closed list of what is logged."""

    SIGN_IN = "sign-in"
    SIGN_IN_REFUSED = "sign-in.refused"
    SIGN_IN_THROTTLED = "sign-in.throttled"
    SIGN_OUT = "sign-out"
    SESSION_REVOKE = "session.revoke"
    CASE_VIEW = "case.view"
    CASE_UNMASK = "case.unmask"
    DELIVERY_VIEW = "delivery.view"
    INTAKE_VIEW = "intake.view"
    BATCH_VIEW = "batch.view"
    ENTRIES_VIEW = "entries.view"
    LEDGER_SEARCH = "ledger.search"
    ACCESS_SEARCH = "access.search"
    EXPORT_EVIDENCE = "export.evidence"
    EXPORT_REPORT = "export.report"
    EXPORT_LIST = "export.list"
    EXPORT_ACCESS = "export.access"
    SUBJECT_ANSWER = "subject.answer"
    ACT = "act"
    ACT_REFUSED = "act.refused"
    KEY_OPEN = "key.open"
    KEY_REFUSED = "key.refused"
    ACCOUNT_ADD = "account.add"
    ACCOUNT_ASK = "account.ask"
    ACCOUNT_CHANGE = "account.change"
    OWN_CHANGE = "own.change"


@dataclass(frozen=True, slots=True)
class Access:
    """One row. `subject` is `delivery:<id>`, `batch:<n>`, `intake:<n>`, `number:<keyed hash>`,
    `account:<id>` or ""; `detail` is JSON of codes, ids and counts."""

    id: int
    at: Micros
    account: str
    what: What
    subject: str
    reason: str
    address: str
    detail: str


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """Which rows a search wants; empty members do not filter. `since` is included, `until` not;
    `before` is the id of the row after which the page begins, newest first, 0 for the newest."""

    account: str = ""
    subject: str = ""
    what: tuple[str, ...] = ()
    since: Micros = 0
    until: Micros = 0
    before: int = 0


def plain_reason(text: str) -> str:
    """A reason as it is kept: one line, control characters gone, long digits masked (promise H)."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return _LONG.sub(MASKED, line)[:MOST_REASON]


def plain_subject(text: str) -> str:
    """A subject as it is kept: what was typed where an id is expected may be a number (promise H).
    A number's own keyed hash stays whole."""
    return text if text.startswith("number:") else _LONG.sub(MASKED, text)[:MOST_SUBJECT]
