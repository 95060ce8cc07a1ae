"""Self-test ladders: every row has its leaf, and a result is what the gateway signed (D, I)."""

from collections.abc import Iterator
from typing import NamedTuple

from gateway.domain.canonical import digest
from gateway.domain.ladder.rungs import KIND, LadderResult, read_result
from gateway.domain.ledger import Tag
from gateway.domain.times import SECOND
from gateway.domain.trust import Role
from gateway.fsck.case import Case, wire
from gateway.fsck.facts import Said
from gateway.fsck.rows import stream


class LadderRow(NamedTuple):
    """ladder"""

    id: int
    partner: str
    card: str
    kind: str
    head: str
    digest: str
    body: bytes
    at: int


def check_ladder(case: Case) -> None:
    """The rows in the order of their leaves; results by their signature; who went live by what."""
    if "ladder" not in case.core.columns():
        return
    leaves = iter(list(case.facts.tagged(Tag.LADDER_RECORD)))
    passed, overridden = set(), set()
    rows = stream(case.core, LadderRow, "ladder ORDER BY id")
    for row in case.counted("notes of ladders", rows):
        about = f"note {row.id} of the ladder of {row.partner}"
        _as_logged(case, about, row, next(leaves, None))
        if row.kind == "override":
            overridden.add((row.partner, row.card, row.head))
        result = _result(case, about, row) if row.kind == "result" else None
        if result is not None and result.passed:
            passed.add((row.partner, row.card, row.digest))
    for said in leaves:
        case.found("row-missing", str(said), "the note of a ladder that it records", "none")
    _founded(case, passed, overridden)


def _as_logged(case: Case, about: str, row: LadderRow, said: Said | None) -> None:
    if said is None:
        case.found("row-unlogged", about, "a leaf ladder.record", "none")
        return
    names = ("partner", "card", "kind", "digest", "head", "us")
    told = tuple(said.facts.get(name) for name in names)
    head = digest(row.head.encode())
    came = (row.partner, row.card, row.kind, row.digest, head, row.at % SECOND)
    case.differs("row-differs", about, ", ".join(names), told, came)
    case.differs("row-differs", about, "at", said.at, wire(row.at))
    case.differs("row-differs", about, "the digest of its bytes", row.digest, digest(row.body))


def _result(case: Case, about: str, row: LadderRow) -> LadderResult | None:
    def verify() -> LadderResult:
        payload, _key = case.verify.signatures.verify(
            row.body, KIND, case.own, Role.STATEMENT, case.trust, row.at
        )
        return read_result(payload)

    result = case.holds("statement-signature", about, "a result signed by the gateway", verify)
    if result is not None:
        told = (result.gateway, result.partner, result.card)
        came = (case.gateway, row.partner, row.card)
        case.differs("statement-differs", about, "gateway, partner, card", told, came)
    return result


def _founded(
    case: Case, passed: set[tuple[str, str, str]], overridden: set[tuple[str, str, str]]
) -> None:
    """Whoever went live by a ladder or an override has it here, for the very card."""
    for said, partner, card in _approvals(case):
        ladder, override = said.facts.get("ladder"), said.facts.get("override")
        if ladder is not None and (partner, card, str(ladder)) not in passed:
            case.found("row-missing", str(said), "the passed ladder that it names", "none")
        if override is not None and (partner, card, str(override)) not in overridden:
            case.found("row-missing", str(said), "the override that it names", "none")


def _approvals(case: Case) -> Iterator[tuple[Said, str, str]]:
    for said in case.facts.tagged(Tag.PARTNER_APPROVE):
        yield said, str(said.facts.get("partner")), str(said.facts.get("card"))
