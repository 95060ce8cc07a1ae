"""Consents of OTT partners: given, replaced, withdrawn (promise G, design 4).

Both are statements under the partner's own statement key. `give` and `withdraw` work inside a unit
of work, for whoever has verified such a statement; `Consents` takes files.
"""

from dataclasses import replace

from gateway.domain.canonical import Json, JsonObject, decode
from gateway.domain.canonical import digest as digest_of
from gateway.domain.consent import ConsentRecord
from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.records import InboundRecord, InboundState
from gateway.domain.statements import Consent, Withdrawal
from gateway.domain.times import Micros, to_wire
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.ports import Clock, Signatures, Store, UnitOfWork


class Consents:
    """Records consent and withdrawal statements, and ends what was withdrawn."""

    def __init__(self, store: Store, signatures: Signatures, clock: Clock) -> None:
        self._store = store
        self._signatures = signatures
        self._clock = clock

    def all(self, partner: str) -> tuple[ConsentRecord, ...]:
        """All of a partner, oldest first. Raises NotFound."""
        with self._store.read() as uow:
            uow.registry.partner(partner)
            return uow.registry.consents(partner)

    def record(self, partner: str, jws: bytes) -> ConsentRecord:
        """Record a consent or withdrawal that this partner signed.

        Raises NotVerified, InputError (another statement), NotPermitted (no OTT), Conflict,
        NotFound.
        """
        at = self._clock.now()
        with self._store.write() as uow:
            found = uow.registry.partner(partner)
            signed = self._signatures.open_statement(
                jws,
                Owner(OwnerKind.PARTNER, partner),
                Role.STATEMENT,
                uow.registry.trust(),
                at,
                uow.registry.gateway().name,
            )
            digest = digest_of(jws)
            kept = InboundRecord(0, partner, "statement", digest, jws, at, InboundState.ACCEPTED)
            facts = {"partner": partner, "kind": str(signed.kind), "statement": digest}
            uow.inbox.keep(kept, LedgerEvent(Tag.INBOUND_KEEP, at, facts))
            match signed.statement:
                case Consent() as terms:
                    record = give(uow, found, terms, digest, at)
                case Withdrawal() as word:
                    record = withdraw(uow, found, word, digest, at)
                case _:
                    raise InputError(
                        f"partner {partner}: expected a consent or a withdrawal, got {signed.kind}"
                    )
            # a crash here leaves nothing recorded: give the same file again
            uow.commit("consent.record")
        return record

    def settle_withdrawals(self) -> int:
        """End each withdrawn consent whose partner has no attempt in flight; returns how many."""
        at = self._clock.now()
        with self._store.read() as uow:
            if not _to_end(uow):
                return 0
        with self._store.write() as uow:
            ending = _to_end(uow)
            for record in ending:
                facts: dict[str, Json] = {
                    "partner": record.partner,
                    "consent": record.digest,
                    "in_flight": _ended(uow, record),
                }
                event = LedgerEvent(Tag.CONSENT_WITHDRAWN, at, facts)
                uow.save(replace(record, ended_at=at), event)
            # a crash here leaves them withdrawn and not ended: the next sweep ends them
            uow.commit("consent.record")
        return len(ending)


def give(
    uow: UnitOfWork, partner: Partner, terms: Consent, digest: str, at: Micros
) -> ConsentRecord:
    """Record a verified consent; it replaces older ones from the moment it begins.

    Raises NotPermitted (no OTT, not live), InputError (over already), Conflict (older than one
    that is recorded or the same: a withdrawn consent does not return by being sent again; or not
    begun while another one rules).
    """
    _refuse_partner(partner)
    if terms.until <= at:
        raise InputError(f"partner {partner.id}: this consent ended at {to_wire(terms.until)}")
    known = uow.registry.consents(partner.id)
    newest = max((record.terms.at for record in known), default=None)
    if newest is not None and terms.at <= newest:
        raise Conflict(
            f"partner {partner.id}: a consent of {to_wire(newest)} is recorded, this one is of "
            f"{to_wire(terms.at)}",
            hint="the partner signs a new one: palang-partner consent",
        )
    for older in known:
        if older.withdrawn_at is None and older.terms.until > at:
            _replace(uow, older, terms, digest, at)
    record = ConsentRecord(partner.id, digest, terms)
    facts = {"partner": partner.id, "consent": digest, "until": to_wire(terms.until)}
    uow.save(record, LedgerEvent(Tag.CONSENT_GIVE, at, facts))
    return record


