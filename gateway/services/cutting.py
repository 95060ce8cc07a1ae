"""A dossier as it stood when the ledger had fewer leaves: the cut-off of a month's figures.

What a leaf beyond the cut tells has not happened yet. Standings follow from the rules (check 20),
so they are decided again among what is left.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gateway.domain.ledger import Tag
from gateway.domain.manifest import Manifest
from gateway.domain.records import Attempt
from gateway.domain.statements import Confirmation
from gateway.services import claims
from gateway.services.dossier import Dossier, FetchFact, Leaf, Standing, StatementFact

_JUDGED = frozenset(
    {
        Tag.RECEIPT_RECORD,
        Tag.RECEIPT_CONFLICT,
        Tag.CONFIRMATION_RECORD,
        Tag.CONFIRMATION_CONFLICT,
        Tag.STATEMENT_REFUSE,
    }
)


def cut(dossier: Dossier, manifest: Manifest) -> Dossier | None:
    """The dossier that its leaves bear out; None where the delivery was not sealed yet."""
    own = [leaf for leaf in dossier.leaves if leaf.facts.get("delivery") == dossier.head.delivery]
    sealed = {leaf.facts.get("sealing") for leaf in own if leaf.tag == Tag.DELIVERY_SEAL}
    if not sealed:
        return None
    before = replace(
        dossier,
        sealings=tuple(s for s in dossier.sealings if s.number in sealed),
        attempts=tuple(_attempts(dossier.attempts, own)),
        statements=_standing(_judged(dossier.statements, dossier.leaves)),
        fetches=tuple(_fetches(dossier.fetches, own)),
    )
    return replace(before, summary=claims.recompute(before, manifest).to_json())


def _attempts(attempts: Iterable[Attempt], own: list[Leaf]) -> Iterator[Attempt]:
    begun = {leaf.facts.get("attempt") for leaf in own if leaf.tag == Tag.DELIVERY_ATTEMPT}
    ended = {leaf.facts.get("attempt") for leaf in own if leaf.tag == Tag.DELIVERY_OUTCOME}
    for attempt in attempts:
        if attempt.number in ended:
            yield attempt
        elif attempt.number in begun:
            yield Attempt(
                attempt.delivery,
                attempt.number,
                attempt.sealing,
                attempt.began_at,
                attempt.consent,
            )


def _judged(facts: Iterable[StatementFact], leaves: Iterable[Leaf]) -> Iterator[StatementFact]:
    judged = {leaf.facts.get("statement") for leaf in leaves if leaf.tag in _JUDGED}
    return (fact for fact in facts if fact.digest in judged)


def _standing(facts: Iterable[StatementFact]) -> tuple[StatementFact, ...]:
    """A confirmation that had no rival yet counted; a receipt's standing never changes later."""
    left = tuple(facts)
    revisions = Counter(
        fact.statement.revision
        for fact in left
        if isinstance(fact.statement, Confirmation) and fact.standing is not Standing.REFUSED
    )
    return tuple(
        replace(fact, standing=Standing.COUNTED)
        if fact.standing is Standing.CONFLICT
        and isinstance(fact.statement, Confirmation)
        and revisions[fact.statement.revision] == 1
        else fact
        for fact in left
    )


def _fetches(facts: Iterable[FetchFact], own: list[Leaf]) -> Iterator[FetchFact]:
    told = {leaf.facts.get("statement") for leaf in own if leaf.tag == Tag.FETCH_RECORD}
    return (fact for fact in facts if fact.digest in told)
