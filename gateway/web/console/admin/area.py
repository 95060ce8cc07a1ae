"""The area `admin`: its pages, put together."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right
from gateway.web.console.access import needs
from gateway.web.console.admin.accounts import add_accounts
from gateway.web.console.admin.officers import add_officers
from gateway.web.console.admin.parts import AdminParts
from gateway.web.console.admin.retention import add_retention
from gateway.web.console.admin.tables import add_tables
from gateway.web.console.frame import Area, Frame, Link, current
from gateway.web.console.words import later


def admin_area(parts: AdminParts, frame: Frame) -> Area:
    """Who may sign in and sign, and the tables that rule."""
    pages = Blueprint("admin", __name__, template_folder="templates")

    @pages.get("/admin")
    @needs(Right.READ)
    def index() -> Response:
        first = "admin.accounts" if current().may(Right.ACCOUNTS) else "admin.tables"
        return redirect(url_for(first), code=303)

    add_accounts(pages, parts)
    add_officers(pages, parts, frame)
    add_tables(pages, parts, frame)
    add_retention(pages, parts, frame)
    return Area(pages, (Link(later("Administration"), "admin.index", Right.READ),))
