"""The area, joined."""

from flask import Blueprint

from gateway.web.console.frame import Area
from gateway.web.console.signin.own import own
from gateway.web.console.signin.parts import Desk
from gateway.web.console.signin.steps import steps


def signin_area(desk: Desk) -> Area:
    """Signing in and the own account; neither stands in the menu."""
    pages = Blueprint("signin", __name__, template_folder="templates")
    steps(pages, desk)
    own(pages, desk)
    return Area(pages)
