"""Acknowledgements beside the manifests that they are about: who was shown which checkpoint."""

from typing import NamedTuple, Protocol

from gateway.domain.times import Micros


class Echo(NamedTuple):
    """An acknowledgement as kept, and the manifest that is stored for its delivery today.

    `key` orders the listing. `ack` are the partner's bytes, b"" where they are gone; `manifest` is
    the stored digest and `head` the stored manifest.json, both empty where there is none.
    """

    key: int
    delivery: str
    partner: str
    statement: str
    received_at: Micros
    manifest: str
    head: bytes
    ack: bytes


class Echoes(Protocol):
    """Pages of echoes, in the order in which they came."""

    def page(self, after: int, limit: int) -> tuple[Echo, ...]:
        """At most `limit` of them with a key above `after` (0 for the first page)."""
        ...
