"""Time-stamps of others: an RFC 3161 authority's signed word that some bytes existed by then."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.times import Micros


@dataclass(frozen=True, slots=True)
class Stamp:
    """A verified token: the authority's time, and whose certificate signed it."""

    at: Micros
    authority: str


class Timestamps(Protocol):
    """Checks tokens; needs no network and no clock."""

    def verify(self, token: bytes, data: bytes, anchors: Sequence[str]) -> Stamp:
        """What the token (RFC 3161 TimeStampResp, DER) says of `data`, under one of the
        certificates `anchors` (PEM): the authority's own, or that of its issuer.

        Raises NotVerified("timestamp").
        """
        ...


class Authority(Protocol):
    """One time-stamping authority that can be asked."""

    def stamp(self, data: bytes) -> bytes:
        """A token over `data`, verified. Raises SendError where none can be had now."""
        ...
