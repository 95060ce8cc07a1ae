"""What a status check looks at, gathered in one go, and the thresholds that it is held against."""

from dataclasses import dataclass

from gateway.domain import merkle
from gateway.domain.consent import ConsentRecord, live
from gateway.domain.errors import PalangError
from gateway.domain.health import Figures
from gateway.domain.ledger import read_checkpoint
from gateway.domain.parties import Officer, Partner, PartnerKind, Standing
from gateway.domain.times import DAY, Micros
from gateway.domain.trust import Owner, OwnerKind, Trust
from gateway.ports import Clock, DeliveryFilter, Notes, Store, UnitOfWork
from gateway.ports.health import FiguresReader
from gateway.services.progress import ProgressService

OVERDUE_DAYS = 35
"""How far back overdue deliveries are looked for: a monthly rhythm and some days."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds, `[status]` in the settings. A second name is the critical one.

    unsent: how long what is released may wait for a partner to take it. heartbeat: how long a
    worker may be silent. checkpoint: how long a grown ledger may have no signed head. disk: percent
    free. key_days, certificate_days, consent_days: how long before an end it is told. backup_hours:
    how old the last backup may be.
    """

    unsent_minutes: int = 60
    unsent_critical_minutes: int = 360
    heartbeat_seconds: int = 120
    heartbeat_critical_seconds: int = 600
    checkpoint_minutes: int = 15
    checkpoint_critical_minutes: int = 60
    disk_percent: int = 10
    disk_critical_percent: int = 3
    key_days: int = 60
    key_critical_days: int = 7
    certificate_days: int = 30
    certificate_critical_days: int = 7
    consent_days: int = 30
    backup_hours: int = 26


@dataclass(frozen=True, slots=True)
class Machine:
    """What the machine says. `free` and `total` are bytes of the state folder's disk;
    `synchronised` is None where nobody can tell; `certificates` pair a file with its end;
    `backup_at` is None where no backup was made from here."""

    free: int
    total: int
    synchronised: bool | None
    certificates: tuple[tuple[str, Micros], ...]
    backup_at: Micros | None


@dataclass(frozen=True, slots=True)
class Stamping:
    """What time-stamps say: the rhythm that was chosen, when the last token came, and whether the
    ledger has a newer head that waits for one."""

    rhythm: Micros
    last: Micros | None
    waits: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a status check looks at. `ledger_fault` is "" where the head holds;
    `overdue` counts deliveries by operator."""

    now: Micros
    gateway: str
    figures: Figures
    trust: Trust
    partners: tuple[Partner, ...]
    officers: tuple[Officer, ...]
    consents: tuple[ConsentRecord, ...]
    overdue: tuple[tuple[str, int], ...]
    ledger_fault: str
    machine: Machine
    stamping: Stamping | None = None


@dataclass(frozen=True, slots=True)
class FactsReader:
    """Gathers facts from the store."""

    store: Store
    clock: Clock
    figures: FiguresReader
    notes: Notes
    stamp_rhythm: Micros = 0

    def read(self, machine: Machine) -> Facts:
        """All facts. Raises what the store raises."""
        now = self.clock.now()
        figures = self.figures.read()
        with self.store.read() as uow:
            partners = uow.registry.partners()
            return Facts(
                now=now,
                gateway=uow.registry.gateway().name,
                figures=figures,
                trust=uow.registry.trust(),
                partners=partners,
                officers=uow.registry.officers(),
                consents=tuple(_live(uow, partners, now)),
                overdue=self._overdue(uow, partners, now),
                ledger_fault=ledger_fault(uow, self.notes),
                machine=machine,
                stamping=self._stamping(uow),
            )

    def _stamping(self, uow: UnitOfWork) -> Stamping | None:
        """None where no authority is named."""
        if not self.stamp_rhythm:
            return None
        head = uow.log.latest_checkpoint()
        waits = head is not None and not uow.log.timestamp(head.size)
        return Stamping(self.stamp_rhythm, uow.log.stamped_at(), waits)

    def _overdue(
        self, uow: UnitOfWork, partners: tuple[Partner, ...], now: Micros
    ) -> tuple[tuple[str, int], ...]:
        """Only an operator can be overdue; the exact word is the progress report's."""
        progress, found = ProgressService(self.store, self.clock), {}
        for partner in partners:
            if partner.kind is not PartnerKind.OPERATOR:
                continue
            deliveries = uow.deliveries.deliveries(DeliveryFilter(partner=partner.id))
            late = [
                one.id
                for one in deliveries
                if (one.handed_over_at or one.acknowledged_at or 0) > now - OVERDUE_DAYS * DAY
            ]
            count = sum(progress.delivery(one).overdue for one in late)
            if count:
                found[partner.id] = count
        return tuple(sorted(found.items()))


def _live(uow: UnitOfWork, partners: tuple[Partner, ...], now: Micros) -> list[ConsentRecord]:
    """The ruling consent of each live OTT that has one."""
    given = (
        live(uow.registry.consents(partner.id), now)
        for partner in partners
        if partner.kind is PartnerKind.OTT and partner.standing is Standing.LIVE
    )
    return [record for record in given if record is not None]


def ledger_fault(uow: UnitOfWork, notes: Notes) -> str:
    """Why the latest signed head does not hold over the stored ledger, "" where it does."""
    latest = uow.log.latest_checkpoint()
    if latest is None:
        return ""
    gateway, trust = uow.registry.gateway(), uow.registry.trust()
    owner = Owner(OwnerKind.GATEWAY, gateway.name)
    try:
        body, _key = notes.verify(latest.note, gateway.name, owner, trust, latest.at)
        head = read_checkpoint(body)
        if head.size > uow.log.size():
            return f"the ledger has {uow.log.size()} leaves, its signed head {head.size}"
        if merkle.subtree(0, head.size, uow.log.node) != head.root:
            return f"the tree over {head.size} leaves has another root than the signed head"
        if (head.origin, head.size) != (gateway.origin, latest.size):
            return "the signed head is of another ledger"
    except PalangError as error:
        return f"the signed head can't be verified: {error}"
    return ""
