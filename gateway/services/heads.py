"""Heads: where a partner's sequence stands, signed anew on a rhythm (threats.md D3).

A partner that gets no fresh head takes the gateway for silent; one that gets a head beyond what it
has knows that it misses something. A parcel itself never expires.
"""

from dataclasses import dataclass

from gateway.domain.canonical import digest
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import PartnerKind, Standing
from gateway.domain.records import Outgoing, Stream
from gateway.domain.statements import Head, Kind, to_bytes
from gateway.domain.times import HOUR, Micros, to_wire
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.announcements import announcements
from gateway.services.head_links import links
from gateway.services.jws import statement_of
from gateway.services.pens import Pen, Pens


@dataclass(frozen=True, slots=True)
class Issued:
    """A head that was made for a partner."""

    partner: str
    sequence: int


@dataclass(frozen=True, slots=True)
class HeadService:
    """Makes heads, each in the form of its partner's envelope: when the partner's stream moved, and
    every `rhythm`. One is good for `life`, and both are in microseconds."""

    store: Store
    clock: Clock
    pens: Pens
    rhythm: Micros = 6 * HOUR
    life: Micros = 24 * HOUR

    def run(self) -> list[Issued]:
        """Make what is due, for every live partner that receives parcels.

        Raises NotVerified("no-key") where one is due and the gateway has no statement key.
        """
        now = self.clock.now()
        with self.store.read() as uow:
            living = [p for p in uow.registry.partners() if _receives(p.standing, p.kind)]
            due = [(p.id, p.envelope) for p in living if self._is_due(uow, p.id, now)]
        pens = {form: self.pens.take_up(form, now) for form in {form for _, form in due}}
        return [made for partner, form in due if (made := self._issue(partner, pens[form], now))]

    def _is_due(self, uow: UnitOfWork, partner: str, now: Micros) -> bool:
        latest = uow.outgoing.head(partner)
        word = statement_of(latest.body) if latest is not None else None
        if latest is None or not isinstance(word, Head):
            return True
        stream = _stream(uow, partner)
        said = (word.epoch, word.sequence, word.manifest, word.keys)
        keys = announcements(uow, now)
        moved = said != (stream.epoch, stream.sequence, stream.previous, keys)
        return moved or now - latest.made_at >= self.rhythm

    def _issue(self, partner: str, pen: Pen, now: Micros) -> Issued | None:
        with self.store.write(partner) as uow:
            stream = _stream(uow, partner)
            if not self._is_due(uow, partner, now):
                return None  # another worker was faster
            word = self._head(uow, stream, now)
            body = pen.sign(to_bytes(word), str(Kind.HEAD))
            facts = {
                "partner": partner,
                "statement": digest(body),
                "epoch": word.epoch,
                "sequence": word.sequence,
                "until": to_wire(word.until),
            }
            facts |= {"manifest": word.manifest} if word.manifest else {}
            uow.outgoing.retire_heads(partner)
            head = Outgoing(digest(body), partner, str(Kind.HEAD), "", body, now, now)
            uow.save(head, LedgerEvent(Tag.HEAD_ISSUE, now, facts))
            # a crash before leaves the older head, and the next round makes this one; after, it
            # waits to be said
            uow.commit("head.issue")
        return Issued(partner, word.sequence)

    def _head(self, uow: UnitOfWork, stream: Stream, now: Micros) -> Head:
        checkpoint = uow.log.latest_checkpoint()
        note = checkpoint.note if checkpoint is not None else ""
        return Head(
            iss=uow.registry.gateway().name,
            aud=stream.partner,
            at=now,
            epoch=stream.epoch,
            sequence=stream.sequence,
            manifest=stream.previous,
            until=now + self.life,
            checkpoint=note,
            keys=announcements(uow, now),
            links=links(uow, stream, note),
        )


def _receives(standing: Standing, kind: PartnerKind) -> bool:
    return standing is Standing.LIVE and kind is not PartnerKind.SOURCE


def _stream(uow: UnitOfWork, partner: str) -> Stream:
    """Locked in a writer: two workers at one partner take turns here."""
    return uow.deliveries.stream(partner, uow.registry.gateway().epoch)
