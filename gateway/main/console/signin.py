"""The area `signin`, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.main.staffing import Staffing
from gateway.web.console.signin.area import signin_area
from gateway.web.console.signin.parts import Desk

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.web.console.frame import Area, Frame


def area(gateway: Gateway, frame: Frame) -> Area:
    """Signing in, the own account."""
    return area_of(Staffing(gateway))


def area_of(staffing: Staffing) -> Area:
    """The same with services that are there already."""
    return signin_area(Desk(staffing.sign_in, staffing.own, staffing.keys, staffing.sessions))
