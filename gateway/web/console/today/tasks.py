"""What waits for whoever asks: each task with its count, its words and where it is done."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for

from gateway.domain.accounts import Right
from gateway.ports.views.today import Waiting
from gateway.web.console.frame import current
from gateway.web.console.words import later, say


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits, and how much of it."""

    waiting: Waiting
    held: int
    late: int


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the page."""

    words: str
    next_step: str
    count: int
    address: str
    tone: str


_TASKS: tuple[tuple[str, Right, str, dict[str, Any], str], ...] = (
    # what, whose, where, with which filter, tone
    ("late", Right.CHASE, "deliveries.index", {"only": "late"}, "bad"),
    ("dead", Right.CHASE, "deliveries.index", {"only": "dead"}, "bad"),
    ("submitted", Right.RELEASE, "batches.index", {"state": "SUBMITTED"}, "warn"),
    ("held", Right.PREPARE, "holds.index", {}, "warn"),
    ("prepared", Right.PREPARE, "batches.index", {"state": "PREPARED"}, "info"),
    ("partners", Right.PARTNERS, "partners.index", {"standing": "proposed"}, "info"),
    ("inbound", Right.READ, "today.index", {}, "info"),
)
_WORDS = {
    "late": (later("Deliveries beyond the deadline"), later("Call the operator, draft a letter")),
    "dead": (later("Deliveries that failed or were rejected"), later("Find the cause, resume")),
    "submitted": (later("Batches waiting for release"), later("Review, then release or endorse")),
    "held": (later("Rows held for a decision"), later("Decide each with a reason")),
    "prepared": (later("Batches not yet submitted"), later("Review and submit")),
    "partners": (
        later("Partners waiting for approval"),
        later("Compare the fingerprints, approve"),
    ),
    "inbound": (later("Received, not judged yet"), later("The worker judges it by itself")),
}


def tasks(pending: Pending) -> list[Task]:
    """What has a count above zero and may be done by the account that asks, worst first."""
    counts = pending.waiting._asdict() | {"held": pending.held, "late": pending.late}
    account, found = current(), []
    for name, right, endpoint, query, tone in _TASKS:
        if not counts[name] or not account.may(right):
            continue
        words, step = _WORDS[name]
        known = endpoint in current_app.view_functions
        address = url_for(endpoint, **query) if known else ""
        found.append(Task(say(words), say(step), counts[name], address, tone))
    return found
