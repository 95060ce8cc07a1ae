"""The gateway's signed answers to partners' statements (docs/adr/0004, design 3).

An answer is made in the transaction that judges its statement, so a crash leaves both or neither; a
statement that comes again gets the stored answer again, byte for byte.
"""

from dataclasses import dataclass
from typing import Literal

from gateway.domain.canonical import digest
from gateway.domain.errors import NotVerified
from gateway.domain.records import InboundRecord, Outgoing
from gateway.domain.statements import Answer, Kind, to_bytes
from gateway.domain.times import Micros
from gateway.ports import UnitOfWork
from gateway.services.jws import statement_of
from gateway.services.pens import Pen, Pens, form_for


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer says: a refusal has a reason, and the entry at fault where one was."""

    result: Literal["accepted", "refused"]
    reason: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """What signs the answer, or why there is nothing: the statement counts all the same."""

    pen: Pen | None
    lack: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Makes answers, each in the form in which its statement was signed."""

    pens: Pens

    def ready(self, record: InboundRecord, at: Micros) -> Ready:
        """Asked for before the transaction: a key file is opened outside of it."""
        try:
            return Ready(self.pens.take_up(form_for(record), at))
        except NotVerified as error:
            return Ready(None, str(error))

    def answer(
        self, uow: UnitOfWork, ready: Ready, record: InboundRecord, verdict: Verdict, now: Micros
    ) -> str:
        """Answer a judged statement, in its transaction; what stood in the way, "" where nothing
        did. The same verdict was said before: those bytes are due again."""
        stored = uow.outgoing.answer(record.partner, record.digest)
        if stored is not None and _says(stored) == verdict:
            uow.outgoing.again(stored.digest, now)
            return ""
        if ready.pen is None:
            return ready.lack
        self._add(uow, ready.pen, record, verdict, now)
        return ""

    def repeat(self, uow: UnitOfWork, ready: Ready, record: InboundRecord, now: Micros) -> str:
        """Answer what was accepted before and came again: the stored answer is due again."""
        stored = uow.outgoing.answer(record.partner, record.digest)
        if stored is None:  # it was accepted on another way, or before there was a key
            return self.answer(uow, ready, record, Verdict("accepted"), now)
        uow.outgoing.again(stored.digest, now)
        return ""

    def _add(
        self, uow: UnitOfWork, pen: Pen, record: InboundRecord, verdict: Verdict, now: Micros
    ) -> None:
        word = Answer(
            iss=uow.registry.gateway().name,
            aud=record.partner,
            at=now,
            statement=record.digest,
            result=verdict.result,
            reason=verdict.reason,
            row=verdict.row,
        )
        kind = str(Kind.ANSWER)
        body = pen.sign(to_bytes(word), kind)
        outgoing = Outgoing(digest(body), record.partner, kind, record.digest, body, now, now)
        uow.outgoing.add(outgoing)


def _says(stored: Outgoing) -> Verdict | None:
    word = statement_of(stored.body)
    return Verdict(word.result, word.reason, word.row) if isinstance(word, Answer) else None
