"""What a delivery's statements amount to: the bundle's summary.json.

The export takes it from the store; the verifier computes it again from the statements alone and
demands the same (docs/evidence.md). "Done" always means: declared by the partner.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain.canonical import JsonObject
from gateway.domain.dispositions import counts_as_done
from gateway.domain.ledger import Tag
from gateway.domain.manifest import Manifest
from gateway.domain.records import Attempt, EntryOutcome
from gateway.domain.statements import Ack, Confirmation
from gateway.domain.times import Micros, from_wire, to_wire
from gateway.services.dossier import Dossier, Leaf, Standing, StatementFact


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The positive receipt: its statement id, when we got it, when the partner says it was."""

    statement: str
    received: Micros
    said: Micros


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of a delivery, or of one entry of it.

    `outcomes` counts entries by disposition and scope; `one` is the outcome of the bundle's entry.
    """

    state: str
    entries: int
    handed_over: Micros | None
    acknowledged: Acknowledged | None
    outcomes: tuple[tuple[str, str, int], ...]
    one: EntryOutcome | None

    @property
    def done(self) -> int:
        """Entries that the partner declared done."""
        return sum(n for code, scope, n in self.outcomes if counts_as_done(code, scope))

    @property
    def unanswered(self) -> int:
        """Entries without a word that counts."""
        return self.entries - sum(n for _code, _scope, n in self.outcomes)

    def to_json(self) -> JsonObject:
        """summary.json."""
        document: JsonObject = {
            "v": 1,
            "typ": "summary",
            "state": self.state,
            "entries": self.entries,
            "outcomes": [
                [code, scope, n, counts_as_done(code, scope)]
                for code, scope, n in sorted(self.outcomes)
            ],
            "declared_done": self.done,
            "unanswered": self.unanswered,
        }
        if self.handed_over is not None:
            document["handed_over"] = to_wire(self.handed_over)
        if self.acknowledged is not None:
            document["acknowledged"] = _acknowledged(self.acknowledged)
        if self.one is not None:
            document["entry"] = _one(self.one)
        return document


def _acknowledged(receipt: Acknowledged) -> JsonObject:
    return {
        "statement": receipt.statement,
        "ours": to_wire(receipt.received),
        "partners": to_wire(receipt.said),
    }


def _one(row: EntryOutcome) -> JsonObject:
    return {
        "entry": row.entry,
        "disposition": row.disposition,
        "scope": row.scope,
        "partners": to_wire(row.said_at),
        "revision": row.revision,
        "statement": row.statement,
    }


def recompute(dossier: Dossier, manifest: Manifest) -> Claim:
    """The claim that the statements of a dossier bear out, by the standing they are given there."""
    rows = outcomes(dossier.statements)
    counted = Counter((row.disposition, row.scope) for row in rows.values())
    return Claim(
        state=replay(dossier.leaves, dossier.head.delivery)[0],
        entries=manifest.count,
        handed_over=handed_over(dossier.attempts, dossier.leaves, dossier.head.delivery),
        acknowledged=_first_positive(dossier.statements),
        outcomes=tuple((code, scope, n) for (code, scope), n in counted.items()),
        one=rows.get(dossier.head.entry),
    )


def outcomes(statements: Iterable[StatementFact]) -> dict[int, EntryOutcome]:
    """What counts for each entry: of the confirmations that count, the row of the highest
    revision (design 4)."""
    counting = [
        (fact.statement, fact.digest)
        for fact in statements
        if isinstance(fact.statement, Confirmation) and fact.standing is Standing.COUNTED
    ]
    found: dict[int, EntryOutcome] = {}
    for word, statement in sorted(counting, key=lambda pair: pair[0].revision):
        for row in word.rows:
            said = from_wire(row.at)
            found[row.entry] = EntryOutcome(
                row.entry, row.disposition, row.scope, said, word.revision, statement
            )
    return found


def _first_positive(statements: Iterable[StatementFact]) -> Acknowledged | None:
    positives = [
        Acknowledged(fact.digest, fact.received, fact.statement.at)
        for fact in statements
        if isinstance(fact.statement, Ack)
        and fact.statement.result == "positive"
        and fact.standing is Standing.COUNTED
    ]
    return min(positives, key=lambda receipt: receipt.received, default=None)


def handed_over(
    attempts: Iterable[Attempt], leaves: Iterable[Leaf], delivery: str
) -> Micros | None:
    """The first hand-over that counts: a channel's word that did not bounce later, or the fetch of
    what lay ready."""
    own = [leaf for leaf in leaves if leaf.facts.get("delivery") == delivery]
    bounced = {
        leaf.facts.get("attempt") for leaf in own if leaf.says(Tag.BOUNCE_RECORD, note="bounced")
    }
    fetches = [from_wire(leaf.facts.get("fetched")) for leaf in own if leaf.tag == Tag.FETCH_RECORD]
    sent = [
        a.ended_at
        for a in attempts
        if a.outcome == "sent" and a.ended_at and a.number not in bounced
    ]
    return min(sent + fetches, default=None)


def replay(leaves: Iterable[Leaf], delivery: str) -> tuple[str, Leaf | None]:
    """The state that the delivery's leaves lead to, and the first leaf that says it came from
    another state than the ones before it led to."""
    state = "QUEUED"
    for leaf in leaves:
        if leaf.facts.get("delivery") != delivery:
            continue
        if leaf.tag == Tag.DELIVERY_ATTEMPT and state == "QUEUED":
            state = "SENDING"
        if leaf.facts.get("from", state) != state:
            return state, leaf
        state = str(leaf.facts.get("state", state))
    return state, None
