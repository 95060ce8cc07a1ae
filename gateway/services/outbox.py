"""Saying answers and heads on a partner's channel (docs/adr/0004).

Claim, commit; say; record, commit. What is said twice is the same bytes, so nothing of it is ever
in doubt; a hand-over is a note of the transport and has no leaf in the ledger.
"""

from dataclasses import dataclass

from gateway.domain.errors import InputError, Taken
from gateway.domain.failpoints import reach
from gateway.domain.parties import Standing
from gateway.domain.records import Outgoing
from gateway.domain.schedule import RetryPolicy, lot
from gateway.domain.signed_forms import SUFFIX, form_of
from gateway.domain.statements import Kind
from gateway.domain.times import DAY, MINUTE, Micros
from gateway.ports import Channels, Clock, Message, RefusedError, SendError, Store

SHORT = 16  # hex digits of the answered statement's digest in the name of a file


@dataclass(frozen=True, slots=True)
class Spoken:
    """What became of saying one answer or head.

    `outcome`: sent; later (tried again); or dropped (the partner refuses it, or its days are used
    up). `alert`: a person must look.
    """

    partner: str
    kind: str
    outcome: str
    error: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True)
class OutboxService:
    """Says what is due. `lease` outlasts the longest hand-over that an adapter allows."""

    store: Store
    clock: Clock
    channels: Channels
    policy: RetryPolicy
    lease: Micros = 15 * MINUTE

    def partners(self) -> tuple[str, ...]:
        """Live partners that something is due for."""
        with self.store.read() as uow:
            waiting = uow.outgoing.partners(self.clock.now())
            return tuple(p for p in waiting if uow.registry.partner(p).standing is Standing.LIVE)

    def say_to(self, partner: str, most: int = 50) -> list[Spoken]:
        """Say what is due for a partner, oldest first, until the channel does not take one."""
        with self.store.read() as uow:
            waiting = uow.outgoing.due(partner, self.clock.now(), most)
        done: list[Spoken] = []
        for outgoing in waiting:
            if (claimed := self._claim(outgoing)) is not None:
                done.append(self._say(claimed))
                if done[-1].outcome == "later":
                    break
        return done

    def _claim(self, outgoing: Outgoing) -> Outgoing | None:
        with self.store.write(outgoing.partner) as uow:
            claimed = uow.outgoing.claim(outgoing, self.clock.now() + self.lease)
            # a crash before leaves it due; after, a claim that nobody works on: it is due again
            # when the lease has ended
            uow.commit("outgoing.claim")
        return claimed

    def _say(self, claimed: Outgoing) -> Spoken:
        try:
            self._hand_over(claimed)
        except InputError as error:
            return self._failed(claimed, SendError(str(error), "no", alert=True, hint=error.hint))
        except SendError as error:
            return self._failed(claimed, error)
        now = self.clock.now()
        return self._settle(claimed, now, 0, Spoken(claimed.partner, claimed.kind, "sent"))

    def _hand_over(self, claimed: Outgoing) -> None:
        with self.store.read() as uow:
            partner = uow.registry.partner(claimed.partner)
        with self.channels.open(partner) as adapter:
            reach("before:say")
            adapter.say(message_of(claimed))
            # a crash here: the partner has it and we do not know; it gets the same bytes again
            reach("after:say")

    def _failed(self, claimed: Outgoing, error: SendError) -> Spoken:
        now = self.clock.now()
        refused = isinstance(error, RefusedError)
        if refused or self.policy.too_old(claimed.made_at, now):
            told = Spoken(claimed.partner, claimed.kind, "dropped", str(error), alert=True)
            return self._settle(claimed, None, 0, told)
        wait = self.policy.delay(claimed.tries, lot(claimed.partner, now))
        due_at = now + max(wait, min(error.retry_after, DAY))
        told = Spoken(claimed.partner, claimed.kind, "later", str(error), error.alert)
        return self._settle(claimed, None, due_at, told)

    def _settle(
        self, claimed: Outgoing, handed_at: Micros | None, due_at: Micros, told: Spoken
    ) -> Spoken:
        with self.store.write(claimed.partner) as uow:
            if not uow.outgoing.settle(claimed, handed_at, due_at) and claimed.kind == Kind.ANSWER:
                raise Taken(f"an answer to {claimed.partner} was taken over by another worker")
            # a crash before leaves the claim: said once more when its lease has ended. After, done
            uow.commit("outgoing.settle")
        return told


def message_of(outgoing: Outgoing) -> Message:
    """The file that a channel carries: an answer is named by what it answers, a head always the
    same; the ending is of the form in which it is signed."""
    suffix = SUFFIX[form_of(outgoing.body)]
    if outgoing.kind == Kind.HEAD:
        name = f"palang-{outgoing.partner}-head.{suffix}"
    else:
        subject = outgoing.subject.removeprefix("sha256:")[:SHORT]
        name = f"palang-{outgoing.partner}-answer-{subject}.{suffix}"
    return Message(name, outgoing.body, outgoing.digest, outgoing.subject)
