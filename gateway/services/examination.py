"""What the numbered checks of a bundle work on, and what they answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.bundle import Members
from gateway.domain.canonical import Json, digest
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.manifest import Manifest
from gateway.domain.statements import Ack, Approval, Confirmation
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, Role, Trust
from gateway.ports import Notes, Signatures, Signed
from gateway.ports.timestamps import Timestamps
from gateway.services.dossier import Dossier, Leaf, Standing, StatementFact

if TYPE_CHECKING:
    from gateway.services.checks_whole import WholeExam


class Status(StrEnum):
    """How a check ended. NOT_CHECKED: the bundle holds nothing for it, or an earlier one failed."""

    OK = "ok"
    FAILED = "FAILED"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's answer when nothing is wrong; what is wrong is raised as NotVerified."""

    status: Status = Status.OK
    detail: str = ""


def ok(detail: str = "") -> Finding:
    """The check holds."""
    return Finding(Status.OK, detail)


def not_checked(why: str) -> Finding:
    """The bundle holds nothing that this check is about."""
    return Finding(Status.NOT_CHECKED, why)


@dataclass(frozen=True, slots=True)
class Exam:
    """One bundle under examination; `pins` are the only keys that count: those of the trust file
    (`base`), and those announced beside them, if check 35 holds; `shown` are those that the bundle
    itself carries."""

    data: bytes
    members: Members
    dossier: Dossier
    manifest: Manifest
    pins: Trust
    shown: Trust
    signatures: Signatures
    notes: Notes
    stamps: Timestamps | None = None
    base: Trust | None = None

    @property
    def pinned(self) -> Trust:
        """The pins as they came, without what the bundle announces (check 35)."""
        return self.base if self.base is not None else self.pins

    @property
    def partner(self) -> Owner:
        """Whose statements they must be."""
        return Owner(OwnerKind.PARTNER, self.manifest.partner)

    @property
    def gateway(self) -> Owner:
        """Whose manifest and checkpoint they must be."""
        return Owner(OwnerKind.GATEWAY, self.pins.gateway)

    @property
    def delivery(self) -> str:
        """The delivery that the manifest names."""
        return str(self.manifest.delivery)

    @property
    def manifest_digest(self) -> str:
        """The manifest's name for life."""
        return digest(self.dossier.manifest)

    def find(self, tag: Tag, **facts: Json) -> Leaf | None:
        """The first leaf of this tag with these facts."""
        return next((leaf for leaf in self.dossier.leaves if leaf.says(tag, **facts)), None)

    def time_of(self, leaf: Leaf | None) -> Micros:
        """The time at which a key must have been valid: its leaf's. That each document has its
        leaf is a check of its own."""
        return leaf.at if leaf is not None else self.dossier.head.exported

    def seal_leaf(self) -> Leaf | None:
        """The leaf of the first sealing."""
        return self.find(Tag.DELIVERY_SEAL, delivery=self.delivery, sealing=1)

    def kept_leaf(self, fact: StatementFact) -> Leaf | None:
        """The leaf that says when a statement was received."""
        kept = (
            leaf
            for leaf in self.dossier.leaves
            if leaf.says(Tag.INBOUND_KEEP, statement=fact.digest) and leaf.at == fact.received
        )
        return next(kept, None)

    def judged_leaf(self, fact: StatementFact) -> Leaf | None:
        """The leaf that says what became of a statement, as its standing has it."""
        named: dict[str, Json] = {"statement": fact.digest}
        if fact.standing is Standing.REFUSED:
            return self.find(Tag.STATEMENT_REFUSE, reason=fact.reason, **named)
        named["delivery"] = self.delivery
        tags: tuple[Tag, ...] = ()
        match fact.statement:
            case Ack():
                tags = (Tag.RECEIPT_RECORD, Tag.RECEIPT_CONFLICT)
                named["counted"] = fact.standing is Standing.COUNTED
            case Confirmation(revision=revision):
                tags = (Tag.CONFIRMATION_RECORD, Tag.CONFIRMATION_CONFLICT)
                named["revision"] = revision
        found = (self.find(tag, **named) for tag in tags)
        return next((leaf for leaf in found if leaf is not None), None)

    def open(self, fact: StatementFact) -> Signed:
        """Verify a partner's statement as of its leaf. Raises NotVerified."""
        at = self.time_of(self.kept_leaf(fact))
        return self.signatures.open_statement(
            fact.jws, self.partner, Role.STATEMENT, self.pins, at, self.pins.gateway
        )

    def acks(self) -> Iterator[tuple[StatementFact, Ack]]:
        """Acknowledgements that were not refused, in the order in which they were judged."""
        for fact in sorted(self.dossier.statements, key=self._place):
            if isinstance(fact.statement, Ack) and fact.standing is not Standing.REFUSED:
                yield fact, fact.statement

    def _place(self, fact: StatementFact) -> int:
        leaf = self.judged_leaf(fact)
        return leaf.index if leaf is not None else -1

    def confirmations(self) -> Iterator[tuple[StatementFact, Confirmation]]:
        """Confirmations that were not refused, in the order of the bundle."""
        for fact in self.dossier.statements:
            if isinstance(fact.statement, Confirmation) and fact.standing is not Standing.REFUSED:
                yield fact, fact.statement

    def approval(self, jws: bytes, word: Approval, tag: Tag) -> Signed:
        """Verify an officer's approval as of its leaf. Raises NotVerified."""
        at = self.time_of(self.find(tag, statement=digest(jws)))
        owner = Owner(OwnerKind.OFFICER, word.iss)
        return self.signatures.open_statement(
            jws, owner, Role.APPROVAL, self.pins, at, self.pins.gateway
        )


@dataclass(frozen=True, slots=True)
class Check:
    """One numbered check. `run` examines a delivery, `whole` a bundle of several beside them; each
    returns a Finding or raises NotVerified."""

    number: int
    title: str
    run: Callable[[Exam], Finding]
    whole: Callable[["WholeExam"], Finding] | None = None


def expect(holds: bool, reason: str, message: str) -> None:
    """Raise NotVerified(reason, message) unless it holds."""
    if not holds:
        raise NotVerified(reason, message)
