"""The list of batches, and the same list to take away."""

from collections.abc import Iterator
from dataclasses import replace

from flask import Blueprint, Response, render_template, request

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.batch import BatchState
from gateway.domain.delivery import Priority
from gateway.domain.errors import InputError
from gateway.domain.times import DAY
from gateway.ports.views.batches import BatchFilter, BatchLine
from gateway.web.console import formats, terms
from gateway.web.console.access import needs
from gateway.web.console.batches.parts import BatchParts
from gateway.web.console.batches.words import STATES, state
from gateway.web.console.exports import sent
from gateway.web.console.frame import Frame
from gateway.web.console.queries import day_of, same
from gateway.web.console.words import say
from gateway.writing.tables import Table

PAGE = 50
_EXPORTED = 500  # batches read at once for an export
_WIDTHS = (8, 20, 18, 10, 22, 22, 14, 14)  # characters


def add_lists(pages: Blueprint, parts: BatchParts, frame: Frame) -> None:
    """`/batches` and its exports."""

    @pages.get("/batches")
    @needs(Right.READ)
    def index() -> str:
        wanted, problem = _asked()
        before = request.args.get("after", 0, type=int)
        lines = parts.pages.page(wanted, before, PAGE + 1)
        return render_template(
            "batches/index.html",
            lines=lines[:PAGE],
            older=same("batches.index", after=lines[PAGE - 1].id) if len(lines) > PAGE else "",
            newest=same("batches.index") if before else "",
            asked=request.args,
            states=STATES,
            lanes=terms.LANES,
            problem=problem,
            csv=same("batches.export", kind="csv"),
            xlsx=same("batches.export", kind="xlsx"),
        )

    @pages.get("/batches/export.<kind>")
    @needs(Right.EXPORT)
    def export(kind: str) -> Response:
        wanted, problem = _asked()
        if problem:
            raise problem
        frame.looked(What.EXPORT_LIST, "", "batches")
        rows = _rows(parts, wanted)
        return sent(kind, Table(say("Batches"), _headers(), _WIDTHS, rows), "batches")


def _asked() -> tuple[BatchFilter, InputError | None]:
    """The filter of the address, and what is wrong with it; what is no filter filters nothing."""
    args = request.args
    state_, lane = args.get("state", ""), args.get("lane", "")
    found = BatchFilter(
        BatchState(state_) if state_ in set(BatchState) else None,
        Priority(int(lane)) if lane in {str(int(one)) for one in Priority} else None,
    )
    try:
        since, until = day_of(args.get("since", "")), day_of(args.get("until", ""))
    except InputError as bad:
        return found, bad
    return replace(found, since=since, until=until + DAY if until else 0), None


def _headers() -> tuple[str, ...]:
    return (
        *(say("Batch"), say("State"), say("Lane"), say("Numbers"), say("Prepared")),
        *(say("Released"), say("Entries"), say("Submitted by")),
    )


def _rows(parts: BatchParts, wanted: BatchFilter) -> Iterator[tuple[str, ...]]:
    before = 0
    while some := parts.pages.page(wanted, before, _EXPORTED):
        yield from map(_cells, some)
        before = some[-1].id


def _cells(line: BatchLine) -> tuple[str, ...]:
    return (
        *(str(line.id), state(line.state), terms.lane(line.priority)),
        say("test") if line.test else say("real"),
        *(formats.moment(line.created_at), formats.moment(line.released_at)),
        *(str(line.entries), line.submitted_by),
    )
