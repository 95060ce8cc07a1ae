"""Officers' signed words over what they were shown (promise I).

An approval is a statement by an officer to the gateway: `act` on `subject`, over the digest of the
exact bytes that were shown. Who an officer is, the signature says; an id alone proves nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.canonical import JsonObject
from gateway.domain.canonical import digest as digest_of
from gateway.domain.errors import NotPermitted, NotVerified
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Officer, Standing
from gateway.domain.records import ApprovalRecord
from gateway.domain.statements import Approval, Kind, to_bytes
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.ports import Signatures, Signer, UnitOfWork

NEEDED = 2
"""Officers whose signatures a trust change takes (promise I); the bootstrap enrols as many."""


class Act(StrEnum):
    """What an officer can sign."""

    HOLD_RESOLVE = "hold.resolve"
    BATCH_SUBMIT = "batch.submit"
    BATCH_ENDORSE = "batch.endorse"
    BATCH_RELEASE = "batch.release"
    BATCH_REOPEN = "batch.reopen"
    BATCH_STOP = "batch.stop"
    PARTNER_PROPOSE = "partner.propose"
    PARTNER_APPROVE = "partner.approve"
    REFERENCE_ACTIVATE = "reference.activate"
    OFFICER_APPROVE = "officer.approve"
    KEY_ANNOUNCE = "key.announce"
    KEY_RETIRE = "key.retire"
    KEY_REVOKE = "key.revoke"
    DELIVERY_RESUME = "delivery.resume"
    DELIVERY_RESEND = "delivery.resend"
    DELIVERY_STOP = "delivery.stop"
    EPOCH_OPEN = "epoch.open"
    RETENTION_HOLD = "retention.hold"
    RETENTION_LIFT = "retention.lift"
    RETENTION_PURGE = "retention.purge"


@dataclass(frozen=True, slots=True)
class Signatory:
    """An officer at work: the id that is claimed, and the private key that must prove it."""

    officer: str
    signer: Signer


@dataclass(frozen=True, slots=True)
class Asked:
    """What an approval must be about: the act, its subject, the digest of what was shown."""

    act: Act
    subject: str
    digest: str


class Approvals:
    """Makes and verifies approval statements; their audience is the gateway's name."""

    def __init__(self, signatures: Signatures) -> None:
        self._signatures = signatures

    @property
    def signatures(self) -> Signatures:
        """What verifies them."""
        return self._signatures

    def sign(self, uow: UnitOfWork, by: Signatory, asked: Asked, at: Micros) -> ApprovalRecord:
        """Sign as this officer, and verify against the pinned keys at once.

        Raises NotFound (no such officer), NotPermitted (not live), NotVerified (not their key).
        """
        audience = uow.registry.gateway().name
        word = Approval(by.officer, audience, at, str(asked.act), asked.subject, asked.digest)
        jws = self._signatures.sign(to_bytes(word), str(Kind.APPROVAL), by.signer)
        return self.check(uow, by.officer, jws, asked, at)

    def check(
        self, uow: UnitOfWork, officer: str, jws: bytes, asked: Asked, at: Micros
    ) -> ApprovalRecord:
        """The record of an approval, if this live officer signed exactly this with a key valid at
        `at`.

        Raises NotFound, NotPermitted, NotVerified("wrong-subject" and what Signatures raises).
        """
        live_officer(uow, officer)
        return self.verify(uow, officer, jws, asked, at)

    def verify(
        self, uow: UnitOfWork, officer: str, jws: bytes, asked: Asked, at: Micros
    ) -> ApprovalRecord:
        """As `check`, whatever the officer's standing is by now.

        Raises NotVerified.
        """
        audience = uow.registry.gateway().name
        owner = Owner(OwnerKind.OFFICER, officer)
        signed = self._signatures.open_statement(
            jws, owner, Role.APPROVAL, uow.registry.trust(), at, audience
        )
        word = signed.statement
        if not isinstance(word, Approval):
            raise NotVerified("wrong-typ", f"officer {officer} signed a {signed.kind}, no approval")
        if (word.act, word.subject, word.digest) != (asked.act, asked.subject, asked.digest):
            raise NotVerified(
                "wrong-subject",
                f"officer {officer} signed {word.act} on {word.subject} over {word.digest}; "
                f"{asked.act} on {asked.subject} over {asked.digest} is asked",
                hint="show the subject again and sign what is shown",
            )
        return ApprovalRecord(
            str(asked.act), asked.subject, asked.digest, officer, signed.key.kid, jws, at
        )

    def join(
        self, uow: UnitOfWork, by: Signatory, asked: Asked, at: Micros
    ) -> list[ApprovalRecord]:
        """The signatures of different officers that hold over exactly this, with a new one last.

        Raises NotPermitted where this officer signed already, and what `sign` raises.
        """
        words = [
            word
            for word in uow.registry.approvals(asked.subject)
            if word.act == asked.act and word.digest == asked.digest and self.holds(uow, word, at)
        ]
        if by.officer in {word.officer for word in words}:
            raise NotPermitted(
                f"officer {by.officer} has signed {asked.act} on {asked.subject} already",
                hint="another live officer signs next",
            )
        return [*words, self.sign(uow, by, asked, at)]

    def holds(self, uow: UnitOfWork, record: ApprovalRecord, now: Micros) -> bool:
        """Whether a kept approval still counts: its signature holds at its own time, its officer is
        live and its key not revoked now."""
        asked = Asked(Act(record.act), record.subject, record.digest)
        try:
            self.verify(uow, record.officer, record.jws, asked, record.at)
            live_officer(uow, record.officer)
        except (NotVerified, NotPermitted):
            return False
        key = next((k for k in uow.registry.trust().keys if k.kid == record.kid), None)
        revoked = key is None or (key.revoked is not None and key.revoked <= now)
        return not revoked


def live_officer(uow: UnitOfWork, officer: str) -> Officer:
    """The officer. Raises NotFound; NotPermitted where proposed or closed."""
    found = uow.registry.officer(officer)
    if found.standing is not Standing.LIVE:
        raise NotPermitted(
            f"officer {officer} is {found.standing}; only a live officer's signature counts",
            hint="palang officer list shows who is live",
        )
    return found


def approval_event(
    tag: Tag, record: ApprovalRecord, facts: JsonObject | None = None
) -> LedgerEvent:
    """The ledger event of a signed act: who, over what, the statement itself, and `facts` of what
    it changed. One event object for all that is saved with it is one leaf."""
    about: JsonObject = {
        "act": record.act,
        "subject": record.subject,
        "digest": record.digest,
        "officer": record.officer,
        "kid": record.kid,
        "statement": digest_of(record.jws),
    }
    return LedgerEvent(tag, record.at, about | (facts or {}))
