"""One number's whole story: who asked for it, which batches, who was told, what each declared."""

from dataclasses import dataclass

from gateway.domain.delivery import Delivery
from gateway.domain.parties import Partner
from gateway.ports import Clock, Store
from gateway.ports.views.cases import Asked, CasePages, Placed, Said
from gateway.services.progress import Progress, ProgressService


@dataclass(frozen=True, slots=True)
class Told:
    """A delivery that holds the number: as which entry, and every word about it, oldest first.

    `word` is the one that counts: the highest revision that is in no conflict.
    """

    progress: Progress
    partner: Partner
    entry: int
    said: tuple[Said, ...]

    @property
    def delivery(self) -> Delivery:
        """Its delivery."""
        return self.progress.delivery

    @property
    def word(self) -> Said | None:
        """The word that counts; of equal revisions in no conflict the last (a repetition)."""
        counting = [one for one in self.said if not one.conflict]
        return max(counting, key=lambda one: one.revision) if counting else None


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
        return Told(one, partner, entry, self.pages.said(delivery, entry))
