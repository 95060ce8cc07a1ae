"""The area `today`, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.times import SECOND
from gateway.services.calendars import Calendars
from gateway.store.views.deliveries import SqlDeliveryPages
from gateway.store.views.intake import SqlIntakePages
from gateway.store.views.today import SqlTodayBoard
from gateway.web.console.today.views import TodayParts, today_area

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.web.console.frame import Area, Frame


def area(gateway: Gateway, frame: Frame) -> Area:
    """What waits, deadlines, partners' health."""
    store = gateway.store
    parts = TodayParts(
        SqlTodayBoard(store),
        SqlDeliveryPages(store),
        SqlIntakePages(store),
        Calendars(store, gateway.clock),
        gateway.settings.status.heartbeat_seconds * SECOND,
    )
    return today_area(parts, frame)
