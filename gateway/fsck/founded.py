"""What entries stand on: accepted rows of intakes, and held ones that were accepted for good.

The rows lie in another order than the entries, so both go through a scratch database that is gone
with the process, as the ledger's events do (facts.py).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from gateway.domain.dated import treated
from gateway.domain.ledger import Tag
from gateway.domain.numbering import NumberRules
from gateway.domain.records import IntakeRow
from gateway.domain.resolutions import ACCEPT
from gateway.domain.times import from_wire, to_wib
from gateway.fsck.case import Case
from gateway.fsck.corrections import check_corrections, families
from gateway.fsck.decided import decided_rows
from gateway.fsck.resolutions import acts_of
from gateway.fsck.tables import dated_tables, routing

_SAID = ("action", "category", "channel", "evidence_ref", "evidence_date")
_TABLES = (
    "CREATE TABLE asks (intake, position, number, said, route, resolved)",
    "CREATE TABLE entries (batch, number, source, said, action, route, planned)",
    "CREATE TABLE sources (batch, number, intake, position)",
    "CREATE TABLE purged (intake)",
    "CREATE TABLE corrected (intake, position)",
)
_INDEXES = (
    "CREATE INDEX asks_number ON asks (intake, number)",
    "CREATE INDEX asks_position ON asks (intake, position)",
    "CREATE INDEX entries_number ON entries (batch, number)",
    "CREATE INDEX sources_number ON sources (batch, number, intake, position)",
    "CREATE INDEX sources_position ON sources (intake, position)",
    "CREATE INDEX corrected_position ON corrected (intake, position)",
)
_UNFOUNDED = (
    "SELECT e.batch, e.source, count(*) FROM entries e WHERE e.source > 0"
    " AND EXISTS (SELECT 1 FROM asks a WHERE a.intake = e.source)"
    " AND NOT EXISTS (SELECT 1 FROM asks a WHERE a.intake = e.source AND a.number = e.number"
    " AND a.said = e.said AND (a.route = e.route OR e.planned)) GROUP BY e.batch, e.source"
)
_STRAY = (
    "SELECT s.batch, s.intake, s.position FROM sources s"
    " WHERE s.intake NOT IN (SELECT intake FROM purged)"
    " AND NOT EXISTS (SELECT 1 FROM asks a JOIN entries e ON e.batch = s.batch"
    " AND e.number = s.number WHERE a.intake = s.intake AND a.position = s.position"
    " AND a.number = s.number)"
)
_ALONE = (
    "SELECT e.batch, count(*) FROM entries e WHERE e.source > 0"
    " AND EXISTS (SELECT 1 FROM sources s WHERE s.batch = e.batch) AND NOT EXISTS"
    " (SELECT 1 FROM sources s WHERE s.batch = e.batch AND s.number = e.number"
    " AND s.intake = e.source) GROUP BY e.batch"
)
_UNNAMED = (
    "SELECT count(*) FROM asks a JOIN entries e ON e.batch = ? AND e.number = a.number"
    " AND a.said LIKE e.action || char(9) || '%'"
    " LEFT JOIN sources s ON s.batch = e.batch AND s.number = a.number"
    " AND s.intake = a.intake AND s.position = a.position"
    " WHERE a.intake = ? AND a.resolved = 0 AND s.batch IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM sources o WHERE o.intake = a.intake"
    " AND o.position = a.position)"
    " AND NOT EXISTS (SELECT 1 FROM corrected c WHERE c.intake = a.intake"
    " AND c.position = a.position)"
)


def check_founded(case: Case) -> None:
    """Every entry that came from an intake stands on a row of it and says the same; the rows that
    are named for it ask for its number, and no accepted one is left out. Where it goes is what its
    row says, or what the plan says that the batch was prepared by."""
    with closing(sqlite3.connect("", isolation_level=None)) as scratch:
        for statement in _TABLES:
            scratch.execute(statement)
        scratch.execute("BEGIN")  # never ended: what is rolled back is nothing
        _fill(case, scratch)
        for statement in _INDEXES:
            scratch.execute(statement)
        for batch, intake, entries in scratch.execute(_UNFOUNDED):
            expected = f"accepted rows of intake {intake}"
            case.found("entry-unfounded", f"batch {batch}", expected, f"{entries} entries without")
        for batch, intake, position in scratch.execute(_STRAY):
            expected = f"row {position} of intake {intake} to ask for its number"
            case.found("entry-unfounded", f"an entry of batch {batch}", expected, "not")
        for batch, entries in scratch.execute(_ALONE):
            case.found(
                "entry-unfounded", f"batch {batch}", "the row of each entry", f"{entries} not"
            )
        _check_complete(case, scratch)
    check_corrections(case)


def _fill(case: Case, scratch: sqlite3.Connection) -> None:
    for family in families(case):
        for intake, _ in family.members:
            gone = ((intake, position) for position in family.corrected(intake))
            scratch.executemany("INSERT INTO corrected VALUES (?,?)", gone)
    for (intake,) in case.core.rows("SELECT id FROM intakes ORDER BY id"):
        scratch.executemany("INSERT INTO asks VALUES (?,?,?,?,?,?)", _asks(case, intake))
    scratch.executemany("INSERT INTO entries VALUES (?,?,?,?,?,?,?)", _entries(case))
    if "entry_sources" in case.core.columns():
        named = case.core.stream(
            "SELECT batch, number, intake, position FROM entry_sources WHERE number <> 0"
        )
        scratch.executemany("INSERT INTO sources VALUES (?,?,?,?)", named)
        purged = case.core.rows("SELECT id FROM intakes WHERE state = 'purged'")
        scratch.executemany("INSERT INTO purged VALUES (?)", purged)
        by_key = (name.partition(" ")[2] for name in case.emptied_subjects if "intake" in name)
        scratch.executemany("INSERT INTO purged VALUES (?)", ((int(one),) for one in by_key))


def _entries(case: Case) -> Iterator[tuple[object, ...]]:
    """`planned`: its route is that of the tables which its batch was prepared by."""
    moved = dict(_moved(case))
    members = ", ".join(_SAID)
    sql = f"SELECT batch, number, source, route, {members} FROM entries"  # noqa: S608  # constants
    for batch, number, source, route, *said in case.core.stream(sql):
        rules = moved.get(batch)
        planned = rules is not None and treated(str(number), rules) == route
        yield batch, number, source, "\t".join(said), said[0], route, planned


def _moved(case: Case) -> Iterator[tuple[int, NumberRules]]:
    """The batches in which numbers go elsewhere than their rows say, and by which rules."""
    tables = dated_tables(case.core)
    for said in case.facts.tagged(Tag.BATCH_PREPARE):
        if said.facts.get("moved"):
            on = to_wib(from_wire(said.at)).date()
            rules = routing(tables, str(said.facts.get("plan")), on)
            if rules is not None:
                yield said.facts["batch"], rules


def _asks(case: Case, intake: int) -> Iterator[tuple[int, int, int, str, str, int]]:
    """Every row that an entry may stand on, and the first row of each intake that is not purged."""
    final = _final(case, intake)
    for position, row in decided_rows(case, intake):
        if row.outcome == "accepted":
            yield intake, position, row.number, _said(row), row.route, 0
        elif position == 1:
            yield intake, position, 0, "", "", 1
        for number, route in final.get(position, ()):
            yield intake, position, number, _said(row), route, 1


def _said(row: IntakeRow) -> str:
    return "\t".join(getattr(row, name) for name in _SAID)


def _final(case: Case, intake: int) -> dict[int, list[tuple[int, str]]]:
    """By position the numbers, with their routes, that officers accepted for good."""
    found: dict[int, list[tuple[int, str]]] = {}
    if "resolutions" not in case.core.columns():
        return found
    for act in acts_of(case, intake):
        for part in act.parts:
            if part.act == ACCEPT and act.is_final(part.position):
                found.setdefault(part.position, []).append((part.number, part.route))
    return found


def _check_complete(case: Case, scratch: sqlite3.Connection) -> None:
    """Every accepted row of a batch's intakes that asks for an entry is named for it, but for those
    that another batch has and those that were corrected. A batch of an older program names none."""
    sourced = {batch for (batch,) in scratch.execute("SELECT DISTINCT batch FROM sources")}
    for said in case.facts.tagged(Tag.BATCH_PREPARE):
        batch = said.facts.get("batch")
        if batch not in sourced or said.facts.get("without_freed"):
            continue
        asked = [(batch, intake) for intake in said.facts.get("intakes", ())]
        left = sum(scratch.execute(_UNNAMED, one).fetchone()[0] for one in asked)
        if left:
            case.found("entry-unfounded", f"batch {batch}", "all rows of each entry", f"{left} not")
