"""Intakes: what was written, what was accepted of it, and what became of that (promise F)."""

import json
import re
import unicodedata
from collections import Counter

from gateway.domain.ledger import Tag
from gateway.fsck.case import Case, wire
from gateway.fsck.decided import decided_rows
from gateway.fsck.intake_digests import check_pages, check_reading
from gateway.fsck.rows import IntakeRow, listed
from gateway.fsck.sql import one

_PREFIXES = ("", "0", "62", "620", "0062", "00620")
"""What may stand before a national number (promise F), as digits."""


def check_intakes(case: Case) -> None:
    """Every intake against its leaf, and every accepted number against what the source wrote."""
    columns = case.core.columns()["intakes"]
    tail = "intakes WHERE state <> 'loading'" if "state" in columns else "intakes"
    for row in case.counted("intakes", listed(case.core, IntakeRow, f"{tail} ORDER BY id")):
        about = f"intake {row.id}"
        leaves = case.facts.of(f"file:{row.digest}", Tag.INTAKE_ADD)
        if not leaves:
            case.found("row-unlogged", about, "a leaf intake.add", "none")
            continue
        said, counts = leaves[0], _counts(row.counts)
        told = (said.facts.get("source"), said.facts.get("rules"), said.at, said.facts.get("rows"))
        came = (row.source, row.rules, wire(row.added_at), counts)
        case.differs("row-differs", about, "source, rules, time, counts", told, came)
        if "decided" in said.facts:
            check_reading(case, row.id, said)
        _rows(case, row, counts)
        if "decided" in said.facts:
            check_pages(case, row.id, said)


def _counts(text: str) -> dict[str, int]:
    try:
        return {str(name): int(rows) for name, rows in json.loads(text)}
    except (ValueError, TypeError):
        return {}


def _rows(case: Case, row: IntakeRow, counts: dict[str, int]) -> None:
    """As many of each outcome as was counted, and every accepted number as it was written."""
    stored: Counter[str] = Counter()
    for position, decided in case.counted("decided rows", decided_rows(case, row.id)):
        stored[decided.outcome] += 1
        if decided.outcome == "accepted" and not _founded(decided.raw, decided.number):
            about = f"row {position} of intake {row.id}"
            case.found("number-differs", about, "the digits that the source wrote", "others")
    told = Counter({name: rows for name, rows in counts.items() if rows})
    if stored or not told:
        case.differs("row-differs", f"intake {row.id}", "rows by outcome", told, stored)
    elif f"intake {row.id}" in case.emptied_subjects:
        case.report.notes.append(f"intake {row.id}: its rows are purged with their key")
    elif _may_be_purged(case, row.id):
        if "tombstones" in case.core.columns():
            case.emptied_by_purge("rows", row.id, f"the rows of intake {row.id}")
        case.report.notes.append(f"intake {row.id}: its rows are purged")
    else:
        case.found("row-missing", f"intake {row.id}", f"{told.total()} rows", "none")


def _founded(raw: str, number: int) -> bool:
    return not raw or as_written(raw, number)  # an older intake may have let its cells go


def _may_be_purged(case: Case, intake: int) -> bool:
    """Whether it says so; an older program says nothing."""
    if "state" not in case.core.columns()["intakes"]:
        return True
    return one(case.core, "SELECT state FROM intakes WHERE id = ?", intake) == ("purged",)


def as_written(raw: str, number: int) -> bool:
    """Whether the accepted number is the written digits in order, less one prefix of a closed list
    and a trailing `.0`; of a link or a cell with words, that the digits stand there in one run."""
    digits = str(number)
    national = digits.removeprefix("62") if digits.startswith("62") else digits
    text = re.sub(r"[.,]0$", "", unicodedata.normalize("NFKC", raw).strip())
    runs = [_digits(run) for run in re.split(r"[A-Za-z/=&?@%:,;|\n]+", text)]
    return any(_is(run, national, digits) for run in [_digits(text), *runs])


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(char)) for char in text if char.isdigit())


def _is(run: str, national: str, digits: str) -> bool:
    if not run.endswith(national):
        return False
    before = run.removesuffix(national)
    return before in (_PREFIXES if national != digits else ("", "00"))
