"""The area `partners`: its pages, put together."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint

from gateway.domain.accounts import Right
from gateway.web.console.frame import Area, Frame, Link
from gateway.web.console.partners import words
from gateway.web.console.partners.cards import add_cards
from gateway.web.console.partners.consenting import add_consenting
from gateway.web.console.partners.details import add_details
from gateway.web.console.partners.lists import add_lists
from gateway.web.console.partners.parts import PartnerParts
from gateway.web.console.words import later, say


def partners_area(parts: PartnerParts, frame: Frame) -> Area:
    """Who is sent to and heard from."""
    pages = Blueprint("partners", __name__, template_folder="templates")
    add_lists(pages, parts, frame)
    add_cards(pages, parts, frame)
    add_details(pages, parts, frame)
    add_consenting(pages, parts, frame)
    _add_filters(pages)
    return Area(pages, (Link(later("Partners"), "partners.index", Right.READ),))


def _add_filters(pages: Blueprint) -> None:
    """What the templates of partners say."""
    filters: dict[str, Callable[..., object]] = {
        "key_role": words.role,
        "card_change": words.change,
        "partner_channel": words.channel,
        "iso_span": words.iso_span,
        "rung_words": lambda rung: say(words.RUNGS[rung]),
        "step_words": lambda step: say(words.STEPS[step][0]),
        "step_next": lambda step: say(words.STEPS[step][1]),
    }
    tables: dict[str, Mapping[Any, tuple[str, str]]] = {
        "partner_standing": words.STANDINGS,
        "stand": words.STANDS,
        "key_phase": words.PHASES,
        "rung_state": words.RUNG_STATES,
        "partner_health": words.HEALTH,
    }
    for name, table in tables.items():
        filters[f"{name}_words"], filters[f"{name}_tone"] = _words(table), _tone(table)
    for name, filter_ in filters.items():
        pages.add_app_template_filter(filter_, name)


def _words(table: Mapping[Any, tuple[str, str]]) -> Callable[[str], str]:
    return lambda code: say(table[code][0])


def _tone(table: Mapping[Any, tuple[str, str]]) -> Callable[[str], str]:
    return lambda code: table[code][1]
