"""Reports on top of a gateway's parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.services.reports import ReportService


def report_service(gateway: Gateway) -> ReportService:
    """What makes, lists and checks reports."""
    from gateway.services.reports import ReportService
    from gateway.store.views.reports import SqlReports

    return ReportService(gateway.store, SqlReports(gateway.store), gateway.clock)
