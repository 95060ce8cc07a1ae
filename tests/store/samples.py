"""Small honest aggregates for tests of the store; numbers are synthetic (NDC 0870)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest

from gateway.domain.batch import Batch, BatchState, Entry
from gateway.domain.consent import ConsentRecord
from gateway.domain.decided_rows import DecidedRows
from gateway.domain.delivery import Delivery, Priority
from gateway.domain.errors import Conflict
from gateway.domain.ids import DeliveryId, Envelope
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.manifest import EntriesHead, Manifest
from gateway.domain.parties import Officer, Partner, PartnerKind
from gateway.domain.records import (
    ApprovalRecord,
    Attempt,
    ConfirmationRecord,
    GatewayState,
    InboundRecord,
    Intake,
    IntakeRow,
    ManifestRecord,
    Receipt,
    ReferenceTable,
    SealedEntry,
    Sealing,
)
from gateway.domain.row_pages import write_page
from gateway.domain.statements import Consent
from gateway.domain.times import DAY, HOUR, Micros
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from gateway.ports import Aggregate, Store, UnitOfWork

T0: Micros = 1_795_000_000 * 1_000_000
"""A moment in November 2026."""

OPERATOR = "opr-uji-a"
OTT = "ott-uji-a"
D1 = "7.opr-uji-a.1"


@dataclass
class FixedClock:
    """A clock that a test moves."""

    at: Micros = T0

    def now(self) -> Micros:
        """The time it was set to."""
        return self.at


def sha(text: str) -> str:
    """A digest of something named."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def event(tag: Tag = Tag.BATCH_PREPARE, **facts: object) -> LedgerEvent:
    """An event with these facts."""
    return LedgerEvent(tag, T0, dict(facts))


def number(i: int) -> int:
    """The i-th synthetic number."""
    return 6_287_000_000_000 + i


def entry(i: int, action: str = "block", route: str = OPERATOR) -> Entry:
    """A verified number."""
    return Entry(number(i), action, "judi", "sms", f"B-{i}", "2026-11-01", "uu-ite", "", route, 1)


def gateway() -> GatewayState:
    """The gateway's head."""
    return GatewayState("palang-uji", "palang-uji.example/log", 1, T0)


def partner(name: str = OPERATOR, kind: PartnerKind = PartnerKind.OPERATOR) -> Partner:
    """A partner with one channel."""
    return Partner(
        id=name,
        kind=kind,
        name="Operator Uji",
        channel="sftp://palang@localhost:2222/inbox",
        reply="sftp://palang@localhost:2222/outbox",
        peer="ssh-ed25519 AAAA",
        envelope=Envelope.JOSE,
        test=True,
        term="PT24H",
        card=sha("card"),
    )


def officer(name: str = "siti") -> Officer:
    """A person."""
    return Officer(name, "Siti Uji", f"kid-{name}", T0)


def key(kid: str = "kid-1", owner: str = OPERATOR) -> PinnedKey:
    """A partner's statement key."""
    return PinnedKey(
        kid,
        Owner(OwnerKind.PARTNER, owner),
        Role.STATEMENT,
        Algorithm.ED25519,
        '{"crv":"Ed25519","kty":"OKP","x":"AA"}',
        T0,
        T0 + 365 * DAY,
    )


def consent(name: str = OTT) -> ConsentRecord:
    """A consent of an OTT."""
    terms = Consent(
        iss=name,
        aud="palang-uji",
        at=T0,
        since=T0,
        until=T0 + 90 * DAY,
        categories=("judi",),
        channels=("sms",),
        origins=("domestic",),
        fields=("category",),
        most=100,
        period="P30D",
        purpose="uji",
        retention="P30D",
        target="P3D",
    )
    return ConsentRecord(name, sha(f"consent-{name}"), terms)


def reference(version: str = "2026-11") -> ReferenceTable:
    """A small numbering plan."""
    rows = (("0870", OPERATOR), ("0871", "opr-uji-b"))
    return ReferenceTable("plan", version, "uji", sha(version), ("ndc", "route"), rows)


def approval(subject: str = "batch:7", who: str = "siti") -> ApprovalRecord:
    """An officer's signed word."""
    return ApprovalRecord("batch.submit", subject, sha("review"), who, f"kid-{who}", b"jws", T0)


def intake(name: str = "daftar.csv") -> Intake:
    """A file of rows."""
    return Intake(0, "satgas", name, sha(name), T0, "siti", "plan 2026-11", (("accepted", 2),))


def intake_row(row: int, outcome: str = "accepted") -> IntakeRow:
    """A decided row."""
    decided = number(row) if outcome == "accepted" else 0
    return IntakeRow(
        row,
        f"sel {row}",
        outcome,
        decided,
        "certain",
        OPERATOR,
        "rule",
        "",
        "judi",
        "sms",
        f"B-{row}",
        "2026-11-01",
        "block",
        True,
    )


