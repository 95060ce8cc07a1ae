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
from gateway.domain.trust import Role
from gateway.ports import Keyring, Signatures, Signer, UnitOfWork
from gateway.services.jws import statement_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer says: a refusal has a reason, and the entry at fault where one was."""

    result: Literal["accepted", "refused"]
    reason: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Pen:
    """The key that signs answers, or why there is none: the statement counts all the same."""

    signer: Signer | None
    lack: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Makes answers with the gateway's statement key."""

    keyring: Keyring
    signatures: Signatures

    def pen(self, at: Micros) -> Pen:
        """Taken up before the transaction: a key file is opened outside of it."""
        try:
            return Pen(self.keyring.signer(Role.STATEMENT, at))
        except NotVerified as error:
            return Pen(None, str(error))

    def answer(
        self, uow: UnitOfWork, pen: Pen, record: InboundRecord, verdict: Verdict, now: Micros
    ) -> str:
        """Answer a judged statement, in its transaction; what stood in the way, "" where nothing
        did. The same verdict was said before: those bytes are due again."""
        stored = uow.outgoing.answer(record.partner, record.digest)
        if stored is not None and _says(stored) == verdict:
            uow.outgoing.again(stored.digest, now)
            return ""
        if pen.signer is None:
            return pen.lack
        self._add(uow, pen.signer, record, verdict, now)
        return ""

    def repeat(self, uow: UnitOfWork, pen: Pen, record: InboundRecord, now: Micros) -> str:
        """Answer what was accepted before and came again: the stored answer is due again."""
        stored = uow.outgoing.answer(record.partner, record.digest)
        if stored is None:  # it was accepted on another way, or before there was a key
            return self.answer(uow, pen, record, Verdict("accepted"), now)
        uow.outgoing.again(stored.digest, now)
        return ""

    def _add(
        self, uow: UnitOfWork, signer: Signer, record: InboundRecord, verdict: Verdict, now: Micros
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
        body = self.signatures.sign(to_bytes(word), kind, signer)
        outgoing = Outgoing(digest(body), record.partner, kind, record.digest, body, now, now)
        uow.outgoing.add(outgoing)


def _says(stored: Outgoing) -> Verdict | None:
    word = statement_of(stored.body)
    return Verdict(word.result, word.reason, word.row) if isinstance(word, Answer) else None
