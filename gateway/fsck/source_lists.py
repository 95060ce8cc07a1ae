"""Lists of sources: each is signed, received and logged, and says where an intake came from (C, F).

What a source signed is verified again, under the keys that were pinned when it came.
"""

from typing import NamedTuple

from gateway.domain.canonical import decode, digest
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.source_list import KIND, SourceList, read_list
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.fsck.case import Case
from gateway.fsck.plain import holds_number
from gateway.fsck.rows import stream
from gateway.fsck.sql import count

_PARCEL = (
    "SELECT count(*) FROM inbound WHERE digest = ? AND partner = ? AND kind = 'parcel'"
    " AND state = 'ACCEPTED' AND received_at = ?"
)
_FOUNDED = (
    "SELECT i.id, i.source, i.digest, s.partner, s.file FROM intakes i"
    " LEFT JOIN source_lists s ON s.provenance = i.provenance WHERE i.provenance <> ''"
    " ORDER BY i.id"
)


class ListRow(NamedTuple):
    """source_lists"""

    id: int
    partner: str
    serial: int
    parcel: str
    provenance: str
    head: bytes
    jws: bytes
    kid: str
    file: str
    received_at: int


def check_source_lists(case: Case) -> None:
    """Every list against its parcel, its leaf and its signature; every intake against its list."""
    if "source_lists" not in case.core.columns():
        return
    leaves = {str(said.facts.get("list")): said for said in case.facts.tagged(Tag.LIST_RECORD)}
    last: dict[str, int] = {}
    rows = stream(case.core, ListRow, "source_lists ORDER BY id")
    for row in case.counted("lists of sources", rows):
        about = f"list {row.id} of {row.partner}"
        said = leaves.pop(row.provenance, None)
        if said is None:
            case.found("row-unlogged", about, "a leaf list.record", "none")
        else:
            names = ("partner", "serial", "statement", "file", "kid")
            told = tuple(said.facts.get(name) for name in names)
            came = (row.partner, row.serial, row.parcel, row.file, row.kid)
            case.differs("row-differs", about, ", ".join(names), told, came)
        if not count(case.core, _PARCEL, row.parcel, row.partner, row.received_at):
            case.found("statement-missing", about, "the parcel as received", "none")
        if row.serial <= last.get(row.partner, 0):
            case.found("counted-wrong", about, "a serial above the last one", row.serial)
        last[row.partner] = row.serial
        _signed(case, about, row)
    for provenance in leaves:
        case.found("row-missing", f"list {provenance}", "the list that its leaf records", "none")
    _founded(case)


def _signed(case: Case, about: str, row: ListRow) -> None:
    case.differs("statement-bytes", about, "signature", row.provenance, digest(row.jws))
    owner = Owner(OwnerKind.PARTNER, row.partner)
    key = case.holds(
        "statement-signature",
        about,
        f"the signature of {row.partner} by a key pinned for statements, valid then",
        lambda: case.verify.signatures.verify_detached(
            row.jws, row.head, KIND, owner, Role.STATEMENT, case.trust, row.received_at
        ),
    )
    listed = case.holds("statement-differs", about, "a list", lambda: read_list(row.head))
    if key is None or listed is None:
        return
    told = (listed.iss, listed.aud, listed.serial, listed.digest, key.kid)
    came = (row.partner, case.gateway, row.serial, row.file, row.kid)
    case.differs("statement-differs", about, "issuer, audience, serial, file, key", told, came)
    if _shows_number(row.head, listed):
        case.found("number-shown", about, "no number", "a long run of digits")


def _shows_number(head: bytes, listed: SourceList) -> bool:
    try:
        return holds_number(decode(head, what="a list") | {"serial": 0, "file": listed.name})
    except NotVerified:
        return False  # told where it is read


def _founded(case: Case) -> None:
    """The provenance of an intake is a list of the same source, over the same file."""
    for intake, source, file, partner, signed in case.core.rows(_FOUNDED):
        about = f"intake {intake}"
        if partner is None:
            case.found("statement-missing", about, "the signed list that it came from", "none")
        else:
            told = (partner, signed)
            case.differs("row-differs", about, "source and file of its list", told, (source, file))
