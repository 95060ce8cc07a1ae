"""How much time and how many bytes a partner's server may take (threats.md D6, C8)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one channel. Whatever goes beyond them ends in SendError, never in a long wait."""

    connect: float = 15.0  # seconds for one connection with its login or TLS handshake
    total: float = 300.0  # seconds for one send, collect, probe or HTTP exchange
    reply: int = 32 * 1024 * 1024  # bytes; a confirmation of 100,000 rows has about 6 MB
    listing: int = 1024 * 1024  # bytes of a REST reply list
    listed: int = 10_000  # names looked at in one folder or list
    items: int = 1_000  # statements taken in one collect; the next one takes more
    stale: int = 3_600  # seconds, by the server's own clock, until a left temp file is removed
