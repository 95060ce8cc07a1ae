"""When an answer is due and what is outstanding then: derived, never a state (design 4 and 5).

Only an operator can be late; a voluntary partner has a target, and its silence means nothing.
"""

from gateway.domain.delivery import HALTED, State
from gateway.domain.parties import PartnerKind
from gateway.domain.times import HOUR, Micros

NEAR: Micros = 6 * HOUR
"""How long before its end a term counts as nearly over."""


def closing(
    handed_over_at: Micros | None, acknowledged_at: Micros | None, term: Micros | None
) -> Micros | None:
    """When the term ends: an operator's deadline, an OTT's target. It runs from the first hand-over
    that the channel confirmed; a receipt proves a hand-over whose own confirmation was lost. None
    before either, or before the slice is sealed (no term)."""
    start = handed_over_at or acknowledged_at
    return None if start is None or term is None else start + term


def outstanding(state: State, entries: int, final: int) -> int:
    """Entries without a final word; a halted delivery waits for none."""
    return 0 if state in HALTED else entries - final


def over(kind: PartnerKind, closes: Micros | None, now: Micros) -> bool:
    """Whether an operator's term has ended."""
    return kind is PartnerKind.OPERATOR and closes is not None and now > closes


def near(kind: PartnerKind, closes: Micros | None, now: Micros) -> bool:
    """Whether an operator's term ends within NEAR."""
    return kind is PartnerKind.OPERATOR and closes is not None and 0 <= closes - now < NEAR
