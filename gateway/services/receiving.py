"""What comes back: kept first, judged after (design 4; threats.md 1.4).

`keep` commits the bytes before the channel may remove them. Judging verifies a statement as of the
moment it was kept, and records what it says or why it was refused, in one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted, NotVerified
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Standing
from gateway.domain.records import InboundRecord, InboundState
from gateway.domain.statements import Ack, Confirmation, Consent, Request, Withdrawal
from gateway.domain.times import HOUR, Micros
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.ports import Channels, Clock, Inbound, Signatures, Signed, Store, UnitOfWork
from gateway.services import consents
from gateway.services.attempts import keep_event
from gateway.services.confirmations import record_confirmation
from gateway.services.receipts import record_ack
from gateway.services.requests import record_request


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a kept item. `alert`: a person must look; `note` says why, as a short code."""

    inbound: int
    partner: str
    kind: str
    state: InboundState
    note: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True)
class CollectService:
    """Fetches what lies ready on partners' reply channels."""

    store: Store
    clock: Clock
    channels: Channels

    def partners(self) -> tuple[str, ...]:
        """Live partners that have a reply channel."""
        with self.store.read() as uow:
            return tuple(
                p.id for p in uow.registry.partners() if p.standing is Standing.LIVE and p.reply
            )

    def collect(self, partner: str) -> int:
        """How many items were kept. Raises SendError, InputError (the channel's address)."""
        with self.store.read() as uow:
            known = uow.registry.partner(partner)
        with self.channels.open(known) as adapter:
            return adapter.collect(self._keeper(partner))

    def _keeper(self, partner: str) -> Callable[[Inbound], None]:
        def keep(item: Inbound) -> None:
            now = self.clock.now()
            body = item.data
            record = InboundRecord(0, partner, item.kind, digest(body), body, now)
            with self.store.write() as uow:
                uow.inbox.keep(record, keep_event(record))
                # a crash before leaves the item on the channel, and it is fetched again; after, it
                # is kept and may lie there still: fetched again it counts once (R2)
                uow.commit("inbound.keep")

        return keep


@dataclass(frozen=True, slots=True)
class JudgeService:
    """Decides what kept statements count for. `again` is how long a parcel that was sent is not
    sent again for the asking, in microseconds: a partner can't make a loop."""

    store: Store
    clock: Clock
    signatures: Signatures
    again: Micros = 1 * HOUR

    def pending(self, limit: int = 100) -> tuple[InboundRecord, ...]:
        """Not yet judged, oldest first."""
        with self.store.read() as uow:
            return uow.inbox.pending(limit)

    def judge(self, record: InboundRecord) -> Judged:
        """Judge one kept item; what is wrong with it ends in its state, never in an error.

        Raises LedgerUnavailable: it stays pending.
        """
        with self.store.read() as uow:
            replayed = uow.inbox.seen(record.partner, record.digest, record.id) is not None
        if replayed:
            return self._close(record, InboundState.DUPLICATE, "replayed", None)
        try:
            signed = self._open(record)
            return self._accept(record, signed)
        except NotVerified as error:
            return self._refuse(record, error.reason)

    def _open(self, record: InboundRecord) -> Signed:
        """Verified outside the writer's transaction: a large confirmation takes its time."""
        if record.kind != "statement":
            raise NotVerified("unexpected-kind", f"a {record.kind} is not expected on this channel")
        with self.store.read() as uow:
            trust, gateway = uow.registry.trust(), uow.registry.gateway().name
        owner = Owner(OwnerKind.PARTNER, record.partner)
        return self.signatures.open_statement(
            record.body, owner, Role.STATEMENT, trust, record.received_at, gateway
        )

    def _accept(self, record: InboundRecord, signed: Signed) -> Judged:
        with self.store.write() as uow:
            # asked again in the transaction that lets it count: a revocation may have come between
            owner = Owner(OwnerKind.PARTNER, record.partner)
            uow.registry.trust().key(owner, Role.STATEMENT, signed.key.kid, record.received_at)
            if uow.inbox.inbound(record.id).state is not InboundState.PENDING:
                raise Conflict(f"inbound {record.id} was judged by another worker")
            note = self._apply(uow, record, signed)
            uow.inbox.judge(replace(record, state=InboundState.ACCEPTED, reason=note), None)
            # a crash before leaves it pending, with no effect at all; it is judged again at the
            # same moment of receipt, so the same way. After, it is done
            uow.commit("inbound.judge")
        return _judged(record, signed.kind, InboundState.ACCEPTED, note, note in ALERTS)

    def _apply(self, uow: UnitOfWork, record: InboundRecord, signed: Signed) -> str:
        """Let it take effect; a note for people, "" where nothing is special about it."""
        now = self.clock.now()
        match signed.statement:
            case Ack() as ack:
                return record_ack(uow, record, signed.key.kid, ack, now)
            case Confirmation() as confirmation:
                return record_confirmation(
                    uow, record, signed.key.kid, confirmation, self.signatures, now
                )
            case Request() as request:
                return record_request(uow, record, request, self.again, now)
            case Consent() | Withdrawal() as word:
                return _consent(uow, record, word, now)
            case _:
                raise NotVerified("unexpected-kind", f"a {signed.kind} does not come this way")

    def _refuse(self, record: InboundRecord, reason: str) -> Judged:
        facts = {
            "partner": record.partner,
            "statement": record.digest,
            "reason": reason,
            "alert": True,
        }
        event = LedgerEvent(Tag.STATEMENT_REFUSE, self.clock.now(), facts)
        return self._close(record, InboundState.REFUSED, reason, event)

    def _close(
        self, record: InboundRecord, state: InboundState, reason: str, event: LedgerEvent | None
    ) -> Judged:
        with self.store.write() as uow:
            uow.inbox.judge(replace(record, state=state, reason=reason), event)
            # a crash before leaves it pending: it is judged again, the same way
            uow.commit("inbound.judge")
        return _judged(record, record.kind, state, reason, state is InboundState.REFUSED)


ALERTS = frozenset({"conflict", "checkpoint-mismatch"})
"""Notes of accepted statements that a person must look at."""


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
        raise NotVerified("not-accepted", str(error)) from error
    return ""


def _judged(
    record: InboundRecord, kind: str, state: InboundState, note: str, alert: bool
) -> Judged:
    return Judged(record.id, record.partner, str(kind), state, note, alert)
