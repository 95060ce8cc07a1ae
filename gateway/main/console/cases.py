"""The area `cases`, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.main.staffing import Staffing
from gateway.main.stamping import evidence_of
from gateway.services.cases import Cases
from gateway.store.views.cases import SqlCasePages
from gateway.web.console.cases.views import CaseParts, cases_area

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.web.console.frame import Area, Frame


def area(gateway: Gateway, frame: Frame) -> Area:
    """One number's whole story."""
    staffing, store, clock = Staffing(gateway), gateway.store, gateway.clock
    evidence = evidence_of(gateway, staffing.heads.covering)
    cases = Cases(store, clock, SqlCasePages(store))
    return cases_area(CaseParts(cases, evidence, staffing.access.of_number), frame)
