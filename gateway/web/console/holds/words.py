"""The words of codes in the hold queue, in the page's language."""

from gateway.domain.hold_reasons import HOLD_REASONS
from gateway.domain.resolutions import CONTEXT, OTHER_DIGITS, PLACE, RELISTED
from gateway.web.console.intake.words import lang
from gateway.web.console.words import later, say

STATES = {
    "open": (later("Waits for a decision"), "warn"),
    "second": (later("Waits for a second officer"), "info"),
    "accepted": (later("Accepted"), "good"),
    "rejected": (later("Rejected"), "bad"),
    "corrected": (later("Corrected by the sender"), "info"),
}

WHY_SECOND = {
    OTHER_DIGITS: later("the accepted number is not literally what the cell says"),
    RELISTED: later("the last thing released about this number was an unblock"),
    CONTEXT: later("more is known of this number than its cell says"),
    PLACE: later("the row may report no number at all"),
}

DONE = {
    "signed": later("Signed. What was decided is final; a batch can take what was accepted."),
    "waits": later("Signed. A second officer must look before it is final."),
    "second": later("Signed as second officer: the decision is final."),
}


def reason(code: str) -> str:
    """A reason's words."""
    found = HOLD_REASONS[code]
    return found.text_id if lang() == "id" else found.text_en


def why_second(codes: str) -> str:
    """Why a second officer is needed, "" where none is."""
    return "; ".join(say(WHY_SECOND[code]) for code in codes.split())
