"""The worker's services on top of a gateway's parts, and what it tells."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from gateway.cli.process import WorkerActs
from gateway.domain.backup import NUMBERS
from gateway.domain.ending import when_told
from gateway.domain.errors import Conflict
from gateway.domain.records import SignedCheckpoint, Stream
from gateway.domain.times import HOUR, SECOND
from gateway.jobs import Happening, Ticker, Trouble, Work
from gateway.main.heart import Heart
from gateway.main.logs import INFO, WARNING, make_log
from gateway.main.publishing import Publisher
from gateway.main.rotating import reminders, trials
from gateway.main.stamping import stamp_round
from gateway.services.answers import Answers
from gateway.services.attempts import AttemptBook
from gateway.services.circuit import Circuit
from gateway.services.consents import Consents
from gateway.services.dispatch import DispatchService, Tried
from gateway.services.heads import HeadService
from gateway.services.intake_load import sweep_abandoned
from gateway.services.list_wants import AskedLists, ListTaking
from gateway.services.outbox import OutboxService, Spoken
from gateway.services.packing import Packer
from gateway.services.pens import Pens
from gateway.services.receiving import CollectService, Judged, JudgeService
from gateway.services.release_check import ReleaseCheck
from gateway.services.reminders import KeyReminder
from gateway.services.renewal import RenewalService
from gateway.services.sealing import SealingService
from gateway.services.source_inbox import AutoTake
from gateway.services.sweep import SweepService
from gateway.services.timestamps import Stamped
from gateway.store.heartbeats import SqlHeartbeats
from gateway.store.highwater import HighWaterFile
from keys.documents import Documents
from keys.envelopes import EnvelopeSealer
from keys.policy import check_floors

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway


def build_work(gateway: Gateway, jitter: Callable[[], float], draw: Callable[[int], bytes]) -> Work:
    """Everything that a round calls. Raises NotPermitted for a library with a known hole, Conflict
    where the database lies behind the high-water file."""
    check_floors()
    store, clock, channels = gateway.store, gateway.clock, gateway.channels
    highwater = HighWaterFile(gateway.settings.high_water_file)
    check_high_water(gateway, highwater)
    require_numbers(gateway)
    policy, signatures = gateway.settings.retry.policy(), Documents()
    pens = Pens(gateway.keyring, signatures)
    return Work(
        sealing=_sealing(gateway, highwater, draw),
        dispatch=_dispatch(gateway, highwater, jitter),
        collect=CollectService(store, clock, channels),
        judge=JudgeService(
            store, clock, signatures, Answers(pens), receipt=policy.receipt, lists=gateway.lists
        ),
        sweep=SweepService(store, clock, policy),
        checkpoints=gateway.checkpoints,
        consents=Consents(store, signatures, clock),
        heads=_heads(gateway, pens),
        outbox=OutboxService(store, clock, channels, policy, gateway.settings.lease),
        publish=Publisher(gateway),
        trials=trials(gateway).run,
        remind=reminders(gateway).run,
        lists=ListTaking(
            gateway.source_inbox,
            AskedLists(store, clock),
            AutoTake(gateway.source_inbox, on=gateway.settings.intake.auto_take),
        ),
        heart=Heart(SqlHeartbeats(store), clock).beat,
        stamp=stamp_round(gateway),
    )


def _sealing(
    gateway: Gateway, highwater: HighWaterFile, draw: Callable[[int], bytes]
) -> SealingService:
    return SealingService(
        gateway.store,
        gateway.clock,
        gateway.keyring,
        Documents(),
        _packer(gateway),
        gateway.checkpoints,
        highwater,
        ReleaseCheck(gateway.approvals, gateway.clock),
        draw,
    )


def _packer(gateway: Gateway) -> Packer:
    return Packer(gateway.keyring, EnvelopeSealer())


def _dispatch(
    gateway: Gateway, highwater: HighWaterFile, jitter: Callable[[], float]
) -> DispatchService:
    store, clock, settings = gateway.store, gateway.clock, gateway.settings
    circuit = Circuit(settings.retry.policy(), settings.fairness.pace())
    renewal = RenewalService(store, clock, _packer(gateway), Documents())
    book = AttemptBook(store, clock, circuit, jitter, settings.lease)
    return DispatchService(store, clock, gateway.channels, highwater, renewal, book)


def _heads(gateway: Gateway, pens: Pens) -> HeadService:
    heads = gateway.settings.heads
    return HeadService(
        gateway.store,
        gateway.clock,
        pens,
        rhythm=heads.rhythm_hours * HOUR,
        life=heads.life_hours * HOUR,
    )


def check_high_water(gateway: Gateway, highwater: HighWaterFile) -> None:
    """Refuse to start behind what has left the house (promise E). Raises Conflict."""

    def look() -> tuple[int, int, Sequence[Stream]]:
        with gateway.store.read() as unit:
            epoch = unit.registry.gateway().epoch
            return epoch, unit.log.size(), tuple(unit.deliveries.streams(epoch))

    highwater.check_with(look)


def require_numbers(gateway: Gateway) -> None:
    """Refuse to start where a restored backup's numbers are not back: an unblock would find none of
    those who were sent the block. Raises Conflict."""
    if (gateway.settings.state_folder / NUMBERS).exists():
        raise Conflict(
            "the numbers of the restored backup are not back in the database",
            hint="bring the period keys and their secret into this home (docs/retention.md), then "
            "palang retention refill",
        )


def worker_acts(gateway: Gateway) -> WorkerActs:
    """One round, or rounds until a signal."""
    log = make_log()
    troubles: list[Happening] = []

    def tell(happening: Happening) -> None:
        level, event, facts = told(happening)
        log.log(level, event, **facts)
        if level >= WARNING and not isinstance(happening, KeyReminder):
            troubles.append(happening)

    rounds = gateway.rounds(tell)

    def swept() -> None:
        """What a crash of `palang intake add` left goes, whoever comes first."""
        try:
            intakes = sweep_abandoned(gateway.store, gateway.clock.now())
        except Conflict as busy:  # the next start or the next intake does it
            log.log(WARNING, "not swept", error=str(busy))
        else:
            if intakes:
                log.log(WARNING, "swept", intakes=intakes)

    def once() -> bool:
        swept()
        rounds.run_once()
        rounds.close()
        return not troubles

    def run() -> None:
        stop = threading.Event()
        when_told(stop.set)
        log.log(INFO, "started", gateway=gateway.name)
        swept()
        Ticker(rounds, gateway.settings.worker.tick_seconds * SECOND).run(stop)
        log.log(INFO, "stopped", gateway=gateway.name)

    return WorkerActs(once, run)


def told(happening: Happening) -> tuple[int, str, dict[str, object]]:
    """Level, event name and facts of a happening; facts are ids, states, counts, never numbers."""
    event = type(happening).__name__.lower()
    if isinstance(happening, SignedCheckpoint):
        return INFO, event, {"size": happening.size}
    if isinstance(happening, Stamped):
        return INFO, event, {"size": happening.head.size}
    # an enum's text, not its name; everything else as it is
    facts = {k: str(v) if isinstance(v, str) else v for k, v in asdict(happening).items()}
    alarming = isinstance(happening, Trouble | KeyReminder) or (
        isinstance(happening, Tried | Judged | Spoken) and happening.alert
    )
    return (WARNING if alarming else INFO), event, facts
