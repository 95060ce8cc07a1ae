"""The area `deliveries`: its pages, put together."""

from flask import Blueprint

from gateway.domain.accounts import Right
from gateway.web.console.deliveries.acts import add_acts
from gateway.web.console.deliveries.details import add_details
from gateway.web.console.deliveries.letters import add_letters
from gateway.web.console.deliveries.lists import add_lists
from gateway.web.console.deliveries.parts import DeliveryParts
from gateway.web.console.frame import Area, Frame, Link
from gateway.web.console.words import later


def deliveries_area(parts: DeliveryParts, frame: Frame) -> Area:
    """What became of what was released."""
    pages = Blueprint("deliveries", __name__, template_folder="templates")
    add_lists(pages, parts, frame)
    add_details(pages, parts, frame)
    add_acts(pages, parts, frame)
    add_letters(pages, parts, frame)
    return Area(pages, (Link(later("Deliveries"), "deliveries.index", Right.READ),))
