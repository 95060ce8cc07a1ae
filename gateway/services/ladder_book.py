"""What is kept of a climb, and what it says when it is read again: parcels, words, the result."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.canonical import JsonObject, decode, digest, encode
from gateway.domain.ladder.judging import Sent, Word
from gateway.domain.ladder.notes import LadderNote, NoteKind
from gateway.domain.ladder.samples import Variant
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.times import SECOND
from gateway.ports import Clock, Store, UnitOfWork


def add_note(uow: UnitOfWork, note: LadderNote) -> None:
    """Write one with its event. The caller commits."""
    facts: JsonObject = {
        "partner": note.partner,
        "card": note.card,
        "kind": note.kind,
        "digest": note.digest,
        "head": digest(note.head.encode()),
        "us": note.at % SECOND,
    }
    if note.kind == "override":
        facts["reference"] = note.head
    uow.ladder.add(note, LedgerEvent(Tag.LADDER_RECORD, note.at, facts))


@dataclass
class LadderBook:
    """The notes of one card since the climb began anew; kept in memory as they are written."""

    store: Store
    clock: Clock
    partner: str
    card: str
    notes: list[LadderNote]
    run: int

    def add(self, kind: NoteKind, body: bytes, head: str = "") -> LadderNote:
        """Keep one durably."""
        note = LadderNote(
            0, self.partner, self.card, kind, head, digest(body), body, self.clock.now()
        )
        with self.store.write() as uow:
            add_note(uow, note)
            # a crash before leaves nothing said of it: a parcel is made anew, a statement lies
            # there still; a crash after leaves it kept, and the next climb goes on from it
            uow.commit("ladder.record")
        self.notes.append(note)
        return note

    def add_sent(self, sent: Sent) -> Sent:
        """Keep a parcel before it is sent."""
        self.add("parcel", sent.data, encode(_head(sent)).decode())
        return sent

    def sent(self) -> list[Sent]:
        """The parcels, in order."""
        return [_sent(note) for note in self.notes if note.kind == "parcel"]

    def words(self, read: Callable[[LadderNote], Word]) -> list[Word]:
        """The statements and the words of fetches, each time that one came."""
        return [read(note) for note in self.notes if note.kind == "statement"]


def open_book(store: Store, clock: Clock, partner: str, card: str, *, anew: bool) -> LadderBook:
    """The book of a card; `anew` begins a climb even where another one is under way."""
    with store.read() as uow:
        notes = uow.ladder.of(partner, card)
    starts = [place for place, note in enumerate(notes) if note.kind == "start"]
    since = list(notes[starts[-1] :]) if starts else []
    book = LadderBook(store, clock, partner, card, since, len(starts))
    if anew or not starts:
        book.notes.clear()
        book.run += 1
        book.add("start", card.encode())
    return book


def _head(sent: Sent) -> JsonObject:
    return {
        "variant": str(sent.variant),
        "epoch": sent.epoch,
        "sequence": sent.sequence,
        "delivery": sent.delivery,
        "manifest": sent.manifest,
        "note": sent.note,
        "count": sent.count,
        "kid": sent.kid,
    }


def _sent(note: LadderNote) -> Sent:
    head = decode(note.head.encode(), what="the head of a ladder's parcel")
    variant = Variant(head.pop("variant"))
    return Sent(variant=variant, parcel=note.digest, data=note.body, **head)
