"""Deliveries, sealings and attempts against the ledger (promises B and D)."""

from gateway.domain.canonical import digest, encode
from gateway.domain.delivery import State
from gateway.domain.errors import InputError
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import Tag
from gateway.domain.period_keys import of_parcel
from gateway.fsck.case import Case, exact, wire
from gateway.fsck.facts import Said
from gateway.fsck.replay import Life, replay
from gateway.fsck.rows import AttemptRow, DeliveryRow, SealingRow, listed, stream
from gateway.fsck.sql import count
from gateway.fsck.statements import check_confirmations, check_receipts
from gateway.fsck.tallies import check_tally

_STATES = frozenset(map(str, State))


def check_deliveries(case: Case) -> None:
    """Every delivery, in the order in which they were made."""
    rows = stream(case.core, DeliveryRow, "deliveries ORDER BY key")
    for row in case.counted("deliveries", rows):
        about = f"delivery {row.id}"
        leaves = case.facts.of_delivery(row.id)
        life = replay(
            leaves,
            lambda said, wanted, came: case.found("state-impossible", str(said), wanted, came),
        )
        _made(case, row, leaves)
        _compare(case, row, life)
        _sealings(case, row, [s for s in leaves if s.tag == Tag.DELIVERY_SEAL])
        _attempts(case, row, leaves)
        receipts = check_receipts(case, row, life)
        told = len(case.report.findings)
        check_confirmations(case, row)
        if len(case.report.findings) == told:  # else the sums are of rows that are wrong themselves
            check_tally(case, row)
        positive = [r.received_at for r in receipts if r.counted and r.result == "positive"]
        taken = exact(positive[0]) if positive else ""
        case.differs("row-differs", about, "acknowledged", taken, exact(row.acknowledged_at))


def _made(case: Case, row: DeliveryRow, leaves: list[Said]) -> None:
    """It was released with its batch, or takes over from one that was withheld."""
    about = f"delivery {row.id}"
    try:
        parsed = DeliveryId.parse(row.id)
    except InputError:
        return case.found("row-unreadable", about, "<batch>.<partner>.<n>", "another form")
    case.differs("row-differs", about, "of", (parsed.batch, parsed.partner), row[2:4])
    released = case.facts.of(f"batch:{row.batch}", Tag.BATCH_RELEASE)
    named = {d for said in released for d in said.facts.get("deliveries", [row.id])}
    withheld = (
        "SELECT count(*) FROM deliveries WHERE batch = ? AND partner = ? AND id <> ? AND state = ?"
    )
    pair = (row.batch, row.partner, row.id, "WITHHELD")
    if row.id not in named and not count(case.core, withheld, *pair):
        case.found("row-unlogged", about, "a leaf that made it", "none")
    resumed = [said.at for said in leaves if said.tag == Tag.DELIVERY_RESUME]
    made = [said.at for said in released if row.id in said.facts.get("deliveries", ())]
    queued = resumed[-1:] or made
    if queued:
        case.differs("row-differs", about, "queued", queued[-1], wire(row.queued_at))
    return None


def _compare(case: Case, row: DeliveryRow, life: Life) -> None:
    about = f"delivery {row.id}"
    if row.state not in _STATES:
        case.found("state-unknown", about, ", ".join(sorted(_STATES)), "another")
    case.differs("state-differs", about, "state", str(life.state), row.state)
    case.differs("row-differs", about, "sealing", life.sealing, row.sealing)
    case.differs("row-differs", about, "attempts", life.attempts, row.attempts)
    case.differs("row-differs", about, "conflict mark", life.conflict, bool(row.conflict))
    if not 0 <= row.tries <= row.attempts:
        case.found("row-differs", about, f"tries up to {row.attempts}", row.tries)
    if row.fence < life.fence:
        case.found("row-differs", about, f"a fence of at least {life.fence}", row.fence)
    if (row.handed_over_at is not None) != life.handed:
        shown = wire(row.handed_over_at) or "none"
        case.found("row-differs", about, "a first hand-over" if life.handed else "none yet", shown)
    case.differs("row-differs", about, "reason", life.reason, row.reason)
    lanes = case.core.rows("SELECT priority FROM batches WHERE id = ?", row.batch)
    if row.priority not in {0, *(lane for (lane,) in lanes)}:
        case.found("row-differs", about, "the lane of its batch, or that of unblocks", row.priority)


