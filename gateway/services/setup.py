"""A gateway's first act: its name, keys and dated tables, in one transaction."""

from collections.abc import Iterable

from gateway.domain.canonical import JsonObject, digest
from gateway.domain.ids import partner_id
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import GatewayState, ReferenceTable
from gateway.domain.times import Micros
from gateway.domain.trust import PinnedKey
from gateway.ports import Store


def initialise(
    store: Store,
    state: GatewayState,
    keys: Iterable[PinnedKey],
    tables: Iterable[ReferenceTable],
) -> None:
    """Record the gateway, pin its own public keys, load the dated tables.

    Raises InputError for a name that is no id, Conflict where a gateway is there already.
    """
    partner_id(state.name)
    at = state.initialised_at
    with store.write() as unit:
        unit.save(
            state, LedgerEvent(Tag.GATEWAY_INIT, at, {"gateway": state.name, "epoch": state.epoch})
        )
        for key in keys:
            unit.save(key, keyLedgerEvent(Tag.KEY_ADD, key, at))
        for table in tables:
            unit.save(table, _loaded(table, at))
        # a crash before this leaves an empty database that a second `palang init` fills; after it
        # the gateway is whole
        unit.commit("gateway.init")


def keyLedgerEvent(tag: Tag, key: PinnedKey, at: Micros) -> LedgerEvent:
    """What the ledger says of a key: its id and a digest of the public half, never more."""
    return LedgerEvent(
        tag,
        at,
        {
            "kid": key.kid,
            "owner": key.owner.id,
            "role": str(key.role),
            "public": digest(key.public.encode()),
        },
    )


def _loaded(table: ReferenceTable, at: Micros) -> LedgerEvent:
    facts: JsonObject = {"kind": table.kind, "version": table.version, "digest": table.digest}
    return LedgerEvent(Tag.REFERENCE_LOAD, at, facts)
