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
    """Evidence bundles; `covering` where another process than this signs heads: then nobody is
    asked for time-stamps either (the console)."""
    from gateway.services.evidence import EvidenceService
    from gateway.services.timestamps import KeptStamps

    stamps = stamps_of(gateway) if covering is None else None
    return EvidenceService(
        gateway.store,
        gateway.clock,
        covering or gateway.checkpoints.covering,
        stamps or KeptStamps(gateway.store, _holds(gateway)),
    )


def stamps_of(gateway: Gateway) -> TimestampService | None:
    """What asks for time-stamps, None where no authority is named.

    Raises InputError: no such file, no certificate, no address.
    """
    from adapters.timestamps import HttpAuthority
    from gateway.services.timestamps import TimestampService

    chosen = gateway.settings.timestamps
    if not chosen.url:
        return None
    if not chosen.url.startswith(("http://", "https://")):
        raise InputError(
            f"[timestamps] url: expected http:// or https://, got {chosen.url}",
            hint='for example url = "http://timestamp.example/tsa" in palang.toml',
        )
    authority = HttpAuthority(chosen.url, _asking(authority_of(gateway)))
    rhythm = chosen.rhythm_hours * HOUR
    return TimestampService(gateway.store, gateway.clock, authority, _holds(gateway), rhythm)


def _holds(gateway: Gateway) -> Callable[[SignedCheckpoint], bool]:
    """Whether a head's signature counts today: only then does a bundle made today prove it."""
    from keys.notes import C2spNotes

    def holds(head: SignedCheckpoint) -> bool:
        owner, now = Owner(OwnerKind.GATEWAY, gateway.name), gateway.clock.now()
        try:
            C2spNotes().verify(head.note, gateway.name, owner, gateway.trust(), now)
        except NotVerified:
            return False
        return True

    return holds


def _asking(
    anchors: tuple[str, ...],
) -> Callable[[bytes], tuple[bytes, Callable[[bytes], None]]]:
    """Makes a request, and what checks the token that answers it."""

    def ask(data: bytes) -> tuple[bytes, Callable[[bytes], None]]:
        from keys import timestamps

        asked = timestamps.request(data)

        def check(token: bytes) -> None:
            timestamps.Rfc3161Timestamps().verify(token, data, anchors)
            if not timestamps.answers(token, asked):
                raise NotVerified("timestamp", "the token answers another request")

        return asked.as_bytes(), check

    return ask


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
