"""What the mail channel needs of the gateway's mailbox, whether it is IMAP or a Maildir.

A mail is never known by a flag or a UID across two calls: it is taken, kept, and then moved to a
folder. What was kept and is still there comes again, and counts once by its content (M9).
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from types import TracebackType
from typing import Protocol, Self

from gateway.domain.times import Micros

PROCESSED = "Processed"  # statements and reports that the gateway has
REFUSED = "Refused"  # loops, automatic replies, mails without a statement: for a person

Mine = Callable[[Message], bool]
"""Whether a mail is one partner's, by the top of its header."""


@dataclass(frozen=True, slots=True)
class Found:
    """A mail in the mailbox during one session; `at` is when it arrived, by the mailbox's clock."""

    key: str
    at: Micros
    size: int


class Box(Protocol):
    """A context manager: entered means logged in. Raises SendError only."""

    server: str

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def find(self, mine: Mine, most: int) -> list[Found]:
        """The partner's mails in the order of their arrival, at most so many."""
        ...

    def read(self, found: Found) -> bytes | None:
        """The whole mail, of `found.size` bytes; None where it was taken away meanwhile."""
        ...

    def move(self, found: Found, folder: str) -> None:
        """Put it into a folder, which is made where there is none."""
        ...

    def lying(self, mine: Mine, before: Micros) -> int:
        """How many mails of others arrived before that moment and lie there still."""
        ...
