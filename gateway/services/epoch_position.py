"""Where a database stands, for a backup to say and a restore to compare."""

from gateway.domain import merkle
from gateway.domain.backup import Position
from gateway.ports import UnitOfWork


def position(uow: UnitOfWork) -> Position:
    """Read it in one consistent view."""
    gateway, size = uow.registry.gateway(), uow.log.size()
    latest = uow.log.latest_checkpoint()
    heads = ((p.id, uow.deliveries.stream(p.id, gateway.epoch)) for p in uow.registry.partners())
    return Position(
        gateway=gateway.name,
        epoch=gateway.epoch,
        ledger=size,
        root="sha256:" + merkle.subtree(0, size, uow.log.node).hex(),
        checkpoint=latest.note if latest else "",
        streams=tuple(sorted((name, head.sequence) for name, head in heads if head.sequence)),
    )
