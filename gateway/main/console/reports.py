"""The area `reports`, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.main.reporting import report_service
from gateway.web.console.reports.area import reports_area

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.web.console.frame import Area, Frame


def area(gateway: Gateway, frame: Frame) -> Area:
    """Monthly and quarterly reports at recorded cut-offs."""
    return reports_area(report_service(gateway), frame)
