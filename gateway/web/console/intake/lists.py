"""The list of intakes, and the same list to take away."""

from collections.abc import Iterator
from dataclasses import replace

from flask import Blueprint, Response, render_template, request

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import InputError
from gateway.domain.rules import Outcome
from gateway.domain.times import DAY
from gateway.ports.views.intake import IntakeFilter, IntakeLine, IntakeState
from gateway.web.console import formats
from gateway.web.console.access import needs
from gateway.web.console.exports import sent
from gateway.web.console.frame import Frame
from gateway.web.console.intake.parts import Desk
from gateway.web.console.intake.words import OUTCOMES, STATES
from gateway.web.console.queries import day_of, same
from gateway.web.console.words import say
from gateway.writing.tables import Table

PAGE = 50
_EXPORTED = 500  # intakes read at once for an export
_WIDTHS = (8, 22, 18, 34, *(14,) * 5, 16, 26)  # characters


def add_lists(pages: Blueprint, desk: Desk, frame: Frame) -> None:
    """`/intake` and its exports."""

    @pages.get("/intake")
    @needs(Right.READ)
    def index() -> str:
        wanted, problem = _asked()
        before = request.args.get("after", 0, type=int)
        lines = desk.parts.pages.page(wanted, before, PAGE + 1)
        older = same("intake.index", after=lines[PAGE - 1].intake.id) if len(lines) > PAGE else ""
        return render_template(
            "intake/index.html",
            lines=lines[:PAGE],
            older=older,
            newest=same("intake.index", after=None) if before else "",
            sources=desk.parts.pages.sources(),
            states=STATES,
            asked=request.args,
            problem=problem,
            csv=same("intake.export", kind="csv"),
            xlsx=same("intake.export", kind="xlsx"),
        )

    @pages.get("/intake/export.<kind>")
    @needs(Right.EXPORT)
    def export(kind: str) -> Response:
        wanted, problem = _asked()
        if problem:
            raise problem
        frame.looked(What.EXPORT_LIST, "", "intakes")
        table = Table(say("Intakes"), _headers(), _WIDTHS, _rows(desk, wanted))
        return sent(kind, table, "intakes")


def _asked() -> tuple[IntakeFilter, InputError | None]:
    """The filter of the address, and what is wrong with it."""
    args = request.args
    state = args.get("state", "")
    found = IntakeFilter(
        source=args.get("source", ""), state=IntakeState(state) if state in STATES else None
    )
    try:
        since, until = day_of(args.get("since", "")), day_of(args.get("until", ""))
    except InputError as bad:
        return found, bad
    return replace(found, since=since, until=until + DAY if until else 0), None


def _headers() -> tuple[str, ...]:
    outcomes = tuple(say(words) for words, _tone in OUTCOMES.values())
    head = (say("Intake"), say("Added"), say("Source"), say("File"))
    return (*head, *outcomes, say("Undecided"), say("State"))


def _rows(desk: Desk, wanted: IntakeFilter) -> Iterator[tuple[str, ...]]:
    before = 0
    while some := desk.parts.pages.page(wanted, before, _EXPORTED):
        yield from map(_cells, some)
        before = some[-1].intake.id


def _cells(line: IntakeLine) -> tuple[str, ...]:
    intake = line.intake
    counts = dict(intake.counts)
    return (
        *(str(intake.id), formats.moment(intake.added_at), intake.source, intake.name),
        *(str(counts.get(outcome, 0)) for outcome in Outcome),
        *(str(line.undecided), say(STATES[line.state][0])),
    )
