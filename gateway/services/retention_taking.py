"""The taking of a purge: each thing by its own act of the store, and the tombstone of all."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.domain.retention import NUMBERS, PARCELS, PROOFS, ROWS, Policy, Tombstone
from gateway.domain.times import Micros
from gateway.ports import UnitOfWork
from gateway.services.retention_plan import Item


def take(
    uow: UnitOfWork,
    due: Iterable[Item],
    policy: Policy,
    officers: tuple[str, ...],
    by: str,
    at: Micros,
) -> Tombstone:
    """Take all of it, in its order; the tombstone says what went."""
    took: dict[str, list[Any]] = defaultdict(list)
    months: set[str] = set()
    for item in due:
        months |= _TAKE[item.what](uow, item, took)
    lists: Mapping[str, Any] = {name: tuple(took[name]) for name in (*_TAKE, "received")}
    gateway = uow.registry.gateway().name
    return Tombstone(gateway, at, policy, officers, by, tuple(sorted(months)), **lists)


def _parcels(uow: UnitOfWork, item: Item, took: dict[str, list[Any]]) -> set[str]:
    digests, months = uow.retention.take_parcels(item.name)
    took[PARCELS].append((item.name, digests))
    return months


def _proofs(uow: UnitOfWork, item: Item, took: dict[str, list[Any]]) -> set[str]:
    took[PROOFS].append((item.name, item.digest, item.amount))
    return uow.retention.take_proofs(item.name)


def _numbers(uow: UnitOfWork, item: Item, took: dict[str, list[Any]]) -> set[str]:
    took[NUMBERS].append((int(item.name), item.digest, item.amount))
    return uow.retention.take_numbers(int(item.name))


def _rows(uow: UnitOfWork, item: Item, took: dict[str, list[Any]]) -> set[str]:
    took[ROWS].append((int(item.name), item.digest, item.amount))
    received, months = uow.retention.take_rows(int(item.name))
    took["received"] += received
    return months


_TAKE: dict[str, Callable[[UnitOfWork, Item, dict[str, list[Any]]], set[str]]] = {
    PARCELS: _parcels,
    PROOFS: _proofs,
    NUMBERS: _numbers,
    ROWS: _rows,
}
