"""The area `help`, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.web.console.help.views import help_area

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.web.console.frame import Area, Frame


def area(_gateway: Gateway, _frame: Frame) -> Area:
    """The guides; they need nothing of the gateway."""
    return help_area()
