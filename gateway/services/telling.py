"""A verified claim in sentences: what a partner declared, never what its network does."""

from collections.abc import Iterator

from gateway.domain.dispositions import DISPOSITIONS
from gateway.domain.records import EntryOutcome
from gateway.domain.times import Micros, show_wib
from gateway.services.claims import Claim
from gateway.services.dossier import Head


def sentences(claim: Claim, head: Head, *, voluntary: bool) -> Iterator[str]:
    """One line a fact, with the gateway's time and the partner's side by side."""
    yield f"Delivery {head.delivery}: {claim.state}, {claim.entries} entries."
    yield _handed_over(claim.handed_over)
    if claim.acknowledged is None:
        yield f"{head.partner} has not acknowledged it."
    else:
        yield (
            f"{head.partner} acknowledged it: received here {show_wib(claim.acknowledged.received)}"
            f", the partner says {show_wib(claim.acknowledged.said)}."
        )
    for code, scope, count in sorted(claim.outcomes):
        yield f"  {count} declared: {_words(code, scope)}"
    yield _totals(claim, head.partner, voluntary)
    if head.kind == "entry":
        yield _entry(claim.one, head)


def _handed_over(at: Micros | None) -> str:
    if at is None:
        return "No channel has confirmed a hand-over."
    return f"Handed over {show_wib(at)}, by the gateway's own record of the channel's answer."


def _words(code: str, scope: str) -> str:
    return f"{DISPOSITIONS[code].english} ({code}{', ' + scope if scope else ''})"


def _totals(claim: Claim, partner: str, voluntary: bool) -> str:
    if voluntary:
        return (
            f"Acted upon, as {partner} declared: {claim.done} of {claim.entries} listed entries. "
            "This was no order; silence has no consequence."
        )
    return (
        f"Declared done by {partner}: {claim.done} of {claim.entries} entries; "
        f"unanswered: {claim.unanswered}."
    )


def _entry(one: EntryOutcome | None, head: Head) -> str:
    if one is None:
        return f"Entry {head.entry}: no answer that counts."
    return (
        f"Entry {head.entry}: {head.partner} declared {_words(one.disposition, one.scope)}, "
        f"the partner says {show_wib(one.said_at)}, revision {one.revision}."
    )
