"""What every area of the console is given, joined with the gateway's accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.web.console.frame import Frame
from gateway.web.console.looking import Looks, Unlocks

if TYPE_CHECKING:
    from gateway.main.staffing import Staffing
    from gateway.main.wiring import Gateway


def make_frame(gateway: Gateway, staffing: Staffing) -> Frame:
    """The frame. Raises NotFound where the console's secret is missing."""
    return Frame(
        gateway.name,
        gateway.clock,
        staffing.sessions,
        Unlocks(staffing.keys),
        Looks(staffing.access),
        test=gateway.settings.allow_private_addresses,
    )
