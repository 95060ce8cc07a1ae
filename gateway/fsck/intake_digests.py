"""What an intake's leaf says of its rows and of how it was read; and the profiles of sources."""

import json

from gateway.domain.canonical import digest
from gateway.domain.errors import InputError
from gateway.domain.ledger import Tag
from gateway.domain.row_digest import reading_digest
from gateway.domain.row_pages import PagesDigest, read_page
from gateway.fsck.case import Case, wire
from gateway.fsck.decided import pages
from gateway.fsck.facts import Said
from gateway.fsck.sql import one

_READ = (
    "SELECT kind, encoding, profile, sheets, dropped, provenance, state, follows FROM intakes"
    " WHERE id = ?"
)


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


def check_pages(case: Case, intake: int, said: Said) -> None:
    """Every byte of what was decided, and the order of the rows, by the digest in the leaf."""
    sum_, place, about = PagesDigest(), 1, f"intake {intake}"
    for first, page in pages(case, intake):
        if first != place:
            return case.found("row-differs", about, f"row {place}", f"row {first}")
        sum_.add(page)
        try:
            place += len(read_page(page))
        except InputError:
            return case.found("cell-form", f"the page of row {first}, {about}", "rows", "others")
    if place > 1:  # else they are purged
        case.differs("row-differs", about, "the rows", said.facts.get("decided"), sum_.value)
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
