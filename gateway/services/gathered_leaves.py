"""The ledger leaves of a delivery's evidence, with their openings and their paths."""

import json
from collections.abc import Collection, Iterable, Iterator

from gateway.domain import merkle
from gateway.domain.canonical import JsonObject
from gateway.domain.errors import NotFound
from gateway.domain.ledger import Tag
from gateway.domain.manifest import Manifest
from gateway.domain.records import LedgerLeaf
from gateway.domain.times import from_wire
from gateway.ports import UnitOfWork
from gateway.services.dossier import Leaf, StatementFact

_NAMED = b'"delivery":"'

Own = dict[int, JsonObject]
"""The leaves that name one delivery, by index; only the events of fetches are kept."""

_NOT_KEPT: JsonObject = {}


def own_leaves(
    uow: UnitOfWork, deliveries: Collection[str], begin: int, end: int
) -> dict[str, Own]:
    """The leaves of each delivery from `begin` on, in one pass over the log: an outcome names no
    digest that could be looked up. Exports are nobody's state."""
    found: dict[str, Own] = {delivery: {} for delivery in deliveries}
    for leaf in uow.log.leaves(begin, end):
        if _delivery_of(leaf.event) in found:
            event = json.loads(leaf.event)
            if event.get("delivery") in found and event["event"] != Tag.AUDIT_EXPORT:
                kept = event if event["event"] == Tag.FETCH_RECORD else _NOT_KEPT
                found[event["delivery"]][leaf.index] = kept
    return found


def _delivery_of(event: bytes) -> str:
    """The first delivery that an event names, read without parsing it whole."""
    at = event.find(_NAMED)
    if at < 0:
        return ""
    begin = at + len(_NAMED)
    return event[begin : event.find(b'"', begin)].decode()


def first_leaf(uow: UnitOfWork, review: str) -> int:
    """The first leaf that names a batch's review: nothing of its deliveries is older."""
    return min(uow.log.find(review), default=0)


def indexes(
    uow: UnitOfWork, manifest: Manifest, review: str, said: Iterable[StatementFact], own: Own
) -> list[int]:
    """Every leaf that names the delivery, its batch's approvals, its consent or its statements."""
    named = [review, *(fact.digest for fact in said)]
    named += [manifest.consent] if manifest.consent else []
    named += [fetch["statement"] for fetch in own.values() if fetch]
    return sorted({index for name in named for index in uow.log.find(name)} | set(own))


def opened(uow: UnitOfWork, wanted: Iterable[int], size: int) -> Iterator[Leaf]:
    """Those leaves with their proofs to the head of that size.

    Raises NotFound where an opening was purged.
    """
    nodes: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        if (level, index) not in nodes:
            nodes[level, index] = uow.log.node(level, index)
        return nodes[level, index]

    for index in wanted:
        stored = uow.log.leaf(index)
        yield _leaf(stored, tuple(merkle.inclusion(index, size, node)))


def _leaf(stored: LedgerLeaf, path: tuple[bytes, ...]) -> Leaf:
    if not stored.event:
        raise NotFound(f"the opening of leaf {stored.index} was purged: nothing can be shown of it")
    facts = json.loads(stored.event)
    at = from_wire(facts["at"])
    return Leaf(stored.index, stored.salt, stored.event, path, facts["event"], at, facts)
