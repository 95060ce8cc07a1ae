"""Who and by what rules, as the use cases read it."""

from typing import Protocol

from gateway.domain.consent import ConsentRecord
from gateway.domain.dated import Activation
from gateway.domain.parties import Officer, Partner
from gateway.domain.records import (
    ApprovalRecord,
    GatewayState,
    ReferenceTable,
)
from gateway.domain.times import Micros
from gateway.domain.trust import Trust


class Registry(Protocol):
    """Who and by what rules: gateway, officers, partners, keys, consents, dated tables."""

    def gateway(self) -> GatewayState:
        """Raises NotFound before `palang init`."""
        ...

    def trust(self) -> Trust:
        """All pinned public keys."""
        ...

    def officer(self, officer: str) -> Officer:
        """Raises NotFound."""
        ...

    def officers(self) -> tuple[Officer, ...]:
        """All, by id."""
        ...

    def partner(self, partner: str) -> Partner:
        """Raises NotFound."""
        ...

    def partners(self) -> tuple[Partner, ...]:
        """All, by id."""
        ...

    def consents(self, partner: str) -> tuple[ConsentRecord, ...]:
        """All that were ever given, oldest first."""
        ...

    def reference(self, kind: str, at: Micros) -> ReferenceTable:
        """The version of a dated table that rules at `at`. Raises NotFound."""
        ...

    def references(self) -> tuple[ReferenceTable, ...]:
        """All versions of all dated tables, by kind in the order in which they were loaded."""
        ...

    def activations(self) -> tuple[Activation, ...]:
        """Which versions rule from when, oldest decision first."""
        ...

    def approvals(self, subject: str) -> tuple[ApprovalRecord, ...]:
        """All over a subject (`batch:7`, `partner:opr-uji-a`, `officer:siti`), oldest first."""
        ...
