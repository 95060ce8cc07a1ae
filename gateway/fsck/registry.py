"""Who and by what rules: gateway, dated tables, officers, partners, consents (D and I)."""

from gateway.domain import statements
from gateway.domain.canonical import decode, digest, encode
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.fsck.case import Case, wire
from gateway.fsck.facts import Said
from gateway.fsck.plain import payload
from gateway.fsck.rows import ConsentRow, OfficerRow, PartnerRow, listed
from gateway.fsck.tables import dated_tables
from gateway.fsck.trust import NEEDED


def check_gateway(case: Case) -> None:
    """Name and epoch are those of the ledger."""
    row = case.core.rows("SELECT name, epoch, initialised_at FROM gateway")[0]
    made = next(case.facts.tagged(Tag.GATEWAY_INIT), None)
    if made is None:
        return case.found("row-unlogged", "the gateway", "a leaf gateway.init", "none")
    case.differs("row-differs", "the gateway", "name", made.facts.get("gateway"), row[0])
    case.differs("row-differs", "the gateway", "made", made.at, wire(row[2]))
    opened = [
        int(said.facts["epoch"])
        for said in case.facts.tagged(Tag.EPOCH_OPEN)
        if said.facts.get("opened")
    ]
    epoch = max([int(made.facts.get("epoch", 1)), *opened])
    case.differs("epoch-falls", "the gateway", "epoch", epoch, row[1])
    return None


def check_tables(case: Case) -> None:
    """Each dated table has its leaf, and one that ships with this program is as it ships."""
    last = -1
    for table in case.counted("dated tables", dated_tables(case.core)):
        name = f"{table.kind} {table.version}"
        loaded = case.facts.of(f"reference:{name}", Tag.REFERENCE_LOAD)
        if not loaded:
            case.found("row-unlogged", name, "a leaf reference.load", "none")
        for said in loaded[:1]:
            if said.leaf < last:  # the version that was loaded last rules
                case.found("reference-differs", name, f"a place before leaf {last}", said.leaf)
            last = said.leaf
            case.differs("reference-differs", name, "file", said.facts["digest"], table.digest)
        ships = case.kept.shipped.get((table.kind, table.version))
        if ships is not None and ships.digest == table.digest:
            same = (ships.source, ships.columns, ships.rows)
            if (table.source, table.columns, table.rows) != same:
                case.found("reference-differs", name, "the rows of its file", "other rows")


def check_activations(case: Case) -> None:
    """Each version that rules since a moment is one that the ledger says was activated so."""
    told = [
        (said.facts.get("kind"), said.facts.get("version"), said.facts.get("begins"), said.at)
        for said in case.facts.tagged(Tag.REFERENCE_ACTIVATE)
        if said.facts.get("begins")
    ]
    rows = case.core.rows("SELECT kind, version, begins, at FROM activations ORDER BY id")
    kept = [(kind, version, wire(begins), wire(at)) for kind, version, begins, at in rows]
    for kind, version, begins, _at in set(kept) ^ set(told):
        what = f"{kind} {version} from {begins}"
        case.found("reference-differs", what, "one activation, told by the ledger", "another")
    if sorted(kept) == sorted(told) and kept != told:
        case.found("reference-differs", "activations", "the order of the ledger", "another")


def check_officers(case: Case) -> None:
    """Each officer is as enrolled; standing follows from approvals and revocations."""
    for row in case.counted("officers", listed(case.core, OfficerRow, "officers ORDER BY id")):
        about = f"officer {row.id}"
        enrolled = case.facts.of(f"officer:{row.id}", Tag.OFFICER_ENROL)
        if not enrolled:
            case.found("row-unlogged", about, "a leaf officer.enrol", "none")
            continue
        last = enrolled[-1]
        case.differs("row-differs", about, "key", last.facts["kid"], row.kid)
        case.differs("row-differs", about, "enrolled", last.at, wire(row.enrolled_at))
        shown = _enrolment(case, row)
        case.differs("row-differs", about, "person", last.facts.get("digest", shown), shown)
        case.differs("row-differs", about, "standing", _standing(case, row, last), row.standing)


def _enrolment(case: Case, row: OfficerRow) -> str:
    """Digest of what was approved: id, name and public key of a person."""
    public = case.core.rows("SELECT public FROM keys WHERE kid = ?", row.kid)
    try:
        key = decode(public[0][0].encode(), what="a public key") if public else {}
    except NotVerified:
        return "a key that can't be read"
    names = {"id": row.id, "name": row.name, "kid": row.kid}
    return digest(encode({"v": 1, "typ": "officer", "public": key, **names}))


