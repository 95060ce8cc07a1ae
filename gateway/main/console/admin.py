"""The area `admin`, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.seed import KINDS, parse
from gateway.domain.records import ReferenceTable
from gateway.main.staffing import Staffing
from gateway.services.legal_holds import LegalHolds
from gateway.services.officers import Officers
from gateway.services.retention import Retention
from gateway.services.tables import Tables
from gateway.store.wiping import wipe
from gateway.web.console.admin.area import admin_area
from gateway.web.console.admin.parts import AdminParts

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.web.console.frame import Area, Frame


def area(gateway: Gateway, frame: Frame) -> Area:
    """Who may sign in and sign, and the tables that rule."""
    given = (gateway.store, gateway.approvals, gateway.clock)
    retention = Retention(*given, gateway.periods, lambda: wipe(gateway.settings.database_url))
    parts = AdminParts(
        Staffing(gateway).accounts,
        Officers(*given),
        Tables(*given, _read),
        retention,
        LegalHolds(*given),
        KINDS,
    )
    return admin_area(parts, frame)


def _read(kind: str, data: bytes) -> ReferenceTable:
    """Raises InputError."""
    t = parse(kind, data)
    return ReferenceTable(t.kind, t.version, t.source, t.digest, t.columns, t.rows)
