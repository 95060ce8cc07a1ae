"""What a held row may be resolved to: the numbers that its own cell proposes, and what is typed."""

from gateway.domain.errors import InputError
from gateway.domain.numbering import NumberRules
from gateway.domain.numbers import Decision, decide
from gateway.domain.records import IntakeRow
from gateway.domain.rules import Outcome
from gateway.domain.splits import propose_split

CONTEXT_RULES = frozenset(("relisted", "owner_changed", "caller_id_only", "resent_changed"))
"""Rules that know more than the cell says: what they held takes a second officer."""

UNSURE_PLACE = frozenset(("shifted_row", "total_unclear", "hidden_row"))
"""Rules that doubt whether the row reports a number at all: what they held takes a second
officer."""

_NO_PROPOSAL = UNSURE_PLACE - {"hidden_row"}

NEVER_ACCEPTED = frozenset(("unknown_action", "unknown_code"))
"""Rules of rows that do not say what is asked, or who may see it: no number mends that."""


def proposals(row: IntakeRow, rules: NumberRules) -> tuple[Decision, ...]:
    """The numbers that the cell itself proposes: one, those of a split, or none."""
    if row.rule in _NO_PROPOSAL or row.rule in NEVER_ACCEPTED:
        return ()
    decision = decide(row.raw, rules)
    if decision.outcome is Outcome.ACCEPTED:
        return (decision,)
    return propose_split(row.raw, rules)


def typed_number(text: str, rules: NumberRules) -> Decision:
    """What an officer typed, decided like any cell; it must be certain.

    Raises InputError, which says the rule and never the number.
    """
    decision = decide(text.strip(), rules)
    if decision.outcome is not Outcome.ACCEPTED:
        raise InputError(
            f"expected one number, what was typed is {decision.outcome} by the rule "
            f"{decision.rule}: {decision.reason}",
            hint="type the number as 08... or +62..., as the evidence shows it",
        )
    if decision.confidence != "certain":
        raise InputError(
            f"expected a number without doubt, what was typed is read by the rule {decision.rule}",
            hint="type it in full, as 08... or +62...",
        )
    return decision
