"""The tables, one file a noun, all in one METADATA; migrations/ makes them in a database."""

from gateway.store.tables import (
    deliveries,
    heartbeats,
    inbox,
    ladder,
    ledger,
    lists,
    outgoing,
    registry,
    retention,
    schema,
    staff,
)
from gateway.store.tables.base import METADATA

__all__ = [
    "METADATA",
    "deliveries",
    "heartbeats",
    "inbox",
    "ladder",
    "ledger",
    "lists",
    "outgoing",
    "registry",
    "retention",
    "schema",
    "staff",
]
