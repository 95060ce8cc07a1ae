"""A process of its own that writes to the store: `python -m tests.store.writer URL NAME COUNT`."""

from __future__ import annotations

import sys

from gateway.domain.ledger import Tag
from gateway.store.store import open_store
from tests.store.samples import FixedClock, batch, event


def main(url: str, name: str, count: int) -> None:
    """Prepare batches, each in a unit of its own."""
    store = open_store(url, FixedClock())
    for place in range(count):
        with store.write() as uow:
            taken = uow.lists.next_batch()
            uow.save(batch(taken), event(Tag.BATCH_PREPARE, batch=taken, by=name, place=place))
            uow.commit("batch.prepare")
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
