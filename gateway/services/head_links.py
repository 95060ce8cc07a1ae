"""What leads a partner from the checkpoints that it was shown to the newest one (threats.md I1).

A head carries a consistency proof from each, so that partners who are pushed to, by mail, SFTP or
folder, see without asking that the ledger only grew.
"""

import base64
from collections.abc import Iterator

from gateway.domain import merkle
from gateway.domain.ledger import read_checkpoint
from gateway.domain.manifest import read_manifest
from gateway.domain.records import Stream
from gateway.domain.statements import Head, Link
from gateway.ports import UnitOfWork
from gateway.services.jws import statement_of

HEADS = 4
"""Earlier heads that a head leads on from: a partner may have missed the last ones."""

MANIFESTS = 32
"""Parcels since then, likewise. What is older was led on from by an earlier head."""


def links(uow: UnitOfWork, stream: Stream, note: str) -> tuple[Link, ...]:
    """Proofs from the partner's checkpoints of this epoch to the one of `note`, oldest first."""
    if not note:
        return ()
    size = _size(note)
    olds = sorted({old for old in _shown(uow, stream) if 0 < old < size})
    return tuple(_link(uow, old, size) for old in olds)


def _link(uow: UnitOfWork, old: int, size: int) -> Link:
    proof = merkle.consistency(old, size, uow.log.node)
    return Link(old, tuple(base64.b64encode(item).decode() for item in proof))


def _shown(uow: UnitOfWork, stream: Stream) -> Iterator[int]:
    since = 1
    for told in uow.outgoing.told_heads(stream.partner, HEADS):
        head = statement_of(told.body)
        if isinstance(head, Head) and head.epoch == stream.epoch and head.checkpoint:
            since = max(head.sequence, 1)
            yield _size(head.checkpoint)
    for sequence in range(stream.sequence, max(since, stream.sequence - MANIFESTS + 1) - 1, -1):
        yield from _manifest(uow, stream, sequence)


def _manifest(uow: UnitOfWork, stream: Stream, sequence: int) -> Iterator[int]:
    delivery = uow.deliveries.delivery_of_sequence(stream.partner, stream.epoch, sequence)
    record = uow.deliveries.manifest(delivery) if delivery is not None else None
    if record is not None:
        yield _size(read_manifest(record.body).checkpoint)


def _size(note: str) -> int:
    return read_checkpoint(note.rpartition("\n\n")[0] + "\n").size
