"""Legal holds: one officer places one, two lift it. What is under hold is never purged."""

import secrets
from dataclasses import dataclass, replace

from gateway.domain.canonical import JsonObject
from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.domain.ledger import Tag
from gateway.domain.references import looks_like_number
from gateway.domain.retention import (
    BATCH,
    HELD_KINDS,
    INTAKE,
    NUMBER,
    PARTNER,
    LegalHold,
    hold_digest,
)
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.approvals import NEEDED, Act, Approvals, Asked, Signatory, approval_event

_SALT = 32


@dataclass(frozen=True, slots=True)
class Order:
    """A hold that is asked for: `subject` a batch, partner or intake, or `number` as E.164
    digits."""

    kind: str
    subject: str
    number: int
    reason: str
    reference: str


class LegalHolds:
    """The use cases."""

    def __init__(self, store: Store, approvals: Approvals, clock: Clock) -> None:
        self._store, self._approvals, self._clock = store, approvals, clock

    def all(self) -> tuple[LegalHold, ...]:
        """Every hold, lifted ones too, oldest first."""
        with self._store.read() as uow:
            return uow.retention.holds()

    def place(self, order: Order, by: Signatory) -> LegalHold:
        """One officer's signed order; it holds at once.

        Raises InputError (no reason, or a phone number in it), NotFound (no such batch, partner or
        intake), NotPermitted, NotVerified.
        """
        _check(order)
        at = self._clock.now()
        with self._store.write() as uow:
            _require(uow, order)
            made = LegalHold(
                0,
                order.kind,
                order.subject,
                order.number,
                order.reason.strip(),
                order.reference.strip(),
                secrets.token_bytes(_SALT),
                "",
                at,
            )
            made = replace(made, digest=hold_digest(uow.registry.gateway().name, made))
            asked = Asked(Act.RETENTION_HOLD, _subject(made), made.digest)
            word = self._approvals.sign(uow, by, asked, at)
            event = approval_event(Tag.RETENTION_HOLD, word, _facts(made))
            uow.save(word, event)
            uow.retention.put_hold(made, event)
            # a crash before leaves no hold: place it again
            uow.commit("retention.hold")
        return next(hold for hold in self.all() if hold.digest == made.digest)

    def lift(self, hold: int, by: Signatory) -> LegalHold | None:
        """One officer's signature that it ends; the second one's ends it, and it is returned.

        Raises NotFound, Conflict (lifted already), NotPermitted (signs twice), NotVerified.
        """
        at = self._clock.now()
        with self._store.write() as uow:
            found = next((one for one in uow.retention.holds() if one.id == hold), None)
            if found is None:
                raise NotFound(f"there is no legal hold {hold}", hint="palang retention show")
            if found.lifted_at is not None:
                raise Conflict(f"legal hold {hold} is lifted already")
            asked = Asked(Act.RETENTION_LIFT, _subject(found), found.digest)
            words = self._approvals.join(uow, by, asked, at)
            done = len(words) >= NEEDED
            facts = _facts(found) | {"signatures": len(words), "lifted": done}
            event = approval_event(Tag.RETENTION_LIFT, words[-1], facts)
            uow.save(words[-1], event)
            salt = b"" if found.kind == NUMBER else found.salt
            ended = replace(found, number=0, salt=salt, lifted_at=at)
            if done:
                uow.retention.put_hold(ended, event)
            # a crash before leaves the hold, without this signature: lift it again
            uow.commit("retention.lift")
        return ended if done else None


def _subject(hold: LegalHold) -> str:
    return f"hold:{hold.digest}"


def _facts(hold: LegalHold) -> JsonObject:
    return {"kind": hold.kind, "about": hold.subject}


def _check(order: Order) -> None:
    if order.kind not in HELD_KINDS:
        raise InputError(f"a legal hold is on one of {', '.join(HELD_KINDS)}, got {order.kind!r}")
    if not order.reason.strip() or not order.reference.strip():
        raise InputError(
            "a legal hold needs a reason and a reference",
            hint='--reason "perkara pidana" --reference "LP/B/123/2027"',
        )
    if looks_like_number(order.reason) or looks_like_number(order.reference):
        raise InputError(
            "reason or reference looks like a phone number, which may not stand there",
            hint="leave it out; a hold on a number asks for it by itself",
        )
    if (order.kind == NUMBER) != bool(order.number) or (order.kind == NUMBER) == bool(
        order.subject
    ):
        raise InputError("a legal hold is on a number, or names a batch, partner or intake")


def _require(uow: UnitOfWork, order: Order) -> None:
    """Raises NotFound or InputError where there is nothing of that name."""
    if order.kind == PARTNER:
        uow.registry.partner(order.subject)
        return
    if order.kind in (BATCH, INTAKE):
        if not order.subject.isascii() or not order.subject.isdigit():
            raise InputError(f"a {order.kind} has a number, got {order.subject!r}")
        if order.kind == BATCH:
            uow.lists.batch(int(order.subject))
        else:
            uow.lists.intake(int(order.subject))
