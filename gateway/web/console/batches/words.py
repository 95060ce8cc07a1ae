"""Codes of batches in the words of their pages."""

from gateway.domain.batch import BatchState, Entry
from gateway.web.console.words import later, say

STATES = {
    BatchState.PREPARED: (later("Prepared"), "info"),
    BatchState.SUBMITTED: (later("Waits for release"), "warn"),
    BatchState.RELEASED: (later("Released"), "good"),
    BatchState.STOPPED: (later("Stopped"), ""),
}
"""A batch's state in words, and its tone."""

GUARDS = {
    "entries": (later("Entries in this batch"), ""),
    "entries_day": (later("Numbers of the day, other batches included"), ""),
    "prefix_percent": (later("Largest share of one prefix"), "%"),
    "run_percent": (later("Largest share of one run of neighbouring numbers"), "%"),
    "partner_points": (later("A partner's share above its normal, in percentage points"), ""),
    "jump_percent": (later("Numbers of the day against an average day"), "%"),
}
"""A guard in words, and the unit of its figure (docs/guards.md)."""

ACTS = {
    "batch.submit": later("Submitted"),
    "batch.endorse": later("Endorsed above its guards"),
    "batch.release": later("Released"),
    "batch.reopen": later("Reopened"),
    "batch.stop": later("Stopped"),
}
"""What an officer signed about a batch."""

DONE = {
    "prepared": later("The batch is prepared. Review it, then submit it with your signature."),
    "submitted": later("Submitted under your signature. Another officer releases it."),
    "endorsed": later("Endorsed under your signature. A third officer releases it."),
    "released": later("Released under your signature. The worker seals and sends it now."),
    "reopened": later("The batch is open again; its submission is void."),
    "stopped": later("The batch is stopped. What was not sent yet goes no further."),
}
"""What was just done, told on the page it leads to."""

_CHANGED = {
    "plan": later("the numbering plan"),
    "block": later("the count of blocks"),
    "unblock": later("the count of unblocks"),
    "entries": later("the entries"),
    "shares": later("who gets how much"),
    "withheld": later("who is withheld"),
    "nobody": later("entries that nobody may receive"),
    "guards": later("the guard figures"),
    "priority": later("the lane"),
}

ACTIONS = {"block": later("block"), "unblock": later("unblock")}


def state(value: BatchState) -> str:
    """A state's words."""
    return say(STATES[value][0])


def tone(value: BatchState) -> str:
    """A state's tone."""
    return STATES[value][1]


def guard(name: str) -> str:
    """What a guard looks at."""
    return say(GUARDS[name][0]) if name in GUARDS else name


def unit(name: str) -> str:
    """The unit of a guard's figure."""
    return GUARDS[name][1] if name in GUARDS else ""


def act(code: str) -> str:
    """What was signed."""
    return say(ACTS[code]) if code in ACTS else code


def action(code: str) -> str:
    """What an entry asks for."""
    return say(ACTIONS[code]) if code in ACTIONS else code


def changed(name: str) -> str:
    """A part of a review."""
    return say(_CHANGED[name]) if name in _CHANGED else name


def nobody(entry: Entry) -> str:
    """Why no partner may receive an entry."""
    if entry.action == "unblock":
        return say("No partner was sent this number.")
    if entry.route == "ott":
        return say("Foreign number: no OTT with a live consent that covers it.")
    return say("No live partner %(partner)s, and no consent that covers it.", partner=entry.route)
