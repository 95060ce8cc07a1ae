"""What was chosen of a batch for one partner, in 13 bytes an entry instead of an object each."""

from array import array
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from gateway.domain.batch import Entry
from gateway.domain.entries import UNBLOCK
from gateway.domain.records import SealedEntry


class Traits(NamedTuple):
    """What a slice may say of an entry beside its number; many entries have the same.

    Nothing of its reporter is in it (promise G).
    """

    action: str
    category: str
    channel: str
    evidence_date: str
    basis: str
    review_date: str


class Chosen(Collection[SealedEntry]):
    """Entries in the order in which they were added, as a slice numbers them: from 1."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._numbers = array("Q")
        self._kinds = array("I")
        self._unblock = bytearray()
        self._known: dict[Traits, int] = {}
        self.add(entries)

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries behind those that are there."""
        known = self._known
        for entry in entries:
            number, action, category, channel, _ref, evidence, basis, review, _route, _of = entry
            traits = Traits(action, category, channel, evidence, basis, review)
            self._numbers.append(number)
            self._kinds.append(known.setdefault(traits, len(known)))
            self._unblock.append(action == UNBLOCK)

    @property
    def unblocks(self) -> int:
        """How many of them free a number."""
        return self._unblock.count(True)

    @property
    def blocks(self) -> int:
        """How many of them are blocks."""
        return len(self) - self.unblocks

    @property
    def traits(self) -> tuple[Traits, ...]:
        """Those that occur, each once; `rows` names them by their place."""
        return tuple(self._known)

    def rows(self) -> Iterator[tuple[int, int]]:
        """The number and the place of its traits, entry after entry."""
        return zip(self._numbers, self._kinds, strict=True)

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[SealedEntry]:
        places = range(1, len(self) + 1)
        return map(SealedEntry, places, self._numbers, map(bool, self._unblock))

    def __contains__(self, entry: object) -> bool:
        return any(entry == own for own in self)
