"""The time-stamping authority and the evidence service, put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gateway.domain.errors import InputError, NotVerified
from gateway.domain.times import HOUR
from gateway.domain.trust import Owner, OwnerKind, Trust

if TYPE_CHECKING:
    from gateway.domain.records import SignedCheckpoint
    from gateway.domain.times import Micros
    from gateway.main.wiring import Gateway
    from gateway.ports.timestamps import Stamp
    from gateway.services.evidence import EvidenceService
    from gateway.services.timestamps import Stamped, TimestampService


def evidence_of(
    gateway: Gateway, covering: Callable[[int], SignedCheckpoint] | None = None
) -> EvidenceService:
    """Evidence bundles; `covering` where another than this process signs heads (the console)."""
    from gateway.services.evidence import EvidenceService
    from gateway.services.evidence_heads import NO_STAMPS

    signed = covering or gateway.checkpoints.covering
    stamps = stamps_of(gateway) or NO_STAMPS
    return EvidenceService(gateway.store, gateway.clock, signed, stamps)


def stamps_of(gateway: Gateway) -> TimestampService | None:
    """The time-stamps, None where no authority is named. Raises InputError: no such file, no
    certificate, no address."""
    from adapters.timestamps import HttpAuthority
    from gateway.services.timestamps import TimestampService
    from keys.notes import C2spNotes

    chosen = gateway.settings.timestamps
    if not chosen.url:
        return None
    if not chosen.url.startswith(("http://", "https://")):
        raise InputError("[timestamps] url: expected http:// or https://")
    anchors = authority_of(gateway)
    notes = C2spNotes()

    def ask(data: bytes) -> tuple[bytes, Callable[[bytes], None]]:
        from keys import timestamps

        asked = timestamps.request(data)

        def check(token: bytes) -> None:
            timestamps.Rfc3161Timestamps().verify(token, data, anchors)
            if not timestamps.answers(token, asked):
                raise NotVerified("timestamp", "the token answers another request")

        return asked.as_bytes(), check

    def holds(head: SignedCheckpoint) -> bool:
        owner = Owner(OwnerKind.GATEWAY, gateway.name)
        try:
            notes.verify(head.note, gateway.name, owner, gateway.trust(), gateway.clock.now())
        except NotVerified:
            return False
        return True

    authority = HttpAuthority(chosen.url, ask)
    rhythm = chosen.rhythm_hours * HOUR
    return TimestampService(gateway.store, gateway.clock, authority, holds, rhythm)


def authority_of(gateway: Gateway) -> tuple[str, ...]:
    """The certificates that a trust file pins as `timestamp`; empty where no authority is named.

    Raises InputError.
    """
    from keys.timestamps import read_anchor

    chosen = gateway.settings.timestamps
    if not chosen.url:
        return ()
    path = gateway.settings.home / chosen.authority
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise InputError(
            f"[timestamps] authority: can't read {path}",
            hint="put the PEM certificate of the authority's root there",
        ) from None
    return (read_anchor(text, f"[timestamps] authority: {path}"),)


def trust_file(gateway: Gateway) -> Trust:
    """All pinned keys, with the time-stamping authority: what others keep. Raises InputError."""
    trust = gateway.trust()
    return Trust(trust.gateway, trust.keys, authority_of(gateway))


def stamp_round(gateway: Gateway) -> Callable[[], Stamped | None]:
    """What the worker calls in each round."""
    service = stamps_of(gateway)
    return service.due if service is not None else lambda: None


def stamp_rhythm(gateway: Gateway) -> Micros:
    """How often a head is stamped, 0 where no authority is named."""
    chosen = gateway.settings.timestamps
    return chosen.rhythm_hours * HOUR if chosen.url else 0


class Stamps:
    """ports.timestamps.Timestamps whose library is loaded at the first token: most bundles of most
    houses have none."""

    def verify(self, token: bytes, data: bytes, anchors: Sequence[str]) -> Stamp:
        """As the port says."""
        from keys.timestamps import Rfc3161Timestamps

        return Rfc3161Timestamps().verify(token, data, anchors)
