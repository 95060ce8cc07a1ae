"""A partner as one page tells it: its card, who signed what, its ladder, its keys, what is next.

Nothing here decides anything: each step is told from what the acts themselves left behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.consent import ConsentRecord, live
from gateway.domain.errors import NotFound, NotVerified
from gateway.domain.ladder.rungs import LadderResult
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.records import ApprovalRecord
from gateway.domain.rotation import Phase, by_form, lasts_until, phase, reminder
from gateway.domain.statements import Card
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role
from gateway.ports import Clock, Signatures, Store, UnitOfWork
from gateway.services import ladder_gate
from gateway.services.approvals import Act
from gateway.services.cards import OpenCard
from gateway.services.phases import KeyState
from gateway.services.recipients import confirmations, used_by
from gateway.services.waiting_card import proposed, waits


class Step(StrEnum):
    """The way of a partner from its card to its first parcel (docs/onboarding.md)."""

    IMPORTED = "imported"
    COMPARED = "compared"
    PROPOSED = "proposed"
    TESTED = "tested"
    SIGNED_AGAIN = "signed-again"
    APPROVED = "approved"
    CONSENTED = "consented"
    LIVE = "live"


class Stand(StrEnum):
    """Where a step stands: NOW is the one that somebody does next."""

    DONE = "done"
    NOW = "now"
    OPEN = "open"
    FAILED = "failed"
    NOT_NEEDED = "not-needed"


@dataclass(frozen=True, slots=True)
class Told:
    """A step, where it stands, and who did it when; "" and None where nobody signs it."""

    step: Step
    stand: Stand
    officer: str = ""
    at: Micros | None = None


@dataclass(frozen=True, slots=True)
class Climb:
    """The last signed result of the self-test ladder with the card that rules or waits; `override`
    is the reference under which the partner went live without one."""

    result: LadderResult | None
    at: Micros | None
    needed: bool
    override: str = ""


@dataclass(frozen=True, slots=True)
class PartnerStory:
    """`card` is the one that rules, or the one that waits where none does; None where what is kept
    can't be read. `waits` is whether a card waits for a second officer; `outdated` whether the
    ladder ended after its proposal was signed, so that the first officer signs again."""

    partner: Partner
    card: Card | None
    received_at: Micros | None
    proposed: ApprovalRecord | None
    approved: ApprovalRecord | None
    waits: bool
    outdated: bool
    climb: Climb
    consent: ConsentRecord | None

    @property
    def steps(self) -> tuple[Told, ...]:
        """Every step in order, with the one that is next."""
        return tuple(_with_next(list(self._steps())))

    def _steps(self) -> Iterator[Told]:
        first, live_ = self.proposed, self.partner.standing is Standing.LIVE
        by, at = (first.officer, first.at) if first else ("", None)
        yield Told(Step.IMPORTED, _done(first is not None), "", at)
        yield Told(Step.COMPARED, _done(first is not None), by, at)
        yield Told(Step.PROPOSED, _done(first is not None), by, at)
        yield self._tested(live_)
        if self.outdated and self.waits:
            yield Told(Step.SIGNED_AGAIN, Stand.OPEN)
        signed = None if self.waits else self.approved
        yield Told(
            Step.APPROVED,
            _done(signed is not None),
            signed.officer if signed else "",
            signed.at if signed else None,
        )
        yield Told(Step.LIVE, _done(live_), "", self.approved.at if self.approved else None)
        if self.partner.kind is PartnerKind.OTT:
            since = self.consent.terms.since if self.consent is not None else None
            yield Told(Step.CONSENTED, _done(since is not None), "", since)

    def _tested(self, live_: bool) -> Told:
        climb = self.climb
        if climb.result is not None:
            stand = Stand.DONE if climb.result.passed else Stand.FAILED
            return Told(Step.TESTED, stand, "", climb.at)
        skipped = not climb.needed or live_ or climb.override
        return Told(Step.TESTED, Stand.NOT_NEEDED if skipped else Stand.OPEN)


@dataclass(frozen=True, slots=True)
class PartnerKeys:
    """A partner's pinned keys with their phases, and when a reminder is due: (role, days, end)."""

    keys: tuple[KeyState, ...]
    reminders: tuple[tuple[Role, int, Micros], ...]


