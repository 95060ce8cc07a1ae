"""What an intake's leaf says of its rows and of how it was read; and the profiles of sources."""

import json

from gateway.domain.canonical import digest
from gateway.domain.ledger import Tag
from gateway.domain.row_digest import RowDigest, reading_digest
from gateway.fsck.case import Case, wire
from gateway.fsck.facts import Said
from gateway.fsck.sql import one

_READ = (
    "SELECT kind, encoding, profile, sheets, dropped, provenance, state, follows FROM intakes"
    " WHERE id = ?"
)
_DECIDED = (
    "SELECT position, row, raw, outcome, number, confidence, route, rule, reason, category,"
    " channel, evidence_ref, evidence_date, action, test, sheet, evidence_type, refers"
    " FROM intake_rows WHERE intake = ? ORDER BY position"
)
_BLOCK = 5_000  # rows digested at once


def check_reading(case: Case, intake: int, said: Said) -> None:
    """Kind, encoding, profile, sheets and dropped columns, and which intake it corrects."""
    row = one(case.core, _READ, intake) or ()
    kind, encoding, profile, sheets, dropped, provenance, state, follows = row
    came = reading_digest(
        kind, encoding, profile, json.loads(sheets), json.loads(dropped), provenance
    )
    about = f"intake {intake}"
    case.differs("row-differs", about, "how it was read", said.facts.get("read"), came)
    earlier = one(case.core, "SELECT digest FROM intakes WHERE id = ?", follows)
    told = (said.facts.get("follows"), True)
    found = (str(earlier[0]) if earlier else None, follows is None or earlier is not None)
    case.differs("row-differs", about, "the intake that it corrects", told, found)
    if state not in ("ready", "purged"):
        case.found("state-unknown", about, "ready or purged", state)


def check_decided(case: Case, intake: int, said: Said) -> None:
    """Every member of every row, and their order, by the digest in the leaf."""
    sum_, rows, place = RowDigest(), [], 0
    for position, *row in case.core.stream(_DECIDED, intake):
        place += 1
        if position != place:
            return case.found("row-differs", f"intake {intake}", f"row {place}", f"row {position}")
        rows.append(tuple(row))
        if len(rows) == _BLOCK:
            sum_.add(rows)
            rows = []
    sum_.add(rows)
    if place:  # else they are purged
        told = said.facts.get("decided")
        case.differs("row-differs", f"intake {intake}", "the decided rows", told, sum_.value)
    return None


def check_profiles(case: Case) -> None:
    """Every saved profile of a source against its leaf, and every leaf against its profile."""
    if "source_profiles" not in case.core.columns():
        return
    told = {
        (said.facts["source"], said.facts["version"]): (said.facts["profile"], said.at)
        for said in case.facts.tagged(Tag.PROFILE_SAVE)
    }
    sql = "SELECT source, version, profile, at FROM source_profiles ORDER BY source, version"
    for source, version, profile, at in case.core.rows(sql):
        about, came = f"profile {version} of {source}", (digest(profile.encode()), wire(at))
        if (said := told.pop((source, version), None)) is None:
            case.found("row-unlogged", about, "a leaf profile.save", "none")
        else:
            case.differs("row-differs", about, "profile and time", said, came)
    for source, version in told:
        case.found("row-missing", f"profile {version} of {source}", "a row", "none")
