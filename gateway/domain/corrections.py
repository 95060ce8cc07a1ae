"""Files that correct one another: where each row comes from, and which rows stand no more.

The origin of a row is the row of the first file that it goes back to, however many corrections lie
between. A row that comes back as it was (`resent`) says nothing new. Any other row with that origin
takes the place of all that came before it, whatever becomes of itself: in doubt nothing is sent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from gateway.domain.records import IntakeRow
from gateway.domain.resolutions import ACCEPT, Resolution
from gateway.domain.rules import Outcome

Origin = int
"""An intake and a position in it, as one number: a million of them are held at once."""

_BITS = 32

RESENT = "resent"
_SAME_FILE = ("repeat", "repeat_sheet")
"""Rules whose `refers` is a row of the same file."""


def place(origin: Origin) -> tuple[int, int]:
    """The intake and the position of an origin."""
    return origin >> _BITS, origin & (1 << _BITS) - 1


class Family:
    """Intakes that correct one another. What is learnt of them comes in the order of `members`:
    ids that rise, each with the one that it follows (0 for the first)."""

    def __init__(self, members: Sequence[tuple[int, int]]) -> None:
        self.members = tuple(sorted(members))
        self._follows = dict(self.members)
        self._origins: dict[int, dict[int, Origin]] = defaultdict(dict)
        self._changed: dict[int, Counter[Origin]] = defaultdict(Counter)
        self._again: dict[int, Counter[Origin]] = defaultdict(Counter)
        self._accepted: dict[int, Counter[Origin]] = defaultdict(Counter)

    def origin(self, intake: int, position: int) -> Origin:
        """Where a row comes from; one that corrects none is its own origin."""
        return self._origins[intake].get(position, intake << _BITS | position)

    def positions(self, intake: int) -> dict[Origin, int]:
        """Where the rows of an intake stand that come from an earlier one."""
        return {origin: position for position, origin in self._origins[intake].items()}

    def learn(self, intake: int, rows: Iterable[tuple[int, IntakeRow]]) -> None:
        """The rows of a member that follows another one, with their positions."""
        parent = self._follows[intake]
        for position, row in rows:
            if not row.refers or row.rule in _SAME_FILE:
                continue
            origin = self._origins[intake][position] = self.origin(parent, row.refers)
            counts = self._again if row.rule == RESENT else self._changed
            counts[intake][origin] += 1
            self._accepted[intake][origin] += row.outcome == Outcome.ACCEPTED

    def learn_decided(self, intake: int, parts: Iterable[Resolution]) -> None:
        """What officers decided last of a member's held rows, signed by all or not yet."""
        for part in parts:
            self._accepted[intake][self.origin(intake, part.position)] += part.act == ACCEPT

    def later(self, intake: int, position: int) -> list[int]:
        """The intakes that took this row's place, oldest first."""
        origin = self.origin(intake, position)
        return [
            other for other, _ in self.members if other > intake and self._replaced(other, origin)
        ]

    def corrected(self, intake: int) -> dict[int, int]:
        """By position the newest intake whose row stands for this one now."""
        changed = {origin for counts in self._changed.values() for origin in counts}
        own = [place(origin)[1] for origin in changed if place(origin)[0] == intake]
        found = {at: self.later(intake, at) for at in (*own, *self._origins[intake])}
        return {position: later[-1] for position, later in found.items() if later}

    def _replaced(self, later: int, origin: Origin) -> bool:
        """Whether a later file says something else of a row than was known; where it says again
        all that was accepted of it, what it says besides is one more row."""
        if not self._changed[later][origin]:
            return False
        known = max(self._accepted[one][origin] for one, _ in self.members if one < later)
        return self._again[later][origin] < max(1, known)
