"""The area `audit`, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.main.auditing import consistency_of
from gateway.main.staffing import Staffing
from gateway.main.stamping import evidence_of
from gateway.services.audit_log import AuditLog
from gateway.services.data_subject import DataSubject
from gateway.web.console.audit.area import audit_area
from gateway.web.console.audit.parts import AuditParts

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.web.console.frame import Area, Frame


def area(gateway: Gateway, frame: Frame) -> Area:
    """What can be proven, and who looked."""
    staffing, store = Staffing(gateway), gateway.store
    covering = staffing.heads.covering
    parts = AuditParts(
        AuditLog(store, covering),
        consistency_of(gateway),
        evidence_of(gateway, covering),
        staffing.access,
        DataSubject(store, gateway.clock, staffing.access),
    )
    return audit_area(parts, frame)
