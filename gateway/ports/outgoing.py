"""What the gateway says to partners: answers and heads on their way (docs/adr/0004)."""

from collections.abc import Iterator
from typing import Protocol

from gateway.domain.records import Outgoing
from gateway.domain.times import Micros


class Outbox(Protocol):
    """Signed statements of the gateway. A hand-over is a note of the transport and has no leaf.

    `tries` is the fence: it rises with each claim, and only the last claim can be settled.
    """

    def add(self, outgoing: Outgoing) -> None:
        """Store an answer in the transaction that judges its subject; that one's leaf is noted by
        whoever judged."""
        ...

    def partners(self, at: Micros) -> tuple[str, ...]:
        """Those that something is due for."""
        ...

    def due(self, partner: str, at: Micros, limit: int) -> tuple[Outgoing, ...]:
        """Oldest first."""
        ...

    def claim(self, outgoing: Outgoing, until: Micros) -> Outgoing | None:
        """Take it: nobody else tries before `until`. None where another worker was faster."""
        ...

    def settle(self, claimed: Outgoing, handed_at: Micros | None, due_at: Micros) -> bool:
        """Record how a claimed try ended: handed over, or due again (0: never). False where the
        claim was lost."""
        ...

    def answer(self, partner: str, subject: str) -> Outgoing | None:
        """The newest answer to a statement of this partner."""
        ...

    def again(self, digest: str, at: Micros) -> None:
        """Due once more, unless it is due already."""
        ...

    def made(self) -> Iterator[Outgoing]:
        """All that was ever signed here, oldest first."""
        ...

    def head(self, partner: str) -> Outgoing | None:
        """The newest head that was made for the partner."""
        ...

    def told_heads(self, partner: str, most: int) -> tuple[Outgoing, ...]:
        """The newest heads that were handed over to the partner, newest first."""
        ...

    def retire_heads(self, partner: str) -> None:
        """Older heads are not said any more."""
        ...
