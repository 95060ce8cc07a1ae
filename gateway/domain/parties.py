"""Partners and officers as they stand (design 1)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from gateway.domain.ids import Envelope
from gateway.domain.times import Micros


class PartnerKind(StrEnum):
    """Operator (basis mandatory), OTT (basis voluntary, needs a live consent) or source."""

    OPERATOR = "operator"
    OTT = "ott"
    SOURCE = "source"


class Standing(StrEnum):
    """`proposed` by one officer, `live` by a second one (promise I), `closed` for good."""

    PROPOSED = "proposed"
    LIVE = "live"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner and its one channel.

    `channel` is a URI whose scheme chooses the adapter (sftp://user@host:port/inbox,
    https://host/path); `reply` is where statements are collected ("" where they come with the
    response only); `peer` is the pinned identity of the other side: SSH host key line, or a PEM of
    the CA. `term` is the ISO 8601 duration in which an operator must answer; for an OTT the
    consent's target rules. `card` is the digest of the partner card that two officers approved.
    """

    id: str
    kind: PartnerKind
    name: str
    channel: str
    reply: str
    peer: str
    envelope: Envelope
    test: bool
    term: str
    card: str
    standing: Standing = Standing.PROPOSED

    @property
    def is_read(self) -> bool:
        """Whether its statements are collected: from its reply channel, or from the channel itself
        where that is one of this house (mailto:, dir:, pull:)."""
        return bool(self.reply) or "://" not in self.channel

    @property
    def basis(self) -> Literal["mandatory", "voluntary"]:
        """The legal basis of what is sent to it (domain.md 0, fact 5)."""
        return "voluntary" if self.kind is PartnerKind.OTT else "mandatory"


@dataclass(frozen=True, slots=True)
class Officer:
    """A person with an own passphrase-protected signing key.

    `proposed` until two officers approved it.
    """

    id: str
    name: str
    kid: str
    enrolled_at: Micros
    standing: Standing = Standing.PROPOSED
