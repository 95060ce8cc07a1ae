"""Retention: holds and tombstones as signed, policies as written, and nothing gone that no
tombstone names (D and I)."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gateway.domain.canonical import digest
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.retention import (
    KIND,
    NUMBER,
    LegalHold,
    Went,
    hold_digest,
    policy_of,
    read_tombstone,
)
from gateway.domain.statements import Approval
from gateway.domain.times import from_wire
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.fsck.case import Case, wire
from gateway.fsck.rows import stream
from gateway.fsck.tables import dated_tables

PURGE = "retention.purge"


class HoldRow(NamedTuple):
    """legal_holds"""

    id: int
    kind: str
    subject: str
    number: int
    reason: str
    reference: str
    salt: bytes
    digest: str
    placed_at: int
    lifted_at: int | None


class StoneRow(NamedTuple):
    """tombstones"""

    id: int
    digest: str
    body: bytes
    at: int


def check_tombstones(case: Case) -> None:
    """Every tombstone against its leaf; what they name may be gone. Holds and policies too."""
    if "tombstones" not in case.core.columns():
        return
    told = {str(said.facts.get("digest")): said for said in case.facts.tagged(Tag.RETENTION_PURGE)}
    for row in case.counted("tombstones", stream(case.core, StoneRow, "tombstones ORDER BY id")):
        about, said = f"tombstone {row.digest}", told.pop(row.digest, None)
        if said is None:
            case.found("row-unlogged", about, "a leaf retention.purge", "none")
            continue
        case.differs("row-differs", about, "document", row.digest, digest(row.body))
        case.differs("row-differs", about, "time", said.at, wire(row.at))
        went = case.holds("row-differs", about, "a tombstone", _reading(row.body))
        if went is not None:
            case.stones.append(went)
            _note(case, went)
    for name in told:
        case.found("row-missing", f"tombstone {name}", "the document of its leaf", "none")
    _holds(case)
    for table in dated_tables(case.core):
        if table.kind == KIND:
            about = f"{KIND} {table.version}"
            case.differs("reference-differs", about, "words", table.digest, _policy(table))


def _policy(table: object) -> str:
    return policy_of(table).digest()  # type: ignore[arg-type]  # fsck's own reading of a table


def _reading(body: bytes) -> Callable[[], Went]:
    return lambda: read_tombstone(body)


def _note(case: Case, went: Went) -> None:
    sums = (len(went.parcels), len(went.proofs), len(went.numbers), len(went.rows))
    case.report.notes.append(
        f"purged on {went.at} under policy {went.policy} by {went.by}: parcels of {sums[0]} and "
        f"proofs of {sums[1]} deliveries, numbers of {sums[2]} batches, rows of {sums[3]} intakes"
    )


def _holds(case: Case) -> None:
    placed = {str(said.facts["digest"]): said for said in case.facts.tagged(Tag.RETENTION_HOLD)}
    lifted = {
        str(said.facts["digest"]): said.at
        for said in case.facts.tagged(Tag.RETENTION_LIFT)
        if said.facts.get("lifted")
    }
    for row in case.counted("legal holds", stream(case.core, HoldRow, "legal_holds ORDER BY id")):
        about, said = f"legal hold {row.id}", placed.pop(row.digest, None)
        if said is None:
            case.found("row-unlogged", about, "a leaf retention.hold", "none")
            continue
        ended = lifted.get(row.digest, "")
        told, came = (said.at, ended), (wire(row.placed_at), wire(row.lifted_at))
        case.differs("row-differs", about, "placed and lifted", told, came)
        if ended and row.kind == NUMBER:
            cleared = (row.number, row.salt) == (0, b"")  # the values themselves are not shown
            case.differs("row-differs", about, "cleared of its number", True, cleared)
        elif row.kind != NUMBER:
            case.differs("row-differs", about, "without a number", True, row.number == 0)
        if row.kind != NUMBER or not ended:
            came_digest = hold_digest(case.gateway, LegalHold(*row))
            case.differs("row-differs", about, "what was signed", row.digest, came_digest)
    for name in placed:
        case.found("row-missing", f"legal hold {name}", "the row of its leaf", "none")


def check_purged_keys(case: Case) -> None:
    """What is unreadable because its key was destroyed: a signed tombstone of that month says so,
    as it was kept beside the keys. A database of before the purge has no leaf of it."""
    for month, cells in sorted(case.emptied.items()):
        about = f"the period keys of {month}"
        stones = [stone for stone in case.kept.gone.get(month, ()) if _signed(case, stone, month)]
        if not stones:
            case.found("purge-unrecorded", about, "a signed tombstone", "none")
            continue
        last = stones[-1]
        case.report.notes.append(
            f"{month}: {cells} cells are purged with their key, on {last['at']} under policy "
            f"{last['policy']}"
        )


def _signed(case: Case, stone: Mapping[str, str], month: str) -> bool:
    """Whether an officer signed this tombstone, and it is of that month."""
    body, officer = stone.get("document", "").encode(), stone.get("officer", "")
    try:
        went = read_tombstone(body)
        at = from_wire(went.at)
        signed = case.verify.signatures.open_statement(
            stone.get("jws", "").encode(),
            Owner(OwnerKind.OFFICER, officer),
            Role.APPROVAL,
            case.trust,
            at,
            case.gateway,
        )
    except NotVerified:
        return False
    word = signed.statement
    wanted = (PURGE, digest(body))
    return (
        isinstance(word, Approval)
        and (word.act, word.digest) == wanted
        and month in went.months
        and (went.by, went.policy, went.at) == (officer, stone.get("policy"), stone.get("at"))
    )
