"""The hold queue's pages, joined."""

from flask import Blueprint

from gateway.domain.accounts import Right
from gateway.web.console.frame import Area, Frame, Link
from gateway.web.console.holds import words
from gateway.web.console.holds.desk import HoldDesk
from gateway.web.console.holds.queue import add_queue
from gateway.web.console.holds.rows import add_rows, add_several
from gateway.web.console.holds.signing import add_second, add_signing
from gateway.web.console.intake.parts import IntakeParts
from gateway.web.console.words import later


def holds_area(parts: IntakeParts, frame: Frame) -> Area:
    """Rows in doubt and officers' decisions. The words of rules and outcomes are those of the
    area `intake`."""
    pages, desk = Blueprint("holds", __name__, template_folder="templates"), HoldDesk(parts, frame)
    add_queue(pages, desk)
    add_rows(pages, desk)
    add_several(pages, desk)
    add_signing(pages, desk)
    add_second(pages, desk)
    pages.add_app_template_filter(words.reason, "hold_reason")
    pages.add_app_template_filter(words.why_second, "why_second")
    return Area(pages, (Link(later("Held rows"), "holds.index", Right.READ),))
