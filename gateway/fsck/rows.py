"""Rows as named tuples, with the columns that checks look at, and how they are read."""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from gateway.fsck.sql import Database, Row


class KeyRow(NamedTuple):
    """keys"""

    kid: str
    owner_kind: str
    owner: str
    role: str
    alg: str
    public: str
    not_before: int
    not_after: int
    revoked: int | None


class OfficerRow(NamedTuple):
    """officers"""

    id: str
    name: str
    kid: str
    enrolled_at: int
    standing: str


class PartnerRow(NamedTuple):
    """partners"""

    id: str
    kind: str
    name: str
    channel: str
    reply: str
    peer: str
    envelope: str
    test: bool
    term: str
    card: str
    standing: str


class ConsentRow(NamedTuple):
    """consents"""

    digest: str
    partner: str
    given_at: int
    terms: bytes
    withdrawn_at: int | None
    ended_at: int | None


class ApprovalRow(NamedTuple):
    """approvals"""

    key: int
    act: str
    subject: str
    digest: str
    officer: str
    kid: str
    jws: bytes
    at: int


class BatchRow(NamedTuple):
    """batches"""

    id: int
    test: bool
    priority: int
    salt: bytes
    created_at: int
    state: str
    review: bytes
    released_at: int | None
    stopped: bool


class IntakeRow(NamedTuple):
    """intakes"""

    id: int
    source: str
    digest: str
    added_at: int
    rules: str
    counts: str


class DeliveryRow(NamedTuple):
    """deliveries"""

    key: int
    id: str
    batch: int
    partner: str
    priority: int
    state: str
    epoch: int
    sequence: int
    manifest: str
    sealing: int
    attempts: int
    tries: int
    fence: int
    handed_over_at: int | None
    acknowledged_at: int | None
    conflict: bool
    reason: str
    queued_at: int


class ManifestRow(NamedTuple):
    """manifests"""

    delivery: str
    partner: str
    epoch: int
    sequence: int
    digest: str
    body: bytes
    jws: bytes
    salt: bytes


class SealingRow(NamedTuple):
    """sealings, without their bytes"""

    delivery: str
    number: int
    digest: str
    kid: str
    at: int


class AttemptRow(NamedTuple):
    """attempts"""

    delivery: str
    number: int
    sealing: int
    began_at: int
    consent: str
    outcome: str
    ended_at: int | None
    endpoint: str
    peer_fingerprint: str
    remote_id: str
    error: str


class InboundRow(NamedTuple):
    """inbound"""

    id: int
    partner: str
    kind: str
    digest: str
    body: bytes
    received_at: int
    state: str
    reason: str


class ReceiptRow(NamedTuple):
    """receipts"""

    key: int
    statement: str
    delivery: str
    result: str
    reason: str
    kid: str
    said_at: int
    received_at: int
    counted: bool
    late: bool


class ConfirmationRow(NamedTuple):
    """confirmations"""

    key: int
    statement: str
    delivery: str
    revision: int
    kid: str
    said_at: int
    received_at: int
    conflict: bool


class StreamRow(NamedTuple):
    """streams"""

    partner: str
    epoch: int
    sequence: int
    previous: str
    voids: str


class NothingRow(NamedTuple):
    """nothings"""

    statement: str
    partner: str
    epoch: int
    sequence: int
    kid: str
    said_at: int
    received_at: int


class OutgoingRow(NamedTuple):
    """outgoing"""

    digest: str
    partner: str
    kind: str
    subject: str
    body: bytes
    made_at: int


R = TypeVar("R", bound=Row)


def select(kind: type[R], tail: str) -> str:
    """The statement that reads rows of a kind: its columns, from `tail`."""
    names = ", ".join(kind._fields)  # type: ignore[attr-defined]  # every R here is a NamedTuple
    return f"SELECT {names} FROM {tail}"  # noqa: S608  # both are constants of this package


def stream(database: Database, kind: type[R], tail: str, *values: object) -> Iterator[R]:
    """Rows one after the other."""
    for row in database.stream(select(kind, tail), *values):
        yield kind(*row)


def listed(database: Database, kind: type[R], tail: str, *values: object) -> list[R]:
    """Rows of a query that has few."""
    return [kind(*row) for row in database.rows(select(kind, tail), *values)]
