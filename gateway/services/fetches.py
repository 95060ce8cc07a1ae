"""Fetches: a parcel that lay ready was taken, and the term begins (design 4, docs/adr/0004).

The listener's word carries the partner's signed request, so that a fetch can be proven; a pick-up
folder has only its own word.
"""

from dataclasses import replace

from gateway.domain import fetched
from gateway.domain.delivery import Delivery, Event, State, apply
from gateway.domain.errors import NotVerified
from gateway.domain.fetched import Fetched
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import InboundRecord
from gateway.domain.statements import Request
from gateway.domain.times import SECOND, Micros, to_wire
from gateway.ports import Signatures, UnitOfWork
from gateway.services.words import open_word

NEAR: Micros = 300 * SECOND
"""How far the request's own time may lie from the fetch; older ones prove another fetch."""

UNSIGNED = "dir:"
"""Channels whose own word is enough: a folder beside the gateway, where nobody signs anything."""


def record_fetch(
    uow: UnitOfWork, kept: InboundRecord, signatures: Signatures, receipt: Micros, now: Micros
) -> str:
    """Record that a parcel was taken, and from when on it waits for its receipt.

    Returns a note: "", again (it had been taken before). Raises NotVerified: malformed,
    unknown-parcel, no-request, request-time, wrong-object (the request asks for other parcels), and
    what the request's signature lacks.
    """
    word = fetched.read(kept.body)
    found = uow.deliveries.sealing_of_parcel(kept.partner, word.parcel)
    if found is None:
        raise NotVerified("unknown-parcel", "no parcel of this digest was sealed for this partner")
    delivery = uow.deliveries.delivery(found[0])
    _check_request(uow, kept, signatures, word, delivery)
    at = _moment(uow, delivery, word, kept)
    after = apply(delivery, Event.FETCHED, at).delivery
    first = delivery.handed_over_at is None
    if first and after.state is State.SENT:
        after = replace(after, due_at=at + receipt)
    uow.save(after, _event(kept, word, after, found[1], at, now))
    return "" if first else "again"


def _check_request(
    uow: UnitOfWork,
    kept: InboundRecord,
    signatures: Signatures,
    word: Fetched,
    delivery: Delivery,
) -> None:
    if not word.request:
        if uow.registry.partner(kept.partner).channel.startswith(UNSIGNED):
            return
        raise NotVerified("no-request", "a fetch over the listener carries the signed request")
    trust, jws = uow.registry.trust(), word.request.encode()
    request = open_word(signatures, jws, kept.partner, trust, kept.received_at).statement
    if not isinstance(request, Request):
        raise NotVerified("wrong-typ", "a parcel is fetched with a signed request")
    if abs(request.at - word.at) > NEAR:
        raise NotVerified("request-time", "the request was not made within 300 s of the fetch")
    if request.epoch != delivery.epoch or delivery.sequence < request.since:
        raise NotVerified("wrong-object", f"the request does not ask for {delivery.id}")


def _moment(uow: UnitOfWork, delivery: Delivery, word: Fetched, kept: InboundRecord) -> Micros:
    """The channel's time, never later than we heard of it, nor before anything was sent there."""
    attempts = uow.deliveries.attempts(delivery.id)
    earliest = attempts[0].began_at if attempts else kept.received_at
    return max(min(word.at, kept.received_at), earliest)


def _event(
    kept: InboundRecord, word: Fetched, after: Delivery, sealing: int, at: Micros, now: Micros
) -> LedgerEvent:
    facts = {
        "delivery": after.id,
        "partner": kept.partner,
        "statement": kept.digest,
        "parcel": word.parcel,
        "sealing": sealing,
        "manifest": after.manifest,
        "fetched": to_wire(at),
        "signed": bool(word.request),
        "state": str(after.state),
    }
    return LedgerEvent(Tag.FETCH_RECORD, now, facts)
