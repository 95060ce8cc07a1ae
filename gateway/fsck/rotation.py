"""Announced and retired keys: each by two officers with two keys (promise I)."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.ledger import Tag
from gateway.domain.rotation import announcement_digest, retirement_digest
from gateway.domain.times import from_wire
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from gateway.fsck.approvals import Words
from gateway.fsck.case import Case
from gateway.fsck.rows import ApprovalRow, KeyRow, listed
from gateway.fsck.windows import NEEDED, second


def check_rotations(case: Case, words: Words) -> None:
    """Every announcement that counts, and every retirement, has its two signatures."""
    for row in listed(case.core, KeyRow, "keys ORDER BY kid"):
        subject, key = f"key:{row.kid}", _pinned(row)
        announced = second(case, row.kid, Tag.KEY_ANNOUNCE)
        if announced is not None:
            whole = replace(key, not_after=from_wire(str(announced.facts["ends"])))
            over = announcement_digest(whole)
            _two(case, row.kid, words.over(subject, "key.announce", over))
        if second(case, row.kid, Tag.KEY_RETIRE) is not None:
            _two(case, row.kid, words.over(subject, "key.retire", retirement_digest(key)))


def _two(case: Case, kid: str, given: Sequence[ApprovalRow]) -> None:
    officers, keys = {word.officer for word in given}, {word.kid for word in given}
    if len(officers) < NEEDED or len(keys) < NEEDED:
        came = ", ".join(sorted(f"{word.act} by {word.officer}" for word in given))
        about = f"key {kid}"
        case.found("approval-missing", about, "two officers over the same digest", came or "none")


def _pinned(row: KeyRow) -> PinnedKey:
    owner = Owner(OwnerKind(row.owner_kind), row.owner)
    span = (row.not_before, row.not_after, row.revoked)
    return PinnedKey(row.kid, owner, Role(row.role), Algorithm(row.alg), row.public, *span)
