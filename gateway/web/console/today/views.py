"""The pages of `today`."""

from flask import Blueprint, render_template

from gateway.domain.accounts import Right
from gateway.web.console.access import needs
from gateway.web.console.frame import Area, Frame, Link
from gateway.web.console.words import later


def today_area(frame: Frame) -> Area:
    """The first page after signing in."""
    pages = Blueprint("today", __name__, template_folder="templates")

    @pages.get("/")
    @needs(Right.READ)
    def index() -> str:
        return render_template("today/index.html")

    return Area(pages, (Link(later("Today"), "today.index", Right.READ),))
