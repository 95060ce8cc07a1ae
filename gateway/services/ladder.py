"""`palang partner test`: the self-test ladder with a partner that is proposed (docs/adr/0009).

Nothing of it is a delivery: its parcels are rehearsals, and what comes back is read here, never in
the delivery cycle. The signed result is a condition for going live (ladder_gate.py).
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ladder.climbing import climb
from gateway.domain.ladder.rungs import (
    KIND,
    LadderResult,
    Rung,
    RungResult,
    State,
    required_of,
)
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.times import SECOND
from gateway.domain.trust import Role
from gateway.ports import Adapter, Channels, Clock, Keyring, Signatures, Store
from gateway.services.cards import OpenCard, OpenedCard, to_partner
from gateway.services.checkpoints import CheckpointService
from gateway.services.ladder_book import LadderBook, open_book
from gateway.services.ladder_channel import channel_rungs
from gateway.services.ladder_rig import Forger, LadderRig, RigKeys
from gateway.services.packing import Packer
from gateway.services.waiting_card import waiting_card

Pause = Callable[[int], bool]
"""Let the partner work, given how often it did; False ends the waiting."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Climbs it. `forger` signs with keys that are pinned nowhere, `draw` gives random bytes.
    `admit` lets a partner in at our listener for as long as it climbs, where it pulls.
    """

    store: Store
    clock: Clock
    channels: Channels
    keyring: Keyring
    signatures: Signatures
    packer: Packer
    checkpoints: CheckpointService
    open_card: OpenCard
    forger: Forger
    draw: Callable[[int], bytes]
    admit: Callable[[str], None]

    def run(
        self, partner: str, pause: Pause, *, anew: bool = False, low: bool = False
    ) -> LadderResult:
        """Climb with the card that waits, or try the channel of a live partner. With `low` only the
        channel's own rungs are tried.

        Only a whole climb is kept. Raises NotFound, NotVerified (a key of ours is missing),
        InputError (the channel).
        """
        found, opened = self._subject(partner)
        with self.channels.open(found) as adapter:
            if opened is None or low or found.standing is Standing.LIVE:
                return self._result(found, opened, channel_rungs(adapter.probe()), ())
            if found.kind is PartnerKind.OTT and opened.consent is None:
                return self._result(found, opened, _without_consent(adapter), ())
            book = open_book(self.store, self.clock, partner, opened.digest, anew=anew)
            self.admit(partner)
            rig = self._rig(found, opened, adapter, book, pause)
            rungs = climb(rig)
            seen = [note.digest for note in book.notes if note.kind in ("parcel", "statement")]
            result = self._result(found, opened, rungs, tuple(seen))
            self._keep(book, result)
        return result

    def last(self, partner: str) -> bytes:
        """The signed result of the card that waits. Raises NotFound."""
        found, opened = self._subject(partner)
        with self.store.read() as uow:
            notes = uow.ladder.of(partner, opened.digest if opened else found.card)
        results = [note.body for note in notes if note.kind == "result"]
        if not results:
            raise NotFound(
                f"partner {partner}: no ladder was climbed with this card",
                hint=f"palang partner test {partner}",
            )
        return results[-1]

    def _subject(self, partner: str) -> tuple[Partner, OpenedCard | None]:
        now = self.clock.now()
        with self.store.read() as uow:
            found = uow.registry.partner(partner)
            if found.standing is Standing.CLOSED:
                raise Conflict(f"partner {partner} is closed for good")
            opened = waiting_card(uow, found, self.open_card, now)
            if opened is None:
                return found, None
            return to_partner(uow, opened, found.standing, now), opened

    def _rig(
        self,
        partner: Partner,
        opened: OpenedCard,
        adapter: Adapter,
        book: LadderBook,
        pause: Pause,
    ) -> LadderRig:
        with self.store.read() as uow:
            gateway, size = uow.registry.gateway().name, uow.log.size()
        keys = RigKeys(
            gateway, self.keyring, self.signatures, self.packer.sealer, self.forger, self.draw
        )
        note = self.checkpoints.covering(size).note
        return LadderRig(partner, opened, adapter, book, keys, note, self.clock, pause)

    def _result(
        self,
        partner: Partner,
        opened: OpenedCard | None,
        rungs: tuple[RungResult, ...],
        seen: tuple[str, ...],
    ) -> LadderResult:
        consent = opened.consent if opened else None
        answers = consent is not None and consent.answers == "per-entry"
        with self.store.read() as uow:
            gateway = uow.registry.gateway().name
        at = self.clock.now() // SECOND * SECOND
        tried = {one.rung for one in rungs}  # the channel's own ones, or all
        needed = required_of(str(partner.kind), answers=answers)
        required = tuple(rung for rung in needed if rung in tried)
        return LadderResult(gateway, partner.id, partner.card, at, rungs, required, seen)

    def _keep(self, book: LadderBook, result: LadderResult) -> None:
        signer = self.keyring.signer(Role.STATEMENT, self.clock.now())
        book.add("result", self.signatures.sign(result.to_bytes(), KIND, signer))


def _without_consent(adapter: Adapter) -> tuple[RungResult, ...]:
    """Nothing reaches an OTT outside of its consent, no sample either (promise G)."""
    cause = "the card carries no consent"
    then = "palang-partner card --consent FILE, then propose that card"
    channel = channel_rungs(adapter.probe())
    done = {one.rung for one in channel}
    rest = (rung for rung in Rung if rung not in done)
    return (*channel, *(RungResult(rung, State.NOT_RUN, cause, then) for rung in rest))
