"""The intake's pages, joined."""

from collections.abc import Callable

from flask import Blueprint

from gateway.domain.accounts import Right
from gateway.domain.masked_cells import mask_text
from gateway.domain.returned import row_mark
from gateway.web.console.frame import Area, Frame, Link
from gateway.web.console.intake import words
from gateway.web.console.intake.adding import add_adding, add_preview
from gateway.web.console.intake.details import add_details
from gateway.web.console.intake.downloads import add_downloads
from gateway.web.console.intake.inbox import add_inbox
from gateway.web.console.intake.lists import add_lists
from gateway.web.console.intake.parts import Desk, IntakeParts
from gateway.web.console.intake.profiles import add_profiles
from gateway.web.console.intake.storing import add_storing
from gateway.web.console.words import later


def intake_area(parts: IntakeParts, frame: Frame) -> Area:
    """Files in, rows and reasons, files back."""
    pages, desk = Blueprint("intake", __name__, template_folder="templates"), Desk(parts)
    add_lists(pages, desk, frame)
    add_adding(pages, desk)
    add_preview(pages, desk)
    add_storing(pages, desk)
    add_details(pages, desk, frame)
    add_downloads(pages, desk, frame)
    add_inbox(pages, desk)
    add_profiles(pages, desk)
    add_filters(pages)
    pages.before_app_request(desk.sweep)
    desk.uploads.sweep()
    return Area(pages, (Link(later("Intake"), "intake.index", Right.READ),))


def add_filters(pages: Blueprint) -> None:
    """What the templates of intake and hold queue say."""
    filters: dict[str, Callable[..., object]] = {
        "outcome": words.outcome,
        "outcome_tone": words.tone,
        "rule_text": words.rule_text,
        "rule_todo": words.rule_todo,
        "why": words.why,
        "cell": mask_text,
        "twice": lambda one: (one, one),
        "mark": lambda place: row_mark(*place),
    }
    for name, filter_ in filters.items():
        pages.add_app_template_filter(filter_, name)
