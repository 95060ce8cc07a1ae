"""The ledger's signed head: kept on a rhythm, and before every sealing (design 3 and 8)."""

from dataclasses import dataclass

from gateway.domain import merkle
from gateway.domain.ledger import Checkpoint
from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import MINUTE, Micros
from gateway.domain.trust import Role
from gateway.ports import Clock, Keyring, Notes, Store


@dataclass(frozen=True, slots=True)
class CheckpointService:
    """Signs the root over what is committed. `rhythm` is the longest wait, in microseconds, after
    which a grown ledger gets a new head."""

    store: Store
    clock: Clock
    keyring: Keyring
    notes: Notes
    rhythm: Micros = 1 * MINUTE

    def covering(self, size: int) -> SignedCheckpoint:
        """A checkpoint over at least `size` leaves: the latest, or a new one.

        Raises NotVerified("no-key") where the gateway has no checkpoint key.
        """
        with self.store.read() as uow:
            latest = uow.log.latest_checkpoint()
        return latest if latest is not None and latest.size >= size else self._make()

    def due(self) -> SignedCheckpoint | None:
        """A new checkpoint, if the ledger grew and the last one is older than the rhythm, or does
        not cover what the console wants covered (wanted_heads.py)."""
        with self.store.read() as uow:
            latest, size = uow.log.latest_checkpoint(), uow.log.size()
            wanted = min(uow.log.wanted_head(), size)
        if size == 0:
            return None
        if latest is not None and latest.size >= wanted:
            grown = size > latest.size
            if not grown or self.clock.now() - latest.at < self.rhythm:
                return None
        return self._make()

    def _make(self) -> SignedCheckpoint:
        now = self.clock.now()
        with self.store.read() as uow:
            gateway = uow.registry.gateway()
            size = uow.log.size()
            root = merkle.subtree(0, size, uow.log.node)
        body = Checkpoint(gateway.origin, size, root).body()
        signer = self.keyring.signer(Role.CHECKPOINT, now)
        made = SignedCheckpoint(size, self.notes.sign(body, gateway.name, signer), now)
        return self._keep(made)

    def _keep(self, made: SignedCheckpoint) -> SignedCheckpoint:
        with self.store.write() as uow:
            latest = uow.log.latest_checkpoint()
            if latest is not None and latest.size >= made.size:
                return latest  # another worker was faster
            uow.log.put_checkpoint(made)
            # a crash before leaves the older head, and the next tick signs again over a tree that
            # only grew; a crash after leaves a head that nobody has seen yet: nothing to clean up
            uow.commit("checkpoint.keep")
        return made