def _replace(
    uow: UnitOfWork, older: ConsentRecord, terms: Consent, digest: str, at: Micros
) -> None:
    """Without this an older, wider consent would rule again once the newer one ends."""
    if terms.since > at:
        raise Conflict(
            f"partner {older.partner}: this consent begins at {to_wire(terms.since)}, until then "
            "another one is recorded",
            hint="record it once it has begun, or record the withdrawal of the other one first",
        )
    facts: dict[str, Json] = {
        "partner": older.partner,
        "consent": older.digest,
        "replaced_by": digest,
        "in_flight": _flying(uow, older.partner),
    }
    uow.save(replace(older, withdrawn_at=at), LedgerEvent(Tag.CONSENT_WITHDRAW, at, facts))


def withdraw(
    uow: UnitOfWork, partner: Partner, word: Withdrawal, digest: str, at: Micros
) -> ConsentRecord:
    """Record a verified withdrawal: no new attempt begins under this consent. Older ones ended when
    it was given.

    A second withdrawal changes nothing. Raises NotFound where no such consent is recorded.
    """
    known = uow.registry.consents(partner.id)
    target = next((record for record in known if record.digest == word.consent), None)
    if target is None:
        raise NotFound(f"partner {partner.id}: no consent {word.consent} is recorded")
    if target.withdrawn_at is None:
        target = replace(target, withdrawn_at=at)
        facts: dict[str, Json] = {
            "partner": partner.id,
            "consent": target.digest,
            "statement": digest,
            "in_flight": _flying(uow, partner.id),
        }
        uow.save(target, LedgerEvent(Tag.CONSENT_WITHDRAW, at, facts))
    return target


def _flying(uow: UnitOfWork, partner: str) -> list[Json]:
    """The attempts that have begun and not ended, in the transaction that ends the consent: no
    other one begins beside it, so the list is exact."""
    found = (one for one, _due in uow.deliveries.recent(partner, 0, LOOKED_AT) if not one.outcome)
    return [{"delivery": one.delivery, "attempt": one.number} for one in found]


def _ended(uow: UnitOfWork, record: ConsentRecord) -> list[Json]:
    """How the attempts ended that had begun when the consent was withdrawn: what a proof of the
    withdrawal names beside what was sent before. Empty where that leaf was opened no more."""
    leaves = (uow.log.leaf(index).event for index in uow.log.find(record.digest))
    events = [decode(event, what="a ledger event") for event in leaves if event]
    withdrawn = [event for event in events if event["event"] == Tag.CONSENT_WITHDRAW]
    return [_outcome(uow, one) for event in withdrawn for one in event.get("in_flight", ())]


def _outcome(uow: UnitOfWork, flying: JsonObject) -> Json:
    attempts = uow.deliveries.attempts(flying["delivery"])
    (ended,) = (one for one in attempts if one.number == flying["attempt"])
    return {"delivery": ended.delivery, "attempt": ended.number, "outcome": ended.outcome}


LOOKED_AT = 1_000
"""Attempts; a partner has one in flight at most, and it is among the newest."""


def _refuse_partner(partner: Partner) -> None:
    if partner.kind is not PartnerKind.OTT:
        raise NotPermitted(
            f"partner {partner.id} is an {partner.kind}: what it gets rests on the law, not on "
            "consent"
        )
    if partner.standing is not Standing.LIVE:
        raise NotPermitted(
            f"partner {partner.id} is {partner.standing}, not live",
            hint=f"another officer approves it first: palang partner approve {partner.id}",
        )


def _to_end(uow: UnitOfWork) -> list[ConsentRecord]:
    ending: list[ConsentRecord] = []
    for partner in uow.registry.partners():
        if partner.kind is not PartnerKind.OTT:
            continue
        withdrawn = [
            record
            for record in uow.registry.consents(partner.id)
            if record.ended_at is None and record.withdrawn_at is not None
        ]
        if withdrawn and uow.deliveries.in_flight(partner.id) == 0:
            ending += withdrawn
    return ending
