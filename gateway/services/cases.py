"""One number's whole story: who asked for it, which batches, who was told, what each declared."""

from dataclasses import dataclass
from typing import Literal

from gateway.domain.delivery import HALTED, Delivery
from gateway.domain.dispositions import is_final
from gateway.domain.parties import Partner
from gateway.domain.times import Micros
from gateway.ports import Clock, Store
from gateway.ports.views.cases import Asked, CasePages, Placed, Said
from gateway.services.progress import Progress, ProgressService

Timing = Literal["", "open", "in time", "late", "overdue"]


@dataclass(frozen=True, slots=True)
class Told:
    """A delivery that holds the number: as which entry, and every word about it, oldest first."""

    progress: Progress
    partner: Partner
    entry: int
    said: tuple[Said, ...]
    now: Micros

    @property
    def delivery(self) -> Delivery:
        """Its delivery."""
        return self.progress.delivery

    @property
    def word(self) -> Said | None:
        """The word that counts, if any."""
        return next((one for one in self.said if one.counts), None)

    @property
    def answered(self) -> bool:
        """Whether the word that counts is final: `tertunda`, `gagal` or a mere listing is none."""
        return self.word is not None and is_final(self.word.disposition, self.word.scope)

    @property
    def timing(self) -> Timing:
        """Of an operator's entry, as progress counts it: `in time` where a final word had come by
        the deadline, whatever came later. "" where there is no deadline."""
        deadline, delivery = self.progress.deadline, self.progress.delivery
        if deadline is None or delivery.state in HALTED:
            return ""
        final = [one for one in self.said if _final(one)]
        if any(one.received_at <= deadline for one in final):
            return "in time"
        if self.answered:
            return "late"
        return "overdue" if self.now > deadline else "open"


@dataclass(frozen=True, slots=True)
class Case:
    """A number's story."""

    number: int
    places: tuple[Placed, ...]
    rows: tuple[Asked, ...]
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """Reads cases."""

    store: Store
    clock: Clock
    pages: CasePages

    def of(self, number: int) -> Case:
        """Everything about it; empty where it never stood in a batch."""
        with self.store.read() as uow:
            found = uow.deliveries.deliveries_of_number(number)
        progress = ProgressService(self.store, self.clock)
        told = tuple(self._told(progress, delivery, entry) for delivery, entry in found)
        return Case(number, self.pages.places(number), self.pages.rows(number), told)

    def _told(self, progress: ProgressService, delivery: str, entry: int) -> Told:
        one = progress.delivery(delivery)
        with self.store.read() as uow:
            partner = uow.registry.partner(one.delivery.partner)
        said = self.pages.said(delivery, entry)
        return Told(one, partner, entry, said, self.clock.now())


def _final(word: Said) -> bool:
    return not word.conflict and is_final(word.disposition, word.scope)
