"""Check 30: that a partner fetched a parcel is shown by its own signed request."""

from gateway.domain.ledger import Tag
from gateway.domain.statements import Request
from gateway.domain.times import to_wire
from gateway.services.dossier import FetchFact, Leaf
from gateway.services.examination import Exam, Finding, expect, not_checked, ok
from gateway.services.fetches import NEAR
from gateway.services.words import open_word


def fetches(exam: Exam) -> Finding:
    """Each fetch that the ledger calls signed is shown as the listener told it, with a request by
    a key pinned to this partner, valid when it came, that asks for this parcel near that moment."""
    logged = [
        leaf
        for leaf in exam.dossier.leaves
        if leaf.says(Tag.FETCH_RECORD, delivery=exam.delivery, signed=True)
    ]
    words = {fact.digest: fact for fact in exam.dossier.fetches}
    expect(
        set(words) == {leaf.facts.get("statement") for leaf in logged},
        "fetches",
        f"the ledger has {len(logged)} signed fetches, the bundle shows other words than those",
    )
    kids = [_signed(exam, leaf, words[leaf.facts["statement"]]) for leaf in logged]
    return ok(f"{len(kids)}, by {kids[0]}") if kids else not_checked("no signed fetch")


def _signed(exam: Exam, leaf: Leaf, fact: FetchFact) -> str:
    """The kid of the request's key."""
    kept = exam.find(Tag.INBOUND_KEEP, statement=fact.digest)
    expect(kept is not None, "not-in-ledger", f"nothing says when fetch {fact.digest} was told")
    came = exam.time_of(kept)
    word, manifest = fact.word, exam.manifest
    sealed = {sealing.parcel for sealing in exam.dossier.sealings}
    expect(
        word.parcel == leaf.facts.get("parcel") and word.parcel in sealed,
        "unknown-parcel",
        f"fetch {fact.digest} is of another parcel",
    )
    began = min((attempt.began_at for attempt in exam.dossier.attempts), default=came)
    expect(
        leaf.facts.get("fetched") == to_wire(max(min(word.at, came), began)),
        "fetch-time",
        f"the ledger has another time of fetch {fact.digest} than was told",
    )
    signed = open_word(exam.signatures, word.request.encode(), exam.partner.id, exam.pins, came)
    said = signed.statement
    expect(
        isinstance(said, Request)
        and said.epoch == manifest.epoch
        and said.since <= manifest.sequence
        and abs(said.at - word.at) <= NEAR,
        "wrong-object",
        f"the request of fetch {fact.digest} does not ask for this parcel at that time",
    )
    return signed.key.kid
