"""Checks 13 to 21: what was attempted, and what the partner's own signed words say."""

from collections import Counter
from collections.abc import Sequence

from gateway.domain import dispositions, entries
from gateway.domain.canonical import digest
from gateway.domain.consent import agrees_per_entry
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.signed_forms import TOOL_MISSING
from gateway.domain.statements import About, Ack, Confirmation, ConfirmRow, Consent
from gateway.services.claims import replay
from gateway.services.dossier import Standing, StatementFact
from gateway.services.dossier_write import channel_digest
from gateway.services.examination import Exam, Finding, expect, not_checked, ok
from gateway.services.jws import statement_of


def attempts(exam: Exam) -> Finding:
    """Every attempt is shown, as the ledger has it: number, sealing, consent, outcome, times."""
    shown = exam.dossier.attempts
    began = [
        leaf
        for leaf in exam.dossier.leaves
        if leaf.says(Tag.DELIVERY_ATTEMPT, delivery=exam.delivery)
    ]
    told = [
        (leaf.facts.get("attempt"), leaf.facts.get("sealing"), leaf.facts.get("consent", ""))
        for leaf in began
    ]
    expect(
        told == [(a.number, a.sealing, a.consent) for a in shown]
        and [leaf.at for leaf in began] == [a.began_at for a in shown],
        "attempts",
        f"the ledger has {len(began)} attempts, and not as attempts.json shows them",
    )
    for attempt in shown:
        ended = exam.find(Tag.DELIVERY_OUTCOME, delivery=exam.delivery, attempt=attempt.number)
        outcome = (ended.facts.get("outcome"), ended.at) if ended is not None else ("", None)
        expect(
            outcome == (attempt.outcome, attempt.ended_at),
            "attempts",
            f"attempt {attempt.number} ended otherwise in the ledger than attempts.json shows",
        )
        words = ended.facts.get("channel") if ended is not None else None
        expect(
            words in (None, channel_digest(attempt)),
            "attempts",
            f"attempt {attempt.number} shows other words of the channel than were logged",
        )
    return ok(", ".join(a.outcome or "in flight" for a in shown) or "none yet")


def states(exam: Exam) -> Finding:
    """The state changes form one walk, and it is acknowledged exactly if a receipt says so."""
    state, broken = replay(exam.dossier.leaves, exam.delivery)
    expect(
        broken is None,
        "states",
        f"leaf {broken.index if broken else 0} does not follow from the state before it",
    )
    positive = any(
        ack.result == "positive" and fact.standing is Standing.COUNTED for fact, ack in exam.acks()
    )
    expect(
        positive == (state == "ACKNOWLEDGED"),
        "states",
        f"the ledger leads to {state}, the receipts say otherwise",
    )
    return ok(state)


def receipts_signed(exam: Exam) -> Finding:
    """Each receipt is by a statement key pinned to this partner, valid when it was received, from
    the partner (`iss`) to the gateway (`aud`)."""
    kids = [exam.open(fact).key.kid for fact, _ack in exam.acks()]
    return ok(_keys(kids)) if kids else not_checked("no receipt came")


def receipts_about(exam: Exam) -> Finding:
    """Each receipt names a parcel of this delivery, and its manifest if it read one."""
    found = list(exam.acks())
    for fact, ack in found:
        _expect_about(exam, fact, ack.about)
    echo = digest(exam.manifest.checkpoint.encode())
    strange = sum(ack.checkpoint not in ("", echo) for _fact, ack in found)
    if not found:
        return not_checked("no receipt came")
    return ok(f"{strange} echo another checkpoint than was sent" * bool(strange))


def confirmations_signed(exam: Exam) -> Finding:
    """As receipts are."""
    kids = [exam.open(fact).key.kid for fact, _word in exam.confirmations()]
    return ok(_keys(kids)) if kids else not_checked("no confirmation came")


def confirmations_about(exam: Exam) -> Finding:
    """Each confirmation names this delivery, one of its parcels and its manifest, and the consent
    agrees to answers per entry."""
    found = list(exam.confirmations())
    for fact, word in found:
        _expect_about(exam, fact, word.about)
        expect(
            word.delivery == exam.delivery,
            "wrong-object",
            f"statement {fact.digest} confirms another delivery",
        )
    expect(not found or _agreed(exam), "not-agreed", "the consent agrees to no answers per entry")
    return ok() if found else not_checked("no confirmation came")


def _agreed(exam: Exam) -> bool:
    if exam.manifest.basis != "voluntary":
        return True
    terms = statement_of(exam.dossier.consent)
    return isinstance(terms, Consent) and agrees_per_entry(terms.answers)


def _keys(kids: Sequence[str]) -> str:
    counts = Counter(kids)
    return ", ".join(f"{n} by key {kid}" for kid, n in sorted(counts.items()))


