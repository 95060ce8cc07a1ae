"""Partners: a card comes in, one officer proposes it, another one makes it live (promise I).

A later card changes channel and keys the same way. Keys that were pinned stay as they are: they
verify what was signed while they were valid, until they end or are revoked.
"""

from collections.abc import Callable

from gateway.domain.canonical import JsonObject
from gateway.domain.canonical import digest as digest_of
from gateway.domain.errors import Conflict, NotFound, NotPermitted, NotVerified
from gateway.domain.key_sheet import KeySheet
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Partner, Standing
from gateway.domain.records import ApprovalRecord, InboundRecord, InboundState
from gateway.domain.statements import Card
from gateway.domain.times import Micros, to_wire
from gateway.domain.trust import PinnedKey
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.approvals import Act, Approvals, Asked, Signatory, approval_event
from gateway.services.card_review import (
    Proposal,
    check_heard,
    key_sheet,
    proposal,
    ruling_card,
)
from gateway.services.cards import (
    OpenCard,
    OpenedCard,
    record_consent,
    refuse_foreign_keys,
    to_partner,
)
from gateway.services.ladder_gate import is_outdated, require_climbed
from gateway.services.waiting_card import proposed as proposed_word
from gateway.services.waiting_card import waiting_card, waits

CheckChannel = Callable[[Card], None]
"""Whether the card's channel may be used here. Raises InputError (scheme, address)."""


