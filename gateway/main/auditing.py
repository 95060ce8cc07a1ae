"""What `palang audit consistency` and `proof` work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.audit_consistency import LedgerServices

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.services.consistency import Consistency


def consistency_of(gateway: Gateway) -> Consistency:
    """Today's ledger against what others keep; for the command and the console."""
    from gateway.services.consistency import Consistency
    from gateway.store.views.echoes import SqlEchoes
    from keys.documents import Documents
    from keys.notes import C2spNotes

    return Consistency(gateway.store, SqlEchoes(gateway.store), Documents(), C2spNotes())


def ledger_services(gateway: Gateway) -> LedgerServices:
    """The two commands' services, on an open gateway."""
    from gateway.services.proofs import Proofs
    from keys.notes import C2spNotes

    proofs = Proofs(gateway.store, gateway.checkpoints.covering)
    return LedgerServices(consistency_of(gateway), proofs, C2spNotes(), gateway.trust)