def _expect_about(exam: Exam, fact: StatementFact, about: About) -> None:
    parcels = {sealing.parcel for sealing in exam.dossier.sealings}
    # a table names no parcel: its delivery and manifest say what it is about
    of_table = not about.parcel and about.manifest == exam.manifest_digest
    expect(
        of_table or about.parcel in parcels,
        "unknown-parcel",
        f"statement {fact.digest} is about a parcel of another delivery",
    )
    named = (about.manifest, about.epoch, about.sequence)
    sealed = (exam.manifest_digest, exam.manifest.epoch, exam.manifest.sequence)
    expect(
        of_table or not about.manifest or named == sealed,
        "wrong-object",
        f"statement {fact.digest} names another manifest, epoch or sequence",
    )


def rows(exam: Exam) -> Finding:
    """Every confirmed entry is in 1..count, and its disposition can answer its action."""
    count = 0
    for _fact, word in exam.confirmations():
        _check_rows(exam, word.rows)
        count += len(word.rows)
    return ok(f"{count} rows") if count else not_checked("no confirmation came")


def _check_rows(exam: Exam, said: Sequence[ConfirmRow]) -> None:
    for row in said:
        expect(
            1 <= row.entry <= exam.manifest.count,
            "entry-outside",
            f"entry {row.entry}: the slice has entries 1 to {exam.manifest.count}",
        )
    actions = _actions(exam)
    for row in said:
        may = actions[row.entry - 1] if len(actions) > 1 else actions[0]
        expect(
            any(dispositions.answers(row.disposition, unblock) for unblock in may),
            "wrong-action",
            f"entry {row.entry}: {row.disposition} does not answer what was asked",
        )


def _actions(exam: Exam) -> list[tuple[bool, ...]]:
    """For each entry whether it is an unblock; one item for all where the counts decide it.

    A mixed slice without its entries leaves both open.
    """
    manifest = exam.manifest
    if not (manifest.block and manifest.unblock):
        return [(manifest.unblock > 0,)]
    if exam.dossier.entries is None:
        return [(False, True)]
    read = entries.iterate(exam.dossier.entries)
    return [(entry.action in (entries.UNBLOCK, entries.DELISTED),) for entry in read]


def standings(exam: Exam) -> Finding:
    """What counts is what must count: the first positive receipt, a negative only before it and
    over the newest sealing; of confirmations of one revision that differ, neither."""
    _check_receipts(exam)
    revisions = Counter(word.revision for _fact, word in exam.confirmations())
    for fact, word in exam.confirmations():
        due = Standing.COUNTED if revisions[word.revision] == 1 else Standing.CONFLICT
        expect(
            fact.standing is due,
            "standing",
            f"confirmation {fact.digest} of revision {word.revision} is {fact.standing}, not {due}",
        )
    conflicts = sum(n for n in revisions.values() if n > 1)
    return ok(f"{conflicts} confirmations in conflict count for nothing" * bool(conflicts))


def _check_receipts(exam: Exam) -> None:
    acknowledged = False
    for fact, ack in exam.acks():
        counted = fact.standing is Standing.COUNTED
        if ack.result == "positive":
            holds = counted != acknowledged
            acknowledged = True
        else:
            holds = not counted or (not acknowledged and _newest(exam, fact, ack))
        expect(holds, "standing", f"receipt {fact.digest} can't be {fact.standing}")


def _newest(exam: Exam, fact: StatementFact, ack: Ack) -> bool:
    """Whether it names the parcel that was sealed last before it was received."""
    before = [s for s in exam.dossier.sealings if s.at <= fact.received]
    return bool(before) and before[-1].parcel == ack.about.parcel


def refusals(exam: Exam) -> Finding:
    """No statement was refused that proves to be good: a gateway can't drop an answer so."""
    refused = [f for f in exam.dossier.statements if f.standing is Standing.REFUSED]
    for fact in refused:
        expect(
            not _holds(exam, fact),
            "refused-though-good",
            f"statement {fact.digest} was refused ({fact.reason}) and holds",
        )
    return ok(f"{len(refused)} refused") if refused else not_checked("none was refused")


def _holds(exam: Exam, fact: StatementFact) -> bool:
    try:
        word = exam.open(fact).statement
        if not isinstance(word, Ack | Confirmation):
            return False
        _expect_about(exam, fact, word.about)
        if isinstance(word, Confirmation):
            expect(word.delivery == exam.delivery, "wrong-object", "another delivery")
            expect(_agreed(exam), "not-agreed", "beyond the consent")
            _check_rows(exam, word.rows)
    except NotVerified as error:
        if error.reason == TOOL_MISSING:
            raise  # whether it was rightly refused can't be told without the tool
        return False
    mixed = exam.manifest.block and exam.manifest.unblock and exam.dossier.entries is None
    return not (isinstance(word, Confirmation) and mixed)
