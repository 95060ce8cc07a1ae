"""The pages of `today`."""

from dataclasses import dataclass

from flask import Blueprint, render_template

from gateway.domain.accounts import Right
from gateway.domain.times import Micros, to_wib
from gateway.ports.views.deliveries import DeliveryPages
from gateway.ports.views.intake import IntakeFilter, IntakePages, IntakeState
from gateway.ports.views.today import TodayBoard
from gateway.services.calendars import Calendars
from gateway.web.console.access import needs
from gateway.web.console.frame import Area, Frame, Link
from gateway.web.console.today.tasks import Pending, tasks
from gateway.web.console.words import later

BOARD = 25
"""Deliveries on the deadline board; the rest is one link away."""

_INTAKES = 20  # intakes with undecided rows that are added up; more are told as "or more"
_AHEAD = 7  # days of closed offices that are shown


@dataclass(frozen=True, slots=True)
class TodayParts:
    """`silent_after` is how old a worker's last sign of life may be before the page says so."""

    board: TodayBoard
    deliveries: DeliveryPages
    intakes: IntakePages
    calendars: Calendars
    silent_after: Micros


def today_area(parts: TodayParts, frame: Frame) -> Area:
    """The first page after signing in."""
    pages = Blueprint("today", __name__, template_folder="templates")

    @pages.get("/")
    @needs(Right.READ)
    def index() -> str:
        now, beat = frame.clock.now(), parts.board.beat()
        holding = parts.intakes.page(IntakeFilter(state=IntakeState.WAITING), 0, _INTAKES)
        sums = parts.deliveries.sums(now)
        pending = Pending(
            parts.board.waiting(),
            held=sum(line.undecided for line in holding),
            late=sum(one.late for one in sums),
        )
        return render_template(
            "today/index.html",
            tasks=tasks(pending),
            more_held=len(holding) == _INTAKES,
            board=parts.deliveries.due(now, BOARD),
            late=sum(one.late for one in sums),
            near=sum(one.near for one in sums),
            sums=sums,
            today=to_wib(now).date(),
            closed=parts.calendars.ahead(_AHEAD),
            beat=beat,
            silent=beat is None or now - beat > parts.silent_after,
        )

    return Area(pages, (Link(later("Today"), "today.index", Right.READ),))