def _standing(case: Case, row: OfficerRow, enrolled: Said) -> str:
    if any(_counts(said) for said in case.facts.of(f"key:{row.kid}", Tag.KEY_REVOKE)):
        return "closed"
    approved = [
        said
        for said in case.facts.of(f"officer:{row.id}", Tag.OFFICER_APPROVE)
        if said.leaf > enrolled.leaf and _counts(said)
    ]
    return "live" if approved or enrolled.facts.get("bootstrap") else "proposed"


def _counts(said: Said) -> bool:
    return int(said.facts.get("signatures", NEEDED)) >= NEEDED


def check_partners(case: Case) -> None:
    """Each partner is what its approved card says, and stands as the ledger says."""
    terms = _terms(case)
    for row in case.counted("partners", listed(case.core, PartnerRow, "partners ORDER BY id")):
        about = f"partner {row.id}"
        ruling = _ruling(case, row)
        if ruling is None:
            case.found("row-unlogged", about, "a leaf of its proposal", "none")
            continue
        for name, value in (("card", row.card), ("standing", row.standing), ("test", row.test)):
            told = ruling.facts.get(name, value)
            case.differs("partner-differs", about, name, told, type(told)(value))
        _as_card(case, row)
        if terms and row.term not in terms:
            case.found("partner-differs", about, "a term of the dated tables", row.term)


def _ruling(case: Case, row: PartnerRow) -> Said | None:
    """The leaf that says how the partner stands: the last approval, else the last proposal."""
    words = case.facts.of(f"partner:{row.id}")
    approved = [said for said in words if said.tag != Tag.PARTNER_PROPOSE]
    found = approved or words
    return found[-1] if found else None


def _terms(case: Case) -> set[str]:
    return {
        dict(zip(table.columns, line, strict=False)).get("duration", "")
        for table in dated_tables(case.core)
        if table.kind == "terms"
        for line in table.rows
    }


def _as_card(case: Case, row: PartnerRow) -> None:
    about = f"partner {row.id}"
    bodies = case.core.rows("SELECT body FROM inbound WHERE digest = ?", row.card)
    if not bodies or digest(bodies[0][0]) != row.card:
        return case.found("partner-differs", about, f"the bytes of card {row.card}", "none")
    card = payload(bodies[0][0])
    members = ("iss", "kind", "name", "channel", "reply", "peer")
    came = (row.id, row.kind, row.name, row.channel, row.reply, row.peer)
    for member, value in zip(members, came, strict=True):
        if card.get(member) != value:
            case.found("partner-differs", about, f"{member} of its card", "another")
    if row.envelope not in card.get("envelopes", ()):
        case.found("partner-differs", about, "an envelope of its card", row.envelope)
    return None


def check_consents(case: Case) -> None:
    """Each consent is the partner's signed word; given and ended when the ledger says so."""
    for row in case.counted("consents", listed(case.core, ConsentRow, "consents ORDER BY digest")):
        about = f"consent {row.digest} of partner {row.partner}"
        given = case.facts.of(f"consent:{row.digest}", Tag.CONSENT_GIVE)
        if not given:
            case.found("row-unlogged", about, "a leaf consent.give", "none")
            continue
        case.differs("row-differs", about, "partner", given[0].facts["partner"], row.partner)
        _signed_terms(case, row, about)
        for tag, came in (
            (Tag.CONSENT_WITHDRAW, row.withdrawn_at),
            (Tag.CONSENT_WITHDRAWN, row.ended_at),
        ):
            said = case.facts.of(f"consent:{row.digest}", tag)
            case.differs("row-differs", about, str(tag), said[0].at if said else "", wire(came))


def _signed_terms(case: Case, row: ConsentRow, about: str) -> None:
    kept = case.core.rows(
        "SELECT body, received_at FROM inbound WHERE digest = ? AND partner = ?",
        *(row.digest, row.partner),
    )
    if not kept:
        return case.found("statement-missing", about, "the signed consent", "none")
    owner = Owner(OwnerKind.PARTNER, row.partner)
    signed = case.holds(
        "statement-signature",
        about,
        "a consent signed by the partner",
        lambda: case.verify.signatures.open_statement(
            kept[0][0], owner, Role.STATEMENT, case.trust, kept[0][1], case.gateway
        ),
    )
    if signed is None:
        return None
    same = (statements.to_bytes(signed.statement), getattr(signed.statement, "at", 0))
    if (row.terms, row.given_at) != same:
        case.found("statement-differs", about, "the terms that were signed", "others")
    return None