def _sealings(case: Case, row: DeliveryRow, leaves: list[Said]) -> None:
    stored = listed(case.core, SealingRow, "sealings WHERE delivery = ? ORDER BY number", row.id)
    found = {sealing.number: sealing for sealing in stored}
    for said in leaves:
        about = f"sealing {said.facts.get('sealing')} of delivery {row.id}"
        sealing = found.pop(int(said.facts.get("sealing", 0)), None)
        if sealing is None:
            case.found("row-missing", str(said), about, "none")
            continue
        told = (said.facts.get("parcel"), said.facts.get("kid"), said.at)
        case.differs(
            "row-differs", about, "parcel, key, time", told, (*sealing[2:4], wire(sealing.at))
        )
        case.differs("row-differs", about, "manifest", said.facts.get("manifest"), row.manifest)
    for number in found:
        case.found("row-unlogged", f"sealing {number} of delivery {row.id}", "its leaf", "none")
    facts = leaves[0].facts if leaves else {"epoch": 0, "sequence": 0, "manifest": ""}
    place = tuple(facts.get(name) for name in ("epoch", "sequence", "manifest"))
    came = (row.epoch, row.sequence, row.manifest)
    case.differs("row-differs", f"delivery {row.id}", "place and manifest", place, came)


def _attempts(case: Case, row: DeliveryRow, leaves: list[Said]) -> None:
    stored = listed(case.core, AttemptRow, "attempts WHERE delivery = ? ORDER BY number", row.id)
    found = {attempt.number: attempt for attempt in stored}
    for said in leaves:
        if said.tag == Tag.DELIVERY_ATTEMPT:
            _begun(case, said, found.get(int(said.facts["attempt"])))
    _handed_over(case, row, stored, leaves)
    begun = {s.facts["attempt"] for s in leaves if s.tag == Tag.DELIVERY_ATTEMPT}
    ended = {s.facts["attempt"]: s for s in leaves if "outcome" in s.facts}
    for number, attempt in found.items():
        about = f"attempt {number} of delivery {row.id}"
        if number not in begun:
            case.found("row-unlogged", about, "its leaf", "none")
        _ended(case, about, attempt, ended.get(number))


def _handed_over(
    case: Case, row: DeliveryRow, attempts: list[AttemptRow], leaves: list[Said]
) -> None:
    """The term began while an attempt that was handed over was made, or with a fetch."""
    at = row.handed_over_at
    if at is None:
        return
    sent = [a for a in attempts if a.outcome == "sent" and a.ended_at is not None]
    within = any(a.began_at <= at <= (a.ended_at or at) for a in sent)
    fetched = {said.facts.get("fetched") for said in leaves if said.tag == Tag.FETCH_RECORD}
    if not within and wire(at) not in fetched:
        about = f"delivery {row.id}"
        case.found("row-differs", about, "a first hand-over during an attempt", exact(at))


def _begun(case: Case, said: Said, attempt: AttemptRow | None) -> None:
    if attempt is None:
        return case.found("row-missing", str(said), "the attempt that it records", "none")
    about = f"attempt {attempt.number} of delivery {attempt.delivery}"
    told = (said.facts["sealing"], said.at, said.facts.get("consent", ""))
    came = (attempt.sealing, wire(attempt.began_at), attempt.consent)
    case.differs("row-differs", about, "sealing, begin, consent", told, came)
    return None


def _ended(case: Case, about: str, attempt: AttemptRow, said: Said | None) -> None:
    """The outcome, its time, and the channel's own words, whose digest is in the leaf."""
    came = (attempt.outcome, wire(attempt.ended_at))
    told = (str(said.facts["outcome"]), said.at) if said is not None else ("", "")
    case.differs("row-differs", about, "outcome and end", told, came)
    words = said.facts.get("channel") if said is not None else _SILENT
    if words is not None and words != channel_digest(attempt):
        case.found("row-differs", about, "the channel's words as logged", "others")


def channel_digest(attempt: AttemptRow) -> str:
    """What an outcome's leaf names as `channel`."""
    return _channel(*attempt[7:])


def _channel(endpoint: str, peer: str, words: str, error: str) -> str:
    return digest(encode({"endpoint": endpoint, "peer": peer, "words": words, "error": error}))


_SILENT = _channel("", "", "", "")


def check_parcels(case: Case) -> None:
    """Every sealing's bytes are those of its digest, on every attempt (promise B)."""
    sql = "SELECT delivery, number, digest, parcel FROM sealings"
    for delivery, number, named, parcel in case.counted("sealings", case.core.stream(sql)):
        clear = case.opened(of_parcel(delivery, number), parcel)
        purged = clear == b""
        if purged and not parcel:
            case.emptied_by_purge("parcels", delivery, f"the parcel of delivery {delivery}")
        if clear is not None and not purged and digest(clear) != named:
            about = f"sealing {number} of delivery {delivery}"
            case.found("parcel-bytes", about, named, digest(clear))
