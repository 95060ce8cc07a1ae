"""What a verified item does, by its kind, inside the transaction that judges it (design 4)."""

from dataclasses import dataclass

from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted, NotVerified, Taken
from gateway.domain.records import InboundRecord, InboundState
from gateway.domain.statements import (
    Ack,
    Confirmation,
    Consent,
    Nothing,
    Request,
    Withdrawal,
)
from gateway.domain.times import Micros
from gateway.ports import Signatures, Signed, UnitOfWork
from gateway.services import consents
from gateway.services.bounces import record_bounce
from gateway.services.confirmations import record_confirmation
from gateway.services.fetches import record_fetch
from gateway.services.nothings import record_nothing
from gateway.services.receipts import record_ack
from gateway.services.requests import record_request


@dataclass(frozen=True, slots=True)
class Effects:
    """Lets statements take effect. Raises NotVerified where what they say can't count."""

    signatures: Signatures
    again: Micros
    now: Micros

    def apply(self, uow: UnitOfWork, record: InboundRecord, signed: Signed) -> str:
        """Let it take effect; a note for people, "" where nothing is special about it."""
        kid = signed.key.kid
        match signed.statement:
            case Ack() as ack:
                return record_ack(uow, record, kid, ack, self.now)
            case Confirmation() as said:
                return record_confirmation(uow, record, kid, said, self.signatures, self.now)
            case Request() as request:
                return record_request(uow, record, request, self.again, self.now)
            case Nothing() as word:
                return record_nothing(uow, record, kid, word, self.now)
            case Consent() | Withdrawal() as terms:
                return _consent(uow, record, terms, self.now)
            case _:
                raise NotVerified("unexpected-kind", f"a {signed.kind} does not come this way")


def record_channel_word(
    uow: UnitOfWork, record: InboundRecord, signatures: Signatures, receipt: Micros, now: Micros
) -> str:
    """Record the channel's own word: that a parcel was fetched, or did not arrive. Raises
    NotVerified."""
    match record.kind:
        case "fetched":
            return record_fetch(uow, record, signatures, receipt, now)
        case "bounce":
            return record_bounce(uow, record, now)
    raise NotVerified("unexpected-kind", f"a {record.kind} is not expected on this channel")


def _consent(
    uow: UnitOfWork, record: InboundRecord, word: Consent | Withdrawal, now: Micros
) -> str:
    partner = uow.registry.partner(record.partner)
    try:
        if isinstance(word, Consent):
            consents.give(uow, partner, word, record.digest, now)
        else:
            consents.withdraw(uow, partner, word, record.digest, now)
    except (Conflict, InputError, NotFound, NotPermitted) as error:
        _require_first(uow, record)
        raise NotVerified("not-accepted", str(error)) from error
    return ""


def _require_first(uow: UnitOfWork, record: InboundRecord) -> None:
    """Before one of these is refused for good: what the partner said before it must be judged. With
    several workers a withdrawal may be looked at before the consent that it ends."""
    waiting = uow.inbox.listing(record.partner, (InboundState.PENDING,))
    if any(one.id < record.id for one in waiting):
        raise Taken(
            f"inbound {record.id}: an earlier item of {record.partner} is not judged yet",
            hint="another worker has it; the next round judges this one",
        )
