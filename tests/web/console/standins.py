"""Stand-ins for what the console's links lead to, where a test joins some of its areas only."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint

from gateway.web.console.access import PUBLIC, needs
from gateway.web.console.frame import Area

_LINKED = {
    "today": {"index": "/"},
    "batches": {"new": "/batches/new"},
    "signin": {"page": "/signin", "account": "/account", "leave": "/leave"},
    "help": {"page": "/help/<guide>"},
}


def with_stand_ins(areas: Sequence[Area]) -> list[Area]:
    """These areas, and empty pages for those that the links of every page need besides."""
    taken = {area.pages.name for area in areas}
    return [*areas, *(_empty(name) for name in _LINKED if name not in taken)]


def _empty(name: str) -> Area:
    pages = Blueprint(name, __name__)
    for endpoint, rule in _LINKED[name].items():
        pages.add_url_rule(rule, endpoint, needs(PUBLIC)(lambda **_parts: ""))
    return Area(pages)
