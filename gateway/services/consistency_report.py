"""What came of holding today's ledger against what others keep: who holds what, what contradicts.

manifest   the receipt names another manifest than the one stored today
echo       it echoes another checkpoint than that manifest shows
receipt    the stored receipt is not what the partner signed
note       the checkpoint is not signed by a key of this gateway
ledger     today's ledger does not begin with that checkpoint's leaves
leaf       a leaf is not what was hashed, or missing
"""

from dataclasses import dataclass, field

from gateway.domain.times import Micros

MOST_TOLD = 1_000
"""Contradictions that are listed; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint that somebody keeps. `who` is a partner, a file, or the gateway itself.

    `delivery` and `statement` name the receipt that echoes it, "" elsewhere; `kid` is the key that
    signed: the partner's over its receipt, else the gateway's. `at` is when we got it, None where
    that is not known. `trouble` is one of the codes above, "" where it holds, `silent` for a
    receipt that echoes nothing; `detail` says it in words.
    """

    who: str
    delivery: str
    statement: str
    size: int
    at: Micros | None
    kid: str
    trouble: str = ""
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is evidence, and today's ledger agrees with it."""
        return not self.trouble


@dataclass(slots=True)
class Holder:
    """All that one of them keeps: how many hold, and the one over the most leaves."""

    who: str
    outside: bool
    count: int = 0
    newest: Held | None = None

    def add(self, held: Held) -> None:
        """One more that holds."""
        self.count += 1
        if self.newest is None or held.size > self.newest.size:
            self.newest = held


@dataclass(slots=True)
class Report:
    """What became of all of them. `size` is today's ledger; `silent` receipts echo nothing."""

    size: int
    holders: dict[str, Holder] = field(default_factory=dict)
    contradictions: list[Held] = field(default_factory=list)
    contradicting: int = 0
    silent: int = 0

    @property
    def holding(self) -> int:
        """How many checkpoints today's ledger agrees with."""
        return sum(holder.count for holder in self.holders.values())

    @property
    def consistent(self) -> bool:
        """Whether nothing contradicts today's ledger."""
        return not self.contradicting

    @property
    def witnessed(self) -> int:
        """How many leaves somebody outside this house can hold us to."""
        newest = (h.newest for h in self.holders.values() if h.outside)
        return max((held.size for held in newest if held is not None), default=0)

    def add(self, held: Held, *, outside: bool) -> None:
        """One more checkpoint, judged."""
        if held.trouble == "silent":
            self.silent += 1
        elif held.holds:
            self.holders.setdefault(held.who, Holder(held.who, outside)).add(held)
        else:
            self.contradicting += 1
            if len(self.contradictions) < MOST_TOLD:
                self.contradictions.append(held)
