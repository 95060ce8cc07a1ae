"""Accounts of the console: every row is as its last event left it, secrets by their digests (D)."""

from typing import NamedTuple

from gateway.domain.canonical import digest, encode
from gateway.domain.ledger import Tag
from gateway.fsck.case import Case
from gateway.fsck.facts import Said
from gateway.fsck.rows import listed


class AccountRow(NamedTuple):
    """accounts"""

    id: str
    name: str
    role: str
    officer: str
    password: str
    must_change: bool
    totp: str
    recovery: str
    key: str
    disabled: bool
    asked: str
    asked_by: str
    made_at: int
    changed_at: int


_HIDDEN = frozenset({"password", "totp", "recovery", "key"})
_FLAGS = frozenset({"must_change", "disabled"})


def check_staff(case: Case) -> None:
    """The digest of each row is the one that its last event names; no row is missing."""
    if "accounts" not in case.core.columns():
        return
    last: dict[str, Said] = {}
    for said in case.facts.tagged(Tag.ACCOUNT_ADD, Tag.ACCOUNT_ASK, Tag.ACCOUNT_CHANGE):
        account = str(said.facts.get("account"))
        if account not in last or said.leaf > last[account].leaf:
            last[account] = said
    rows = listed(case.core, AccountRow, "accounts ORDER BY id")
    for row in case.counted("accounts", rows):
        told, about = last.pop(row.id, None), f"account {row.id}"
        if told is None:
            case.found("row-unlogged", about, "a leaf of its making", "none")
            continue
        case.differs("row-differs", about, "the digest", told.facts.get("digest"), _digest(row))
    for account, said in last.items():
        case.found("row-missing", str(said), f"account {account}", "none")


def _digest(row: AccountRow) -> str:
    document = {
        name: digest(value.encode()) if name in _HIDDEN else value
        for name, value in row._asdict().items()
    }
    return digest(encode(document | {name: bool(document[name]) for name in _FLAGS}))
