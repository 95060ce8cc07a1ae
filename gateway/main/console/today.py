"""The area `today`, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.web.console.today.views import today_area

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.web.console.frame import Area, Frame


def area(gateway: Gateway, frame: Frame) -> Area:
    """What waits, deadlines, partners' health."""
    return today_area(frame)
