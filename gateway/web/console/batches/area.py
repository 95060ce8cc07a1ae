"""The area `batches`: its pages, put together."""

from collections.abc import Callable

from flask import Blueprint

from gateway.domain.accounts import Right
from gateway.web.console.batches import words
from gateway.web.console.batches.acts import add_acts
from gateway.web.console.batches.details import add_details
from gateway.web.console.batches.due import add_due
from gateway.web.console.batches.lists import add_lists
from gateway.web.console.batches.parts import BatchParts
from gateway.web.console.batches.preparing import add_preparing, sweep
from gateway.web.console.frame import Area, Frame, Link
from gateway.web.console.words import later


def batches_area(parts: BatchParts, frame: Frame) -> Area:
    """Lists that two officers release."""
    pages = Blueprint("batches", __name__, template_folder="templates")
    add_lists(pages, parts, frame)
    add_preparing(pages, parts, frame)
    add_due(pages, parts, frame)
    add_details(pages, parts, frame)
    add_acts(pages, parts, frame)
    _add_filters(pages)
    sweep(parts.folder)
    return Area(pages, (Link(later("Batches"), "batches.index", Right.READ),))


def _add_filters(pages: Blueprint) -> None:
    """What the templates of batches say."""
    filters: dict[str, Callable[..., object]] = {
        "batch_state": words.state,
        "batch_tone": words.tone,
        "batch_act": words.act,
        "batch_action": words.action,
        "batch_nobody": words.nobody,
        "batch_changed": words.changed,
        "guard_words": words.guard,
        "guard_unit": words.unit,
    }
    for name, filter_ in filters.items():
        pages.add_app_template_filter(filter_, name)