@dataclass(frozen=True, slots=True)
class PartnerStories:
    """Reads them."""

    store: Store
    signatures: Signatures
    clock: Clock
    open_card: OpenCard

    def of(self, partner: str) -> PartnerStory:
        """One. Raises NotFound."""
        now = self.clock.now()
        with self.store.read() as uow:
            found = uow.registry.partner(partner)
            first = proposed(uow, partner)
            waiting = first is not None and waits(found, first.digest)
            live_ = found.standing is Standing.LIVE
            ruling = found.card if live_ or first is None else first.digest
            card, received = self._card(uow, ruling)
            return PartnerStory(
                partner=found,
                card=card,
                received_at=received,
                proposed=first,
                approved=_approved(uow, partner),
                waits=waiting,
                outdated=first is not None and ladder_gate.is_outdated(uow, first),
                climb=self._climb(uow, found, first.digest if first else found.card),
                consent=live(uow.registry.consents(partner), now),
            )

    def keys(self, partner: str) -> PartnerKeys:
        """Its pinned keys by role and beginning. Raises NotFound."""
        now = self.clock.now()
        with self.store.read() as uow:
            uow.registry.partner(partner)
            mine = uow.registry.trust().of(Owner(OwnerKind.PARTNER, partner))
            known = frozenset[str]()
            if any(phase(key, mine, False, now) is Phase.OVERLAP for key in mine):
                # what shows that it is in use is looked for only where that makes a difference
                known = confirmations(uow, partner) | used_by(uow, partner)
        ordered = sorted(mine, key=lambda key: (key.role, key.not_before, key.kid))
        states = (KeyState(key, phase(key, mine, key.kid in known, now)) for key in ordered)
        return PartnerKeys(tuple(states), tuple(_reminders(mine, now)))

    def _card(self, uow: UnitOfWork, digest: str) -> tuple[Card | None, Micros | None]:
        """The kept card, read at the moment it came; None where it can't be."""
        try:
            kept = uow.inbox.inbound_by_digest(digest)
            opened = self.open_card(kept.body, uow.registry.gateway().name, kept.received_at)
        except (NotFound, NotVerified):
            return None, None
        return opened.card, kept.received_at

    def _climb(self, uow: UnitOfWork, partner: Partner, card: str) -> Climb:
        needed = not partner.test and partner.kind is not PartnerKind.SOURCE
        notes = uow.ladder.of(partner.id, card)
        override = next((n.head for n in reversed(notes) if n.kind == "override"), "")
        last = next((n for n in reversed(notes) if n.kind == "result"), None)
        if last is None:
            return Climb(None, None, needed, override)
        result = ladder_gate.read(uow, self.signatures, last)
        return Climb(result, last.at, needed, override)


def _done(done: bool) -> Stand:
    return Stand.DONE if done else Stand.OPEN


def _with_next(steps: list[Told]) -> Iterator[Told]:
    """The first step that is neither done nor needless is the one that is next."""
    taken = False
    for one in steps:
        if one.stand is Stand.FAILED:
            taken = True
        if one.stand is Stand.OPEN and not taken:
            taken = True
            yield Told(one.step, Stand.NOW)
        else:
            yield one


def _approved(uow: UnitOfWork, partner: str) -> ApprovalRecord | None:
    words = uow.registry.approvals(f"partner:{partner}")
    return next((w for w in reversed(words) if w.act == Act.PARTNER_APPROVE), None)


def _reminders(keys: tuple[PinnedKey, ...], now: Micros) -> Iterator[tuple[Role, int, Micros]]:
    for form in by_form(keys):
        for role in Role:
            end = lasts_until(form, role, now)
            days = reminder(end, now) if end is not None else None
            if end is not None and days is not None:
                yield role, days, end
