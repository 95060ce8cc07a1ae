"""A consistency proof comes in, from the listener or as a file: checked and remembered."""

from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Checkpoint, read_checkpoint
from gateway.domain.proofs import Growth, read_growth
from gateway.domain.trust import Owner, OwnerKind
from keys.notes import C2spNotes
from partner import checkpoints
from partner.checkpoints import Kept
from partner.kit import Kit
from partner.messages import MessageRefused, Word
from partner.state import Tx


def take(kit: Kit, epoch: int, data: bytes, source: str) -> Word:
    """Verify the proof, keep the checkpoint that it leads to, and mark what it proves.

    Raises MessageRefused: proof, note and signature reasons (nothing is stored), `inconsistent`
    with its alarm; Conflict where the state can't be used.
    """
    try:
        proof = read_growth(data.decode("utf-8", "replace"))
        larger = _kept(kit, epoch, proof, source)
        with kit.state.write() as tx:
            marked = _mark(tx, proof, larger)
            # a crash before leaves them unproven: the next round asks again
            tx.commit("kit.prove")
    except NotVerified as error:
        alarm = error.reason == checkpoints.INCONSISTENT
        raise MessageRefused(error.reason, str(error), alarm=alarm) from error
    facts: dict[str, object] = {"old": proof.old, "new": larger.size}
    return Word("proven", facts, new=marked)


def _mark(tx: Tx, proof: Growth, larger: Kept) -> bool:
    """Whether something was proven that was not before."""
    if not checkpoints.of_size(tx, larger.epoch, proof.old):
        raise NotVerified("proof", f"no checkpoint over {proof.old} leaves is kept here")
    before = len(checkpoints.unproven(tx))
    contradiction = checkpoints.keep(tx, larger)
    if contradiction:
        raise NotVerified(checkpoints.INCONSISTENT, contradiction, hint=checkpoints.WHAT_NOW)
    checkpoints.prove(tx, proof.old, larger, proof.hashes)
    checkpoints.set_proves(tx)
    return len(checkpoints.unproven(tx)) < before


def _kept(kit: Kit, epoch: int, proof: Growth, source: str) -> Kept:
    """The checkpoint that the proof leads to, as the gateway signed it."""
    pins, at = kit.pins(), kit.clock.now()
    owner = Owner(OwnerKind.GATEWAY, pins.gateway)
    body, _key = C2spNotes().verify(proof.note, pins.gateway, owner, pins, at)
    tree: Checkpoint = read_checkpoint(body)
    return Kept(epoch, tree.size, tree.root, tree.origin, proof.note, source, at, 0)