class Partners:
    """Who is sent to and heard from."""

    def __init__(
        self,
        store: Store,
        approvals: Approvals,
        clock: Clock,
        open_card: OpenCard,
        check_channel: CheckChannel,
    ) -> None:
        self._store = store
        self._approvals = approvals
        self._clock = clock
        self._open_card = open_card
        self._check_channel = check_channel

    def all(self) -> tuple[Partner, ...]:
        """All, by id."""
        with self._store.read() as uow:
            return uow.registry.partners()

    def show(self, partner: str) -> tuple[Partner, tuple[PinnedKey, ...], str]:
        """A partner, its pinned keys, and the digest of a card that waits for approval or "".

        Raises NotFound.
        """
        with self._store.read() as uow:
            found = uow.registry.partner(partner)
            keys = uow.registry.trust().keys
            proposed = proposed_word(uow, partner)
        waiting = proposed.digest if proposed and waits(found, proposed.digest) else ""
        return found, tuple(k for k in keys if k.owner.id == partner), waiting

    def preview(self, jws: bytes) -> Proposal:
        """What a card says and would change; nothing is signed or kept. Raises as propose."""
        at = self._clock.now()
        with self._store.read() as uow:
            opened = self._open(uow, jws, at)
            partner = to_partner(uow, opened, Standing.PROPOSED, at)
            before = _known(uow, partner.id)
            self._refuse_old(uow, before, opened, at)
            return proposal(partner, opened, ruling_card(uow, before, self._open_card))

    def waiting(self, partner: str) -> Proposal | None:
        """The card that waits for a second officer, with what it changes. Raises NotFound."""
        at = self._clock.now()
        with self._store.read() as uow:
            found = uow.registry.partner(partner)
            opened = self._waiting(uow, found, at)
            ruling = ruling_card(uow, found, self._open_card)
            return proposal(found, opened, ruling) if opened else None

    def sheet(self, partner: str) -> KeySheet:
        """The key sheet of a partner, with the keys of a card that waits. Raises NotFound,
        Conflict."""
        at = self._clock.now()
        with self._store.read() as uow:
            found = uow.registry.partner(partner)
            return key_sheet(uow, found, self._waiting(uow, found, at), at)

    def _waiting(self, uow: UnitOfWork, partner: Partner, at: Micros) -> OpenedCard | None:
        return waiting_card(uow, partner, self._open_card, at)

    def propose(self, jws: bytes, by: Signatory, heard: str = "") -> Proposal:
        """Propose a card under one officer's signature over its digest.

        `heard` is its fingerprint as read out by the partner, where the officer gives it.
        Raises NotVerified (the card's own signature, another fingerprint), InputError, Conflict
        (known card, an older one, a key of somebody else).
        """
        at = self._clock.now()
        with self._store.write() as uow:
            opened = self._open(uow, jws, at)
            check_heard(opened, heard)
            partner = to_partner(uow, opened, Standing.PROPOSED, at)
            before = _known(uow, partner.id)
            self._refuse_old(uow, before, opened, at)
            asked = Asked(Act.PARTNER_PROPOSE, f"partner:{partner.id}", opened.digest)
            word = self._approvals.sign(uow, by, asked, at)
            event = approval_event(Tag.PARTNER_PROPOSE, word, _facts(partner))
            if before is None or before.standing is Standing.PROPOSED:
                uow.save(partner, event)
            _keep_card(uow, partner.id, jws, event)
            uow.save(word, event)
            made = proposal(partner, opened, ruling_card(uow, before, self._open_card))
            # a crash here leaves no proposal: propose the same card again
            uow.commit("partner.propose")
        return made

    def approve(
        self, partner: str, by: Signatory, heard: str = "", override: str = "", shown: str = ""
    ) -> Proposal:
        """Make the proposed card live under a second officer's signature, pin its keys, and record
        the consent that it carries. `heard` as in propose; `override` is the reference under which
        a partner goes live without a passed ladder; `shown` is the digest of the card that a page
        showed: another one that was proposed meanwhile is not approved unseen (promise I).

        Raises NotFound, Conflict (nothing or another proposed, the ladder), NotPermitted (the
        proposer), NotVerified, InputError (the reference).
        """
        at = self._clock.now()
        with self._store.write() as uow:
            proposed = self._to_approve(uow, partner, by, at)
            if shown not in ("", proposed.digest):
                raise Conflict(
                    f"partner {partner}: another card was proposed since this one was shown",
                    hint="look at the card that waits now, and compare its fingerprint",
                )
            jws = uow.inbox.inbound_by_digest(proposed.digest).body
            opened = self._open(uow, jws, at)
            if opened.digest != proposed.digest:
                raise NotVerified(
                    "bad-digest", f"partner {partner}: the kept card is not the one proposed"
                )
            check_heard(opened, heard)
            live = to_partner(uow, opened, Standing.LIVE, at)
            found = uow.registry.partner(partner)
            ruling = ruling_card(uow, found, self._open_card)
            why = require_climbed(uow, self._approvals.signatures, found, proposed, override, at)
            asked = Asked(Act.PARTNER_APPROVE, f"partner:{partner}", proposed.digest)
            word = self._approvals.sign(uow, by, asked, at)
            event = approval_event(Tag.PARTNER_APPROVE, word, _facts(live) | why)
            uow.save(word, event)
            uow.save(live, event)
            _pin_new(uow, opened, at)
            record_consent(uow, live, opened, at)
            # a crash here leaves the proposal as it was: approve again
            uow.commit("partner.approve")
        return proposal(live, opened, ruling)

    def _open(self, uow: UnitOfWork, jws: bytes, at: Micros) -> OpenedCard:
        opened = self._open_card(jws, uow.registry.gateway().name, at)
        self._check_channel(opened.card)
        refuse_foreign_keys(uow, opened)
        return opened

    def _refuse_old(
        self, uow: UnitOfWork, before: Partner | None, opened: OpenedCard, at: Micros
    ) -> None:
        """A card that rules already, or one older than it, changes nothing or turns time back."""
        if before is None:
            return
        if before.standing is Standing.CLOSED:
            raise Conflict(f"partner {before.id} is closed for good")
        proposed = proposed_word(uow, before.id)
        known = {before.card if before.standing is Standing.LIVE else ""}
        stands = proposed is not None and not is_outdated(uow, proposed)
        if proposed is not None and stands and self._approvals.holds(uow, proposed, at):
            known.add(proposed.digest)
        if opened.digest in known:
            raise Conflict(
                f"partner {before.id}: this card is known already",
                hint=f"another officer approves it: palang partner approve {before.id}",
            )
        if before.standing is Standing.LIVE:
            self._refuse_older(uow, before, opened, at)

    def _refuse_older(
        self, uow: UnitOfWork, before: Partner, opened: OpenedCard, at: Micros
    ) -> None:
        ruling = uow.inbox.inbound_by_digest(before.card)
        since = self._open_card(ruling.body, uow.registry.gateway().name, ruling.received_at)
        if opened.card.at <= since.card.at:
            raise Conflict(
                f"partner {before.id}: the card of {to_wire(since.card.at)} rules; this one is of "
                f"{to_wire(opened.card.at)}",
                hint="ask the partner for its newest card",
            )
        if opened.card.partner_kind != before.kind or opened.card.test != before.test:
            raise Conflict(
                f"partner {before.id}: a new card changes channel and keys, never the kind or the "
                "test mark",
                hint="another kind of partner takes another id",
            )

    def _to_approve(
        self, uow: UnitOfWork, partner: str, by: Signatory, at: Micros
    ) -> ApprovalRecord:
        found = uow.registry.partner(partner)
        proposed = proposed_word(uow, partner)
        if proposed is None or not waits(found, proposed.digest):
            raise Conflict(
                f"partner {partner}: no card waits for approval",
                hint="propose one first: palang partner add CARD",
            )
        if proposed.officer == by.officer:
            raise NotPermitted(
                f"officer {by.officer} proposed partner {partner} and can't approve it",
                hint="another live officer approves, after comparing the fingerprint by telephone",
            )
        if not self._approvals.holds(uow, proposed, at):
            raise NotPermitted(
                f"partner {partner}: the proposer's signature counts no more",
                hint="propose the card again: palang partner add CARD",
            )
        return proposed


def _known(uow: UnitOfWork, partner: str) -> Partner | None:
    try:
        return uow.registry.partner(partner)
    except NotFound:
        return None


def _keep_card(uow: UnitOfWork, partner: str, jws: bytes, event: LedgerEvent) -> None:
    """The card's bytes stay as evidence with everything else that the partner said."""
    digest = digest_of(jws)
    record = InboundRecord(0, partner, "statement", digest, jws, event.at, InboundState.ACCEPTED)
    uow.inbox.keep(record, event)


def _pin_new(uow: UnitOfWork, opened: OpenedCard, at: Micros) -> None:
    """Pin what is not pinned yet; one key keeps the window that it was first pinned with."""
    pinned = {key.kid for key in uow.registry.trust().keys}
    for key in opened.keys:
        if key.kid not in pinned:
            owner = f"{key.owner.kind}/{key.owner.id}"
            facts = {"owner": owner, "kid": key.kid, "role": str(key.role), "counts": True}
            uow.save(key, LedgerEvent(Tag.KEY_ADD, at, facts))


def _facts(partner: Partner) -> JsonObject:
    return {
        "partner": partner.id,
        "partner_kind": str(partner.kind),
        "standing": str(partner.standing),
        "test": partner.test,
        "card": partner.card,
    }
