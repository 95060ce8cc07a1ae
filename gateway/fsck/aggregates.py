"""Every leaf that names an aggregate finds it, and every row finds the rows that it names (D)."""

from gateway.domain.ledger import Tag
from gateway.fsck.case import Case
from gateway.fsck.sql import count

_BY_NOUN = {
    "officer": "SELECT count(*) FROM officers WHERE id = ?",
    "partner": "SELECT count(*) FROM partners WHERE id = ?",
    "consent": "SELECT count(*) FROM consents WHERE digest = ?",
    "delivery": "SELECT count(*) FROM deliveries WHERE id = ?",
    "key": "SELECT count(*) FROM keys WHERE kid = ?",
    "file": "SELECT count(*) FROM intakes WHERE digest = ?",
    "inbound": "SELECT count(*) FROM inbound WHERE digest = ?",
}
_BATCH = "SELECT count(*) FROM batches WHERE id = ?"
_STAMPED = (
    "SELECT size FROM timestamps WHERE NOT EXISTS"
    " (SELECT 1 FROM checkpoints WHERE checkpoints.size = timestamps.size) ORDER BY size"
)
_TABLE = "SELECT count(*) FROM reference_tables WHERE kind = ? AND version = ?"


def check_subjects(case: Case) -> None:
    """Whatever the ledger speaks of is there."""
    for subject, leaf in case.facts.subjects():
        noun, _, name = subject.partition(":")
        if not _is_there(case, noun, name):
            case.found("row-missing", f"leaf {leaf}", subject, "none")
    for said in case.facts.tagged(Tag.BATCH_RELEASE):
        for delivery in said.facts.get("deliveries", ()):
            if not count(case.core, _BY_NOUN["delivery"], delivery):
                case.found("row-missing", str(said), f"delivery {delivery}", "none")


def _is_there(case: Case, noun: str, name: str) -> bool:
    if noun == "batch":
        return name.isdecimal() and count(case.core, _BATCH, int(name)) > 0
    if noun == "reference":
        kind, _, version = name.partition(" ")
        return count(case.core, _TABLE, kind, version) > 0
    sql = _BY_NOUN.get(noun)
    return sql is None or count(case.core, sql, name) > 0


def check_dangling(case: Case) -> None:
    """Foreign keys, where the database does not keep them itself; and time-stamps, which name a
    checkpoint by its size: without its note a token proves nothing."""
    for table, parent in case.core.dangling():
        case.found("row-missing", f"a row of {table}", f"the row of {parent} it names", "none")
    if "timestamps" in case.core.columns():
        for (size,) in case.core.stream(_STAMPED):
            case.found(
                "row-missing", f"the time-stamp over {size} leaves", "its checkpoint", "none"
            )
