"""Who may sign in to the console, as what, and what each role may do there.

A role opens pages; it never replaces a signature. What two officers decide is signed with their own
keys (gateway/services/approvals.py), whatever the role of the account that shows it.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.times import Micros


class Role(StrEnum):
    """What an account is for; each account has one."""

    PREPARER = "preparer"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What a page or an act asks of whoever opens it.

    READ: lists and details, numbers masked. PREPARE: intakes, holds, batches up to their
    submission. RELEASE: endorse, release, stop. CHASE: resend, resume, remind. UNMASK: see one
    number in full, with a reason. EXPORT: evidence, reports and lists to take away. AUDIT: the
    access log and the ledger search. PARTNERS: propose and approve partners and consents. TABLES:
    propose and activate dated tables and policies. ACCOUNTS: who may sign in.
    """

    READ = "read"
    PREPARE = "prepare"
    RELEASE = "release"
    CHASE = "chase"
    UNMASK = "unmask"
    EXPORT = "export"
    AUDIT = "audit"
    PARTNERS = "partners"
    TABLES = "tables"
    ACCOUNTS = "accounts"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.PREPARER: frozenset(
        {Right.READ, Right.PREPARE, Right.CHASE, Right.UNMASK, Right.EXPORT, Right.PARTNERS}
        | {Right.TABLES}
    ),
    Role.APPROVER: frozenset(
        {Right.READ, Right.PREPARE, Right.RELEASE, Right.CHASE, Right.UNMASK, Right.EXPORT}
        | {Right.PARTNERS, Right.TABLES}
    ),
    Role.AUDITOR: frozenset({Right.READ, Right.UNMASK, Right.EXPORT, Right.AUDIT}),
    Role.ADMINISTRATOR: frozenset({Right.READ, Right.ACCOUNTS}),
}
"""The one table of what a role may do. An administrator releases nothing and sees no number."""

TOTP_ROLES = frozenset({Role.APPROVER, Role.ADMINISTRATOR})
"""Who can't sign in with a password alone."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in. `officer` names the officer whose key this person holds, "" where
    there is none; `disabled` ends all sessions at once; `language` is "id" or "en"."""

    id: str
    name: str
    role: Role
    officer: str
    language: str
    disabled: bool
    totp: bool

    def may(self, right: Right) -> bool:
        """Whether the role has the right, and the account is not disabled."""
        return not self.disabled and right in RIGHTS[self.role]


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that lasts until it ends, is revoked, or the account changes. `csrf` is the token
    that its forms carry."""

    account: Account
    csrf: str
    began: Micros
    ends: Micros
