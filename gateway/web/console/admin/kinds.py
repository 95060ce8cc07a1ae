"""The dated tables in words."""

from gateway.web.console.words import later, say

_NAMES = {
    "numbering_plan": later("Numbering plan"),
    "protected_numbers": later("Protected numbers"),
    "legal_bases": later("Legal bases"),
    "terms": later("Terms and copies"),
    "categories": later("Categories"),
    "channels": later("Channels of abuse"),
    "nack_reasons": later("Reasons of refusal"),
    "calendar": later("Calendar of closed days"),
}


def name_of(kind: str) -> str:
    """A table's name; its code where it has none here."""
    return say(_NAMES[kind]) if kind in _NAMES else kind
