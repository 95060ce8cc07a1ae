"""Batches: their states, what was reviewed, that no released pair vanished (A and F)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from gateway.domain import slices
from gateway.domain.batch import Entry, entries_digest
from gateway.domain.canonical import JsonObject, decode, digest
from gateway.domain.consent import ConsentRecord
from gateway.domain.entries import MAX_ENTRIES
from gateway.domain.ids import Envelope
from gateway.domain.ledger import Tag
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.period_keys import of_batch
from gateway.fsck.case import Case, wire
from gateway.fsck.consents import consents_of
from gateway.fsck.facts import Said
from gateway.fsck.rows import BatchRow, PartnerRow, listed, stream
from gateway.fsck.sql import count

_STATES = ("PREPARED", "SUBMITTED", "RELEASED", "STOPPED")


def check_batches(case: Case) -> None:
    """Every batch, by number."""
    last = 0
    for row in case.counted("batches", stream(case.core, BatchRow, "batches ORDER BY id")):
        last = row.id
        _states(case, row)
        if row.review:
            review = _review(case, row)
            if review is not None:
                _entries(case, row, review)
                if row.released_at is not None:
                    _pairs(case, row, review)
                    _nobody(case, row, review)
    given = count(case.core, "SELECT max(value) FROM counters WHERE name = 'batch'")
    if given < last:
        case.found("row-differs", "the counter of batches", f"at least {last}", given)


@dataclass(slots=True)
class _Walk:
    """What the ledger says of a batch."""

    state: str = "PREPARED"
    released: str = ""
    digest: str = ""


def _states(case: Case, row: BatchRow) -> None:
    about, words = f"batch {row.id}", case.facts.of(f"batch:{row.id}")
    prepared = [s for s in words if s.tag == Tag.BATCH_PREPARE]
    if not prepared:
        return case.found("row-unlogged", about, "a leaf batch.prepare", "none")
    case.differs("row-differs", about, "prepared", prepared[0].at, wire(row.created_at))
    told = prepared[0].facts.get("test", row.test)
    case.differs("row-differs", about, "test mark", told, bool(row.test))
    walk = _Walk()
    for said in words:
        _step(case, walk, said)
    if row.state not in _STATES:
        case.found("state-unknown", about, ", ".join(_STATES), "another")
    case.differs("state-differs", about, "state", walk.state, row.state)
    case.differs("row-differs", about, "released", walk.released, wire(row.released_at))
    case.differs("row-differs", about, "stop mark", walk.state == "STOPPED", bool(row.stopped))
    if walk.state != "PREPARED" and walk.digest:
        case.differs("entries-changed", about, "review", walk.digest, digest(row.review))
    return None


_STEPS = {
    Tag.BATCH_SUBMIT: (("PREPARED",), "SUBMITTED"),
    Tag.BATCH_RELEASE: (("SUBMITTED",), "RELEASED"),
    Tag.BATCH_STOP: (("PREPARED", "SUBMITTED", "RELEASED"), "STOPPED"),
}


def _step(case: Case, walk: _Walk, said: Said) -> None:
    reopened = said.facts.get("act") == "batch.reopen"
    step = (("SUBMITTED",), "PREPARED") if reopened else _STEPS.get(Tag(said.tag))
    if step is None:
        return
    before, after = step
    if walk.state not in before:
        case.found("state-impossible", str(said), " or ".join(before), walk.state)
    walk.state = after
    walk.digest = "" if reopened else walk.digest
    if said.tag == Tag.BATCH_SUBMIT:
        walk.digest = str(said.facts.get("digest", ""))
    if said.tag == Tag.BATCH_RELEASE:
        walk.released = said.at


def _review(case: Case, row: BatchRow) -> JsonObject | None:
    about = f"batch {row.id}"
    review = case.holds(
        "entries-changed", about, "a review", lambda: decode(row.review, what="a review")
    )
    if review is None:
        return None
    named = (review.get("gateway"), review.get("batch"), review.get("test"), review.get("priority"))
    stored = (case.gateway, row.id, bool(row.test), row.priority)
    case.differs("entries-changed", about, "a review of", named, stored)
    return review


_ENTRIES = (
    "SELECT number, action, category, channel, evidence_ref, evidence_date, basis, review_date,"
    " route, source FROM entries WHERE batch = ? ORDER BY number"
)


def _entries(case: Case, row: BatchRow, review: JsonObject) -> None:
    """The stored entries are those that two officers were shown, unless all are purged."""
    salt = case.opened(of_batch(row.id, "batches.salt"), row.salt)
    if salt is None:
        return None
    if not salt and not row.salt:
        case.emptied_by_purge("numbers", row.id, f"the salt of batch {row.id}")
    if not salt:
        return case.report.notes.append(f"batch {row.id}: its numbers are purged")
    rows = case.counted("entries", case.core.stream(_ENTRIES, row.id))
    came = entries_digest(salt, (Entry(*entry) for entry in rows))
    case.differs("entries-changed", f"batch {row.id}", "entries", review.get("entries"), came)
    return None


def partners_of(review: JsonObject) -> tuple[list[tuple[str, int, int]], list[str]]:
    """Shares (partner, block, unblock) and withheld partners of a review."""
    shares = cast(list[Any], review.get("shares", []))
    return [(str(s[0]), int(s[1]), int(s[2])) for s in shares], list(review.get("withheld", []))


def _pairs(case: Case, row: BatchRow, review: JsonObject) -> None:
    shares, withheld = partners_of(review)
    wanted = {partner for partner, _block, _unblock in shares} | set(withheld)
    stored = case.core.rows("SELECT DISTINCT partner FROM deliveries WHERE batch = ?", row.id)
    have = {str(partner) for (partner,) in stored}
    for partner in sorted(wanted - have):
        about = f"batch {row.id}, partner {partner}"
        case.found("pair-missing", about, "a delivery in a state that is shown", "none")
    for partner in sorted(have - wanted):
        about = f"batch {row.id}, partner {partner}"
        case.found("pair-unreleased", about, "no delivery: the review gives it nothing", "one")
    case.report.figures["released pairs"] += len(wanted)
    if withheld:
        names = ", ".join(sorted(withheld))
        case.report.notes.append(f"batch {row.id}: withheld at the release from {names}")


def check_unreleased(case: Case) -> None:
    """No delivery belongs to a batch that nobody released."""
    sql = (
        "SELECT d.id FROM deliveries d LEFT JOIN batches b ON b.id = d.batch"
        " WHERE b.released_at IS NULL ORDER BY d.key"
    )
    for (delivery,) in case.core.stream(sql):
        case.found("pair-unreleased", f"delivery {delivery}", "a released batch", "none")


def _nobody(case: Case, row: BatchRow, review: JsonObject) -> None:
    """The entries that nobody may receive, counted again by route and scope (promise A)."""
    sql = (
        "SELECT category, channel, route, count(*) FROM entries"
        " WHERE batch = ? AND action = 'block' GROUP BY category, channel, route"
    )
    groups = case.core.rows(sql, row.id)
    if not groups or not row.salt:
        return
    shares, _withheld = partners_of(review)
    receivers = list(_receivers(case, row, {partner for partner, _b, _u in shares}))
    nobody = sum(n for *scope, n in groups if not _given(tuple(scope), receivers))
    case.differs(
        "nobody-differs", f"batch {row.id}", "entries for nobody:", nobody, review.get("nobody")
    )
    if nobody:
        case.report.notes.append(f"batch {row.id}: {nobody} entries that nobody may receive")


def _receivers(
    case: Case, row: BatchRow, partners: set[str]
) -> Iterator[tuple[Partner, list[ConsentRecord | None]]]:
    for found in listed(case.core, PartnerRow, "partners ORDER BY id"):
        if found.id not in partners:
            continue
        at = row.released_at or 0
        live = [record for record in consents_of(case, found.id) if record.live_at(at)]
        ruling = max(live, key=lambda record: (record.terms.at, record.digest), default=None)
        yield partner_of(found), [ruling]


def partner_of(row: PartnerRow) -> Partner:
    """The partner as the rules of slices want it."""
    return Partner(
        row.id,
        PartnerKind(row.kind),
        row.name,
        row.channel,
        row.reply,
        row.peer,
        Envelope(row.envelope),
        bool(row.test),
        row.term,
        row.card,
        Standing(row.standing),
    )


def _given(
    scope: tuple[str, str, str], receivers: list[tuple[Partner, list[ConsentRecord | None]]]
) -> bool:
    category, channel, route = scope
    entry = Entry(0, "block", category, channel, "", "", "", "", route, 0)
    return any(
        slices.select(partner, [entry], consent, frozenset(), MAX_ENTRIES)
        for partner, consents in receivers
        for consent in consents
    )
