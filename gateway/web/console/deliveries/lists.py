"""The list of deliveries, and the same list to take away."""

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.delivery import State
from gateway.domain.times import Micros
from gateway.ports.views.deliveries import Line, Wanted
from gateway.web.console import formats, terms
from gateway.web.console.access import needs
from gateway.web.console.deliveries.parts import DeliveryParts
from gateway.web.console.exports import sent
from gateway.web.console.frame import Frame
from gateway.web.console.queries import same
from gateway.web.console.words import say
from gateway.writing.tables import Table

PAGE = 50
_EXPORTED = 500  # deliveries read at once for an export
_WIDTHS = (24, 10, 16, 26, 30, 24, 24, 10, 12, 12)  # characters


def add_lists(pages: Blueprint, parts: DeliveryParts, frame: Frame) -> None:
    """`/deliveries` and its exports."""

    @pages.get("/deliveries")
    @needs(Right.READ)
    def index() -> str:
        before = request.args.get("after", 0, type=int)
        lines = parts.pages.page(_wanted(), frame.clock.now(), before, PAGE + 1)
        return render_template(
            "deliveries/index.html",
            lines=lines[:PAGE],
            older=same("deliveries.index", after=lines[PAGE - 1].key) if len(lines) > PAGE else "",
            newest=same("deliveries.index") if before else "",
            partners=parts.pages.partners(),
            states=terms.STATES,
            asked=request.args,
            csv=same("deliveries.export", kind="csv"),
            xlsx=same("deliveries.export", kind="xlsx"),
        )

    @pages.get("/deliveries/export.<kind>")
    @needs(Right.EXPORT)
    def export(kind: str) -> Response:
        frame.looked(What.EXPORT_LIST, "", "deliveries")
        rows = _rows(parts, _wanted(), frame.clock.now())
        return sent(kind, Table(say("Deliveries"), _headers(), _WIDTHS, rows), "deliveries")


def _wanted() -> Wanted:
    """The filter of the address; what is no filter filters nothing."""
    args = request.args
    state = args.get("state", "")
    dead = (State.FAILED, State.REJECTED) if args.get("only") == "dead" else ()
    return Wanted(
        batch=max(0, args.get("batch", 0, type=int)),
        partner=args.get("partner", ""),
        states=(State(state),) if state in set(State) else dead,
        late=args.get("only") == "late",
        open=args.get("only") == "open",
    )


def _headers() -> tuple[str, ...]:
    return (
        *(say("Delivery"), say("Batch"), say("Partner"), say("Kind"), say("State")),
        *(say("Handed over"), say("Deadline or target"), say("Entries")),
        *(say("Declared done"), say("Outstanding")),
    )


def _rows(parts: DeliveryParts, wanted: Wanted, now: Micros) -> Iterator[tuple[str, ...]]:
    before = 0
    while some := parts.pages.page(wanted, now, before, _EXPORTED):
        yield from map(_cells, some)
        before = some[-1].key


def _cells(line: Line) -> tuple[str, ...]:
    return (
        *(line.id, str(line.batch), line.partner, terms.kind(line.kind), terms.state(line.state)),
        *(formats.moment(line.handed_over_at), formats.moment(line.closes)),
        *(str(line.entries or 0), str(line.done), str(line.outstanding)),
    )
