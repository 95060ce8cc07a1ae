"""The way of a kit's channel: folders, the gateway's listener, or mail."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from partner import inbox, outgoing
from partner.kit import Kit
from partner.mailing import MailWay
from partner.pull import PullWay
from partner.taken import Taken


class Way(Protocol):
    """How things come in and statements leave. Both may be repeated at any point."""

    def take(self) -> Iterator[Taken]:
        """Everything that lies ready, each thing stored before it is removed. Raises PalangError:
        own trouble, or a way that is closed."""
        ...

    def publish(self) -> None:
        """Let what waits leave. Raises PalangError."""
        ...


@dataclass(frozen=True, slots=True)
class FolderWay:
    """Folders that an SFTP server serves, or a job of the house fills and empties; the outbox also
    of the HTTPS service."""

    kit: Kit

    def take(self) -> Iterator[Taken]:
        """What lies in inbox/."""
        return inbox.take_all(self.kit)

    def publish(self) -> None:
        """Into outbox/."""
        outgoing.publish(self.kit)


def way_of(kit: Kit) -> Way:
    """The way that the settings choose."""
    match kit.settings.way:
        case "pull":
            return PullWay(kit)
        case "mail":
            return MailWay(kit)
        case "folder":
            return FolderWay(kit)
