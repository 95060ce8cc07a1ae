"""What officers decided of held rows: each act is what its digest covers, signed, and logged.

An act that no batch took may still wait for its second officer; what a batch took is final.
"""

from collections.abc import Iterator
from typing import NamedTuple

from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.proposals import CONTEXT_RULES, UNSURE_PLACE
from gateway.domain.records import IntakeRow
from gateway.domain.resolutions import ACCEPT, Resolution, act_digest, subject
from gateway.domain.row_digest import row_digest
from gateway.domain.statements import Approval
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.fsck.case import Case, wire
from gateway.fsck.decided import held_rows
from gateway.fsck.facts import Said
from gateway.fsck.intakes import as_written
from gateway.fsck.sql import one
from gateway.fsck.trust import NEEDED

_MEMBERS = (
    *("id", "intake", "position", "part", "act", "number", "route", "test", "confidence"),
    *("reason", "reference", "officer", "second", "why_second", "salt", "digest", "at"),
)
_RESOLUTIONS = (
    f"SELECT {', '.join(_MEMBERS)} FROM resolutions WHERE intake = ?"  # noqa: S608  # constants
    " ORDER BY digest, position, part"
)
_WORDS = "SELECT officer, kid, jws, at FROM approvals WHERE act = ? AND subject = ? AND digest = ?"
_TAKEN = "SELECT position, number FROM entry_sources WHERE intake = ?"


class HoldAct(NamedTuple):
    """One signed act: its parts in order, and who signed it, officer and key."""

    parts: list[Resolution]
    signers: set[tuple[str, str]]

    def is_final(self, position: int) -> bool:
        """Whether what it says of a row stands."""
        officers, keys = {who for who, _ in self.signers}, {kid for _, kid in self.signers}
        second = any(part.second for part in self.parts if part.position == position)
        enough = min(len(officers), len(keys)) >= (NEEDED if second else 1)
        return self.parts[0].officer in officers and enough


def acts_of(case: Case, intake: int) -> Iterator[HoldAct]:
    """The acts about an intake's rows, each with the signatures over it that verify."""
    acts: dict[str, list[Resolution]] = {}
    for row in case.core.rows(_RESOLUTIONS, intake):
        named = dict(zip(_MEMBERS, row, strict=True))
        named |= {"test": bool(named["test"]), "second": bool(named["second"])}
        acts.setdefault(named["digest"], []).append(Resolution(**named))
    for digest, parts in acts.items():
        yield HoldAct(parts, set(_signers(case, intake, digest)))


def _signers(case: Case, intake: int, digest: str) -> Iterator[tuple[str, str]]:
    asked = ("hold.resolve", subject(intake), digest)
    for officer, kid, jws, at in case.core.rows(_WORDS, *asked):
        owner = Owner(OwnerKind.OFFICER, officer)
        try:
            signed = case.verify.signatures.open_statement(
                jws, owner, Role.APPROVAL, case.trust, at, case.gateway
            )
        except NotVerified:
            continue  # the check of approvals tells it
        word = signed.statement
        if isinstance(word, Approval) and (word.act, word.subject, word.digest) == asked:
            yield officer, kid


def check_resolutions(case: Case) -> None:
    """Every act against its digest, its signatures and its leaf; every leaf against its act."""
    if "resolutions" not in case.core.columns():
        return
    leaves: dict[str, list[Said]] = {}
    for said in case.facts.tagged(Tag.HOLD_RESOLVE):
        leaves.setdefault(str(said.facts.get("digest")), []).append(said)
    sql = "SELECT DISTINCT i.id, i.digest FROM intakes i JOIN resolutions r ON r.intake = i.id"
    for intake, file in case.core.rows(f"{sql} ORDER BY i.id"):
        rows, order = held_rows(case, intake), list[tuple[int, int]]()
        taken = {(position, number) for position, number in case.core.rows(_TAKEN, intake)}
        for act in case.counted("resolutions", acts_of(case, intake)):
            _check_act(case, act, file, rows)
            _check_signed(case, act, taken)
            told = leaves.pop(act.parts[0].digest, [])
            _check_said(case, act, file, told)
            order += [(min(part.id for part in act.parts), told[0].leaf) for _ in told[:1]]
        in_order = [leaf for _, leaf in sorted(order)]
        about = f"resolutions of intake {intake}"
        case.differs("row-differs", about, "their order", sorted(in_order), in_order)
    purged = {row[0] for row in case.core.rows("SELECT id FROM intakes WHERE state = 'purged'")}
    purged |= {row[0] for row in case.core.rows("SELECT id FROM intakes") if _emptied(case, row[0])}
    for digest, told in leaves.items():
        if told[0].facts.get("intake") not in purged:
            case.found("row-missing", str(told[0]), f"the resolutions of {digest}", "none")


def _emptied(case: Case, intake: int) -> bool:
    return f"intake {intake}" in case.emptied_subjects


def _about(act: HoldAct) -> str:
    return f"a resolution of intake {act.parts[0].intake}, {act.parts[0].digest}"


def _check_act(case: Case, act: HoldAct, file: str, rows: dict[int, IntakeRow]) -> None:
    """What was signed covers these parts of these rows, and the numbers are theirs."""
    first = act.parts[0]
    lines = [(row_digest(rows[p.position]) if p.position in rows else "", p) for p in act.parts]
    came = act_digest(first.salt, case.gateway, first.intake, file, lines)
    case.differs("row-differs", _about(act), "what was signed", first.digest, came)
    for part in act.parts:
        row = rows.get(part.position)
        if row is None or part.act != ACCEPT or part.second:
            continue
        about = f"row {part.position} of intake {part.intake}"
        if row.rule in CONTEXT_RULES | UNSURE_PLACE:
            case.found("approval-missing", about, "a second officer's look", "none is asked for")
        if not as_written(row.raw, part.number):
            case.found("number-differs", about, "the digits that the source wrote", "others")


def _check_signed(case: Case, act: HoldAct, taken: set[tuple[int, int]]) -> None:
    """The officer who decided signed it; where a batch took it, so did the second one."""
    first = act.parts[0]
    if first.officer not in {officer for officer, _ in act.signers}:
        case.found("approval-missing", _about(act), f"signed by officer {first.officer}", "not")
    waiting = {
        part.position
        for part in act.parts
        if (part.position, part.number) in taken and not act.is_final(part.position)
    }
    if waiting:
        expected = "two officers over the same digest"
        case.found("approval-missing", _about(act), expected, f"{len(waiting)} rows in batches")


def _check_said(case: Case, act: HoldAct, file: str, leaves: list[Said]) -> None:
    if not leaves:
        return case.found("row-unlogged", _about(act), "a leaf hold.resolve", "none")
    first, facts = act.parts[0], leaves[0].facts
    names = ("intake", "file", "officer", "rows", "accepted", "second")
    told = (*(facts.get(name) for name in names), leaves[0].at)
    came = (
        first.intake,
        file,
        first.officer,
        len({part.position for part in act.parts}),
        len({part.position for part in act.parts if part.act == ACCEPT}),
        len({part.position for part in act.parts if part.second}),
        wire(first.at),
    )
    case.differs("row-differs", _about(act), "officer, counts, time", told, came)
    word = one(case.core, f"{_WORDS} AND officer = ? ORDER BY at", *_asked(first), first.officer)
    if word is not None:
        case.differs("row-differs", _about(act), "time", word[3], first.at)
    return None


def _asked(first: Resolution) -> tuple[str, str, str]:
    return "hold.resolve", subject(first.intake), first.digest
