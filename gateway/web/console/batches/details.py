"""One batch: its review, its signatures, its entries, how far its deliveries are."""

from flask import Blueprint, render_template, request, url_for

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.batch import BatchState
from gateway.domain.errors import PalangError
from gateway.domain.numbering import OTT_ROUTE
from gateway.domain.parties import PartnerKind
from gateway.domain.times import MINUTE, Micros
from gateway.ports.views.batches import EntryFilter
from gateway.ports.views.deliveries import Line, Wanted
from gateway.web.console.access import needs
from gateway.web.console.batches.parts import BatchParts
from gateway.web.console.batches.progress import may_have_arrived, rows_of, total_of
from gateway.web.console.batches.seen import SMALL, possible, see, why_not
from gateway.web.console.batches.words import DONE
from gateway.web.console.frame import Frame, current

ENTRIES = 50
_DELIVERIES = 200  # of one batch on its page; the rest is in their list
_ORPHANS = 50  # entries nobody may receive, on the page
_LIVELY: Micros = 15 * MINUTE
"""How long after its release a batch's progress shows itself anew."""


def add_details(pages: Blueprint, parts: BatchParts, frame: Frame) -> None:
    """`/batches/<id>`, its progress, and its entries."""

    @pages.get("/batches/<int:batch>")
    @needs(Right.READ)
    def show(batch: int) -> str:
        frame.looked(What.BATCH_VIEW, f"batch:{batch}")
        return shown(parts, frame, batch)

    @pages.get("/batches/<int:batch>/progress")
    @needs(Right.READ)
    def progress(batch: int) -> str:
        return render_template("batches/progress.html", **_progress(parts, frame, batch))

    @pages.get("/batches/<int:batch>/entries")
    @needs(Right.READ)
    def entries(batch: int) -> str:
        found = parts.batches.show(batch)
        frame.looked(What.ENTRIES_VIEW, f"batch:{batch}")
        route, place = request.args.get("route", ""), request.args.get("after", "")
        after = parts.places.find(place)
        rows = parts.pages.entries(batch, EntryFilter(route), after, ENTRIES + 1)
        more = parts.places.hide(rows[ENTRIES - 1].number) if len(rows) > ENTRIES else ""
        return render_template(
            "batches/entries.html",
            batch=found,
            rows=rows[:ENTRIES],
            route=route,
            routes=_routes(parts),
            first=url_for("batches.entries", batch=batch, route=route) if after else "",
            more=url_for("batches.entries", batch=batch, route=route, after=more) if more else "",
        )


def _routes(parts: BatchParts) -> list[str]:
    """Where the numbering plan sends numbers: to operators, and to OTTs what is foreign."""
    found = parts.pages.partners().items()
    operators = (one for one, named in found if named.kind is PartnerKind.OPERATOR)
    return [*sorted(operators), OTT_ROUTE]


def shown(parts: BatchParts, frame: Frame, batch: int, problem: PalangError | None = None) -> str:
    """The page of a batch, with what went wrong with an act on it. Raises NotFound."""
    whole = "whole" in request.args or request.method == "POST"
    seen, account = see(parts, batch, whole), current()
    quick = whole or parts.pages.count(batch, SMALL + 1) <= SMALL
    return render_template(
        "batches/show.html",
        seen=seen,
        acts=possible(seen, account),
        why_not=why_not(seen, account),
        sources=parts.pages.sources(batch) if quick else None,
        partners=parts.pages.partners(),
        orphans=seen.now.nobody[:_ORPHANS] if seen.now else (),
        references={name[6:]: said for name, said in request.form.items() if name[:6] == "guard-"},
        problem=problem,
        done=DONE.get(request.args.get("done", "")),
        told=_told(),
        **_progress(parts, frame, batch),
    )


def _told() -> dict[str, int]:
    """What the tables of today and earlier batches changed when it was prepared."""
    names = ("moved", "protected", "unmapped", "taken", "corrected")
    counts = {name: request.args.get(name, 0, type=int) for name in names}
    return {name: count for name, count in counts.items() if 0 < count < 10**9}


def _progress(parts: BatchParts, frame: Frame, batch: int) -> dict[str, object]:
    found, now = parts.batches.show(batch), frame.clock.now()
    lines: tuple[Line, ...] = ()
    if found.released_at is not None:
        lines = parts.deliveries.page(Wanted(batch=batch), now, 0, _DELIVERIES)
    fresh = found.released_at is not None and now - found.released_at < _LIVELY
    rows = rows_of(found, sorted(lines, key=lambda line: line.partner_name))
    return {
        "batch": found,
        "lines": rows,
        "total": total_of(rows),
        "more_lines": len(lines) == _DELIVERIES,
        "moving": fresh and any(row.outstanding for row in rows),
        "arrived": found.state is BatchState.STOPPED and any(map(may_have_arrived, lines)),
    }