def pages(rows: Iterable[IntakeRow], first: int = 1) -> list[tuple[int, bytes]]:
    """The rows as two pages, so that what reads them meets a second one."""
    parts = list(rows)
    half = (len(parts) + 1) // 2
    places = ((first, parts[:half]), (first + half, parts[half:]))
    return [(at, write_page(DecidedRows.of(part))) for at, part in places if part]


def add_intake(
    uow: UnitOfWork, intake: Intake, rows: Iterable[IntakeRow], event: LedgerEvent
) -> int:
    """Begin, fill and finish an intake in one unit; return its id."""
    key = uow.lists.begin_intake(intake)
    uow.lists.put_pages(key, pages(rows))
    uow.lists.finish_intake(replace(intake, id=key), event)
    return key


def batch(name: int = 7, state: BatchState = BatchState.PREPARED, stopped: bool = False) -> Batch:
    """A batch's head."""
    released = T0 + HOUR if state is BatchState.RELEASED else None
    review = b"" if state is BatchState.PREPARED else b"review"
    return Batch(name, True, Priority.ROUTINE, b"s" * 32, T0, state, review, released, stopped)


def delivery(
    batch: int = 7, partner: str = OPERATOR, n: int = 1, priority: Priority = Priority.ROUTINE
) -> Delivery:
    """A queued delivery that is due."""
    return Delivery(f"{batch}.{partner}.{n}", batch, partner, priority, T0, T0)


def manifest(delivery: str = D1, sequence: int = 1, partner: str = OPERATOR) -> ManifestRecord:
    """A signed manifest."""
    digest, body = sha(f"manifest {delivery}"), manifest_body(delivery, sequence, partner)
    return ManifestRecord(delivery, partner, 1, sequence, digest, body, b"jws", b"z" * 32)


def manifest_body(delivery: str, sequence: int, partner: str) -> bytes:
    """What is signed of a slice of three entries, answered within a day."""
    return Manifest(
        gateway="komdigi-uji",
        partner=partner,
        epoch=1,
        sequence=sequence,
        previous="",
        kind="delta",
        voids=(),
        delivery=DeliveryId.parse(delivery),
        basis="mandatory",
        consent="",
        test=True,
        block=3,
        unblock=0,
        entries=EntriesHead(100, sha("entries"), sha("root")),
        released=T0,
        issued=T0,
        respond_within="PT24H",
        checkpoint="a note",
    ).to_bytes()


def sealing(delivery: str = D1, number: int = 1, at: Micros = T0) -> Sealing:
    """One envelope."""
    return Sealing(delivery, number, b"parcel", sha(f"parcel {delivery} {number}"), "kid-s", at)


def attempt(delivery: str = D1, number: int = 1) -> Attempt:
    """An attempt in flight."""
    return Attempt(delivery, number, 1, T0, "")


def inbound(name: str = "ack", partner: str = OPERATOR) -> InboundRecord:
    """Bytes as received."""
    return InboundRecord(0, partner, "statement", sha(name), name.encode(), T0)


def receipt(statement: str = "ack", delivery: str = D1) -> Receipt:
    """A positive acknowledgement."""
    return Receipt(sha(statement), delivery, "positive", "", "kid-1", T0, T0, True, False)


def confirmation(
    statement: str = "confirm", revision: int = 1, conflict: bool = False, delivery: str = D1
) -> ConfirmationRecord:
    """A confirmation's head."""
    return ConfirmationRecord(sha(statement), delivery, revision, "kid-1", T0, T0, conflict)


def seed(uow: UnitOfWork, batches: tuple[int, ...] = (7,)) -> None:
    """Two partners, and batches that were released with a queued delivery to the operator."""
    uow.save(partner(), event(Tag.PARTNER_PROPOSE))
    uow.save(partner(OTT, PartnerKind.OTT), event(Tag.PARTNER_PROPOSE))
    for name in batches:
        uow.save(batch(name, BatchState.RELEASED), event(Tag.BATCH_RELEASE))
        uow.save(delivery(name), event(Tag.BATCH_RELEASE))


def refused(store: Store, aggregate: Aggregate, words: str) -> None:
    """Assert that a unit of its own can't save this: Conflict with these words."""
    with pytest.raises(Conflict, match=words), store.write() as uow:
        uow.save(aggregate, event())


def seal(uow: UnitOfWork, delivery: str, numbers: tuple[int, ...], unblock: bool = False) -> None:
    """Give the delivery a slice of these numbers, in this order."""
    lines = [SealedEntry(place, value, unblock) for place, value in enumerate(numbers, 1)]
    uow.deliveries.put_slice(delivery, lines)
