"""The reason that is shown with a delivery's state, as its last change of state gives it."""

from gateway.domain.delivery import State
from gateway.domain.ledger import Tag
from gateway.fsck.facts import Said

_USED_UP = "budget-used-up"


def reason_of(said: Said, tag: Tag, after: State) -> str:
    """The reason after an event that moved the delivery to this state."""
    match tag:
        case Tag.DELIVERY_OUTCOME if "outcome" in said.facts:
            return _of_outcome(str(said.facts["outcome"]), after)
        case Tag.DELIVERY_STOP | Tag.DELIVERY_RESUME:  # an officer's act, or a stopped batch
            return str(said.facts.get("reason", tag))
        case Tag.BOUNCE_RECORD:
            return "bounced"
        case Tag.RECEIPT_RECORD | Tag.RECEIPT_CONFLICT if said.facts.get("result") == "positive":
            return ""
    return str(said.facts.get("reason", ""))


def _of_outcome(outcome: str, after: State) -> str:
    if after is State.FAILED and outcome != "refused":
        return _USED_UP
    return "" if outcome in ("sent", "published") else outcome
