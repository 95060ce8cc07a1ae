"""What only a partner can do with its own kit: look into its state, and sign a lie with its key."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.domain.statements import Confirmation, ConfirmRow
from gateway.domain.times import to_wire
from partner import outgoing, parcels
from partner.kit import Kit, SystemClock, load_kit


def parcels_stored(home: Path, delivery: str) -> list[str]:
    """The digests of the different parcels that the kit ever got for a delivery."""
    kit = _kit(home)
    with kit.state.read() as tx:
        return [receipt.about.parcel for receipt in parcels.receipts(tx, delivery)]


def claim_too_much(home: Path, delivery: str, entry: int) -> None:
    """Put a confirmation into the outbox that is signed with the real key and names an entry that
    the delivery does not have."""
    kit, at = _kit(home), SystemClock().now()
    with kit.state.read() as tx:
        about = parcels.receipts(tx, delivery)[-1].about
        stored = parcels.by_delivery(tx, delivery)
    revision = stored.revision + 1 if stored else 1
    row = ConfirmRow(entry, "diblokir_total", "total", to_wire(at))
    lie = Confirmation(kit.identity.id, kit.identity.gateway, at, about, delivery, revision, (row,))
    made = outgoing.sign(kit, lie, delivery)
    draft = kit.settings.path("outbox") / f".{made.name}"
    draft.write_bytes(made.body)
    draft.replace(draft.with_name(made.name))


def listed(home: Path) -> dict[int, int]:
    """Number and entry of all that the partner enforces now, from its own lists/current.csv."""
    lines = (_kit(home).settings.path("lists") / "current.csv").read_text("utf-8").splitlines()
    cells = [line.split(",") for line in lines[1:]]
    return {int(number): int(entry) for number, _batch, _delivery, entry, *_ in cells}


def _kit(home: Path) -> Kit:
    return load_kit(home, SystemClock(), dict(os.environ))
