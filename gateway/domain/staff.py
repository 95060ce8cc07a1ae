"""What is kept of accounts and sessions, beside what a page is shown of them (accounts.py)."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.accounts import TOTP_ROLES, Account, Role
from gateway.domain.canonical import JsonObject, digest, encode
from gateway.domain.times import Micros


@dataclass(frozen=True, slots=True)
class StaffRecord:
    """An account as kept.

    `password` is an argon2id text, `must_change` says that somebody else knows it. `totp` is the
    secret of its one-time codes, encrypted, "" until it is enrolled; `totp_step` the last step of
    30 s that was used; `recovery` are keyed hashes, blank between them. `key` is the officer's
    encrypted PKCS#8 PEM. `asked` is what waits for a second administrator, asked by `asked_by`:
    "", "role <role>", "enable", "password", "totp".
    """

    id: str
    name: str
    role: Role
    officer: str = ""
    language: str = "id"
    password: str = ""
    must_change: bool = True
    totp: str = ""
    totp_step: int = 0
    recovery: str = ""
    key: str = ""
    disabled: bool = False
    asked: str = ""
    asked_by: str = ""
    made_at: Micros = 0
    changed_at: Micros = 0

    @property
    def account(self) -> Account:
        """What a page is shown of it."""
        return Account(
            self.id,
            self.name,
            self.role,
            self.officer,
            self.language,
            self.disabled,
            bool(self.totp),
        )

    @property
    def needs_totp(self) -> bool:
        """Whether its role must have a second factor."""
        return self.role in TOTP_ROLES


def staff_digest(record: StaffRecord) -> str:
    """What the ledger says of an account, and fsck proves: all but the language, the step of its
    codes and what hangs on it; secrets by their digests."""
    document: JsonObject = {
        "id": record.id,
        "name": record.name,
        "role": str(record.role),
        "officer": record.officer,
        "password": digest(record.password.encode()),
        "must_change": record.must_change,
        "totp": digest(record.totp.encode()),
        "recovery": digest(record.recovery.encode()),
        "key": digest(record.key.encode()),
        "disabled": record.disabled,
        "asked": record.asked,
        "asked_by": record.asked_by,
        "made_at": record.made_at,
        "changed_at": record.changed_at,
    }
    return digest(encode(document))


class Stage(StrEnum):
    """Where a sign-in stands: only an OPEN one opens pages. CODE asks for a one-time code, PASSWORD
    for an own password, ENROL for the enrolment of codes."""

    CODE = "code"
    PASSWORD = "password"  # noqa: S105  the name of a step
    ENROL = "enrol"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session as kept: `token` is the SHA-256 of what the cookie holds. It counts until `ends`,
    or half an hour after `last_seen`, and only in the gateway's `epoch` in which it began: a
    restored backup revives none. `pending` is a secret of codes that is not yet confirmed."""

    token: str
    account: str
    stage: Stage
    csrf: str
    began: Micros
    ends: Micros
    last_seen: Micros
    address: str
    agent: str
    epoch: int
    pending: str = ""
