"""What comes back: kept first, judged after (design 4; threats.md 1.4).

`keep` commits the bytes before the channel may remove them. Judging verifies a statement as of the
moment it was kept, and records what it says or why it was refused, and the gateway's signed answer,
in one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.domain.canonical import digest
from gateway.domain.errors import NotVerified, Taken
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Standing
from gateway.domain.records import InboundRecord, InboundState
from gateway.domain.times import HOUR, Micros
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Trust
from gateway.ports import Channels, Clock, Inbound, Signatures, Store, UnitOfWork
from gateway.services.answers import Answers, Ready, Verdict
from gateway.services.attempts import keep_event
from gateway.services.effects import Effects, record_channel_word
from gateway.services.source_lists import ListReader, record_list
from gateway.services.words import is_authentic, is_own, open_word


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a kept item. `alert`: a person must look; `note` says why, as a short code.

    `unanswered` says why a statement that gets an answer has none: the gateway lacks its key.
    """

    inbound: int
    partner: str
    kind: str
    state: InboundState
    note: str = ""
    alert: bool = False
    unanswered: str = ""


@dataclass(frozen=True, slots=True)
class CollectService:
    """Fetches what lies ready on partners' reply channels."""

    store: Store
    clock: Clock
    channels: Channels

    def partners(self) -> tuple[str, ...]:
        """Live partners whose statements are collected."""
        with self.store.read() as uow:
            return tuple(
                p.id for p in uow.registry.partners() if p.standing is Standing.LIVE and p.is_read
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
            with self.store.write(partner) as uow:
                uow.inbox.keep(record, keep_event(record))
                # a crash before leaves the item on the channel, and it is fetched again; after, it
                # is kept and may lie there still: fetched again it counts once (R2)
                uow.commit("inbound.keep")

        return keep


ALERTS = frozenset({"conflict", "checkpoint-mismatch", "bounced"})
"""Notes of accepted items that a person must look at."""

_KEYLESS = frozenset({"unknown-key", "wrong-owner", "wrong-role", "key-revoked", "key-not-valid"})


@dataclass(frozen=True, slots=True)
class JudgeService:
    """Decides what kept items count for, and answers what a partner signed.

    `again` is how long a parcel that was sent is not sent again for the asking, in microseconds: a
    partner can't make a loop. `receipt` is how long a fetched parcel waits for its receipt. Without
    `lists` no source can hand in a list.
    """

    store: Store
    clock: Clock
    signatures: Signatures
    answers: Answers
    again: Micros = 1 * HOUR
    receipt: Micros = 2 * HOUR
    lists: ListReader | None = None

    def pending(self, limit: int = 100) -> tuple[InboundRecord, ...]:
        """Not yet judged, oldest first."""
        with self.store.read() as uow:
            return uow.inbox.pending(limit)

    def judge(self, record: InboundRecord) -> Judged:
        """Judge one kept item; what is wrong with it ends in its state, never in an error.

        Raises LedgerUnavailable: it stays pending. Raises Taken where another worker has it.
        """
        with self.store.read() as uow:
            replayed = uow.inbox.seen(record.partner, record.digest, record.id) is not None
            trust = uow.registry.trust()
        if replayed:
            return self._duplicate(record)
        if record.kind == "parcel" and self.lists is not None:
            return self._list(self.lists, record, trust)
        if record.kind != "statement":
            return self._channel_word(record)
        try:
            # outside the writer's transaction: a large confirmation takes its time
            signed = open_word(
                self.signatures, record.body, record.partner, trust, record.received_at
            )
        except NotVerified as error:
            answered = is_authentic(self.signatures, record, trust)
            return self._refuse(record, error, answered=answered)
        now = self.clock.now()
        effects = Effects(self.signatures, self.again, now)
        try:
            return self._accept(
                record, signed.key, signed.kind, lambda uow: effects.apply(uow, record, signed), now
            )
        except NotVerified as error:
            return self._refuse(record, error, answered=error.reason not in _KEYLESS)

    def _list(self, lists: ListReader, record: InboundRecord, trust: Trust) -> Judged:
        """A source's parcel; answered once its signature shows whose it is (docs/adr/0004)."""
        try:
            signed = lists.open(record, trust)
        except NotVerified as error:
            return self._refuse(record, error, answered=False)
        now = self.clock.now()
        try:
            listed = lists.check(signed, trust.gateway)
            return self._accept(
                record, signed.key, "list", lambda uow: record_list(uow, signed, listed, now), now
            )
        except NotVerified as error:
            own = is_own(signed.contents.head, record.partner)
            return self._refuse(record, error, answered=own and error.reason not in _KEYLESS)

    def _accept(
        self,
        record: InboundRecord,
        key: PinnedKey,
        kind: str,
        apply: Callable[[UnitOfWork], str],
        now: Micros,
    ) -> Judged:
        ready = self.answers.ready(record, now)
        with self.store.write(record.partner) as uow:
            # asked again in the transaction that lets it count: a revocation may have come between
            owner = Owner(OwnerKind.PARTNER, record.partner)
            uow.registry.trust().key(owner, key.role, key.kid, record.received_at)
            _require_pending(uow, record)
            note = apply(uow)
            uow.inbox.judge(replace(record, state=InboundState.ACCEPTED, reason=note), None)
            lack = self.answers.answer(uow, ready, record, Verdict("accepted", note), now)
            # a crash before leaves it pending, with no effect and no answer at all; it is judged
            # again at the same moment of receipt, so the same way. After, it is done, and the
            # answer waits to be said
            uow.commit("inbound.judge")
        return _judged(record, kind, InboundState.ACCEPTED, note, note in ALERTS, lack)

    def _channel_word(self, record: InboundRecord) -> Judged:
        """A fetch or a bounce: the channel's word, no statement, so there is no answer."""
        now = self.clock.now()
        try:
            with self.store.write(record.partner) as uow:
                _require_pending(uow, record)
                note = record_channel_word(uow, record, self.signatures, self.receipt, now)
                uow.inbox.judge(replace(record, state=InboundState.ACCEPTED, reason=note), None)
                # a crash before leaves it pending: it is judged again, the same way
                uow.commit("inbound.judge")
        except NotVerified as error:
            return self._refuse(record, error, answered=False)
        return _judged(record, record.kind, InboundState.ACCEPTED, note, note in ALERTS)

    def _refuse(self, record: InboundRecord, error: NotVerified, *, answered: bool) -> Judged:
        facts = {
            "partner": record.partner,
            "statement": record.digest,
            "reason": error.reason,
            "alert": True,
        }
        now = self.clock.now()
        event = LedgerEvent(Tag.STATEMENT_REFUSE, now, facts)
        verdict = Verdict("refused", error.reason, error.row)
        ready = self.answers.ready(record, now) if answered else Ready(None)
        with self.store.write(record.partner) as uow:
            _require_pending(uow, record)
            refused = replace(record, state=InboundState.REFUSED, reason=error.reason)
            uow.inbox.judge(refused, event)
            lack = self.answers.answer(uow, ready, record, verdict, now) if answered else ""
            # a crash before leaves it pending: it is judged again, the same way
            uow.commit("inbound.judge")
        return _judged(record, record.kind, refused.state, refused.reason, True, lack)

    def _duplicate(self, record: InboundRecord) -> Judged:
        """No effect beyond that the stored answer, which may have been lost, is said again."""
        now, lack = self.clock.now(), ""
        ready = self.answers.ready(record, now)
        with self.store.write(record.partner) as uow:
            _require_pending(uow, record)
            uow.inbox.judge(replace(record, state=InboundState.DUPLICATE, reason="replayed"), None)
            if record.kind in ("statement", "parcel"):
                lack = self.answers.repeat(uow, ready, record, now)
            # a crash before leaves it pending: it is judged again, the same way
            uow.commit("inbound.judge")
        return _judged(record, record.kind, InboundState.DUPLICATE, "replayed", False, lack)


def _require_pending(uow: UnitOfWork, record: InboundRecord) -> None:
    if uow.inbox.inbound(record.id).state is not InboundState.PENDING:
        raise Taken(f"inbound {record.id} was judged by another worker")


def _judged(
    record: InboundRecord,
    kind: str,
    state: InboundState,
    note: str,
    alert: bool,
    unanswered: str = "",
) -> Judged:
    return Judged(record.id, record.partner, str(kind), state, note, alert, unanswered)
