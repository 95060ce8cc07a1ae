"""What the pages of the administration are given."""

from dataclasses import dataclass

from gateway.services.accounts import Accounts
from gateway.services.legal_holds import LegalHolds
from gateway.services.officers import Officers
from gateway.services.retention import Retention
from gateway.services.tables import Tables


@dataclass(frozen=True, slots=True)
class AdminParts:
    """`kinds` are the dated tables there are."""

    accounts: Accounts
    officers: Officers
    tables: Tables
    retention: Retention
    holds: LegalHolds
    kinds: tuple[str, ...]
