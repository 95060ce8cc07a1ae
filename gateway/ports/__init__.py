"""What the use cases need of the world, as Protocols, and the errors that cross (design 2 and 6).

Rows cross in chunks of tuples with one named column order; frozen dataclasses are for aggregates.
"""

from gateway.ports.channels import (
    Adapter,
    Channels,
    HandOver,
    Inbound,
    InboundKind,
    Message,
    Parcel,
    ProbeReport,
    RefusedError,
    SendError,
    TransportSecrets,
)
from gateway.ports.deliveries import Deliveries, DeliveryFilter
from gateway.ports.exchange import (
    Exchange,
    ExchangePartner,
    NextParcel,
    PublishedParcel,
    QuotaExceeded,
    Quotas,
    Replayed,
    RequestUse,
    Said,
    TransportRules,
    WaitingItem,
)
from gateway.ports.inbox import Inbox, Log
from gateway.ports.keys import FormSignatures, Keyring, Notes, Sealer, Signatures, Signed, Signer
from gateway.ports.lists import Lists
from gateway.ports.outgoing import Outbox
from gateway.ports.reading import BLOCK_ROWS, MAX_BYTES, MAX_CELL, MAX_COLUMNS, MAX_ROWS, Reader
from gateway.ports.registry import Registry
from gateway.ports.staff import AccessRows, Codes, OpenKey, Passwords, Staff, Vault
from gateway.ports.units import Aggregate, Clock, HighWater, Store, UnitOfWork

__all__ = [
    "BLOCK_ROWS",
    "MAX_BYTES",
    "MAX_CELL",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "AccessRows",
    "Adapter",
    "Aggregate",
    "Channels",
    "Clock",
    "Codes",
    "Deliveries",
    "DeliveryFilter",
    "Exchange",
    "ExchangePartner",
    "FormSignatures",
    "HandOver",
    "HighWater",
    "Inbound",
    "InboundKind",
    "Inbox",
    "Keyring",
    "Lists",
    "Log",
    "Message",
    "NextParcel",
    "Notes",
    "OpenKey",
    "Outbox",
    "Parcel",
    "Passwords",
    "ProbeReport",
    "PublishedParcel",
    "QuotaExceeded",
    "Quotas",
    "Reader",
    "RefusedError",
    "Registry",
    "Replayed",
    "RequestUse",
    "Said",
    "Sealer",
    "SendError",
    "Signatures",
    "Signed",
    "Signer",
    "Staff",
    "Store",
    "TransportRules",
    "TransportSecrets",
    "UnitOfWork",
    "Vault",
    "WaitingItem",
]
