"""What came from partners: bytes, the leaf of each arrival, and how it was judged (C, D and H)."""

from gateway.domain import bounced
from gateway.domain.canonical import digest
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.period_keys import of_received
from gateway.fsck.case import Case, wire
from gateway.fsck.facts import Said
from gateway.fsck.plain import payload, statement_shows_number
from gateway.fsck.rows import InboundRow, stream
from gateway.fsck.sql import count

_EFFECTS = (
    Tag.RECEIPT_RECORD,
    Tag.RECEIPT_CONFLICT,
    Tag.CONFIRMATION_RECORD,
    Tag.CONFIRMATION_CONFLICT,
    Tag.REQUEST_RECORD,
    Tag.NOTHING_RECORD,
    Tag.LIST_RECORD,
    Tag.CONSENT_WITHDRAW,
    Tag.FETCH_RECORD,
    Tag.BOUNCE_RECORD,
)
"""Events that say what an accepted item did, and name it as `statement`."""

_KINDS = ("statement", "parcel", "bounce", "fetched")
_STATES = ("PENDING", "ACCEPTED", "REFUSED", "DUPLICATE")


def check_inbound(case: Case) -> None:
    """Every received item, and that every arrival which the ledger has is there."""
    for row in case.counted("received items", stream(case.core, InboundRow, "inbound ORDER BY id")):
        about = f"received item {row.id} of {row.partner}"
        body = _body(case, row)
        if not body and row.kind == "parcel":
            if not row.body:
                case.emptied_by_purge("received", row.digest, about)
        elif digest(body or b"") != row.digest:
            came = digest(body) if body else "nothing"
            case.found("statement-bytes", about, row.digest, came)
        elif row.kind == "statement" and statement_shows_number(row.body):
            case.found("number-shown", about, "entry numbers only", "a long run of digits")
        _arrival(case, about, row)
        _judgement(case, about, row)
    for statement, times, leaf in case.facts.kept():
        stored = count(case.core, "SELECT count(*) FROM inbound WHERE digest = ?", statement)
        if stored < times:
            case.found("row-missing", f"leaf {leaf}", f"{times} of statement {statement}", stored)


def _body(case: Case, row: InboundRow) -> bytes | None:
    """The bytes as they came; a source's parcel lies under a period key."""
    return case.opened(of_received(row.digest), row.body) if row.kind == "parcel" else row.body


def _arrival(case: Case, about: str, row: InboundRow) -> None:
    earlier = "SELECT count(*) FROM inbound WHERE digest = ? AND partner = ? AND id < ?"
    place = count(case.core, earlier, row.digest, row.partner, row.id)
    leaves = [s for s in case.facts.of_statement(row.digest, Tag.INBOUND_KEEP) if _is_of(s, row)]
    leaves += _proposals(case, row)
    leaves.sort(key=lambda said: said.leaf)
    if place >= len(leaves):
        return case.found("row-unlogged", about, "a leaf of its arrival", "none")
    told = str(leaves[place].facts.get("kind", "statement"))
    kind = told if told in _KINDS else "statement"  # a file that an officer gave names its own
    came = (wire(row.received_at), row.kind)
    case.differs("row-differs", about, "arrived, kind", (leaves[place].at, kind), came)
    return None


def _is_of(said: Said, row: InboundRow) -> bool:
    return said.facts.get("partner") == row.partner


def _proposals(case: Case, row: InboundRow) -> list[Said]:
    """A card is kept with its proposal, in one leaf."""
    words = case.facts.of(f"partner:{row.partner}", Tag.PARTNER_PROPOSE)
    return [said for said in words if said.facts.get("digest") == row.digest]


def _judgement(case: Case, about: str, row: InboundRow) -> None:
    refused = [
        s for s in case.facts.of_statement(row.digest, Tag.STATEMENT_REFUSE) if _is_of(s, row)
    ]
    effects = _effects(case, row)
    match row.state:
        case "ACCEPTED":
            good = any(_noted(said) in ("", row.reason) for said in effects)
            good |= not effects and _needs_none(case, row)
        case "REFUSED":
            good = any(said.facts.get("reason") == row.reason for said in refused)
        case "DUPLICATE":
            good = _accepted(case, row, "id < ?") > 0
        case "PENDING":
            good = not effects or _accepted(case, row, "id <> ?") > 0
        case _:
            good = False
    if not good:
        told = ", ".join(map(str, [*effects, *refused])) or "no leaf"
        came = row.state if row.state in _STATES else "another state"
        case.found("judgement-differs", about, f"what follows from {told}", came)


def _noted(said: Said) -> str:
    """What the leaf of an effect says that people were told, "" where it says nothing of it."""
    return str(said.facts.get("note") or said.facts.get("alert") or "")


def _effects(case: Case, row: InboundRow) -> list[Said]:
    found = case.facts.of_statement(row.digest, *_EFFECTS)
    found += case.facts.of(f"consent:{row.digest}", Tag.CONSENT_GIVE)
    return [said for said in found if _is_of(said, row)] + _proposals(case, row)


def _accepted(case: Case, row: InboundRow, which: str) -> int:
    sql = (
        "SELECT count(*) FROM inbound WHERE digest = ? AND partner = ? AND state = 'ACCEPTED' AND "
    )
    return count(case.core, sql + which, row.digest, row.partner, row.id)


def _needs_none(case: Case, row: InboundRow) -> bool:
    """What changes nothing has no leaf but that of its arrival: a confirmation that says the same
    again, a withdrawal of what is withdrawn already, a second report of a bounced mail."""
    if row.kind == "bounce":
        return row.reason == "already-recorded" and _is_known_mail(case, row.body)
    word = payload(row.body)
    if word.get("typ") == "withdrawal":
        sql = "SELECT count(*) FROM consents WHERE digest = ? AND withdrawn_at IS NOT NULL"
        return count(case.core, sql, word.get("consent", "")) > 0
    same = "SELECT count(*) FROM confirmations WHERE delivery = ? AND revision = ?"
    said = (str(word.get("delivery", "")), int(word.get("revision", 0)))
    return row.reason == "same-content" and count(case.core, same, *said) > 0


def _is_known_mail(case: Case, body: bytes) -> bool:
    """Whether a bounce of the same mail is recorded."""
    try:
        mail = digest(bounced.read(body).message.encode())
    except NotVerified:
        return False
    return any(said.facts.get("mail") == mail for said in case.facts.tagged(Tag.BOUNCE_RECORD))
