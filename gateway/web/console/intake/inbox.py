"""The signed lists that sources handed in: verified, waiting for an officer to want them.

The console has no seal key, so it takes none itself: the officer's wish is a row that the worker
comes to, and the page tells what became of it.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right
from gateway.domain.errors import Conflict, NotFound, PalangError
from gateway.domain.times import SECOND
from gateway.services.source_inbox import Waiting, Wanted
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.frame import current
from gateway.web.console.intake.parts import Desk

PAGE = 50
PATIENCE = 120 * SECOND  # after which a page says that no worker seems to run
Answer = str | Response | tuple[str, int]


def add_inbox(pages: Blueprint, desk: Desk) -> None:
    """`/intake/inbox`."""

    @pages.get("/intake/inbox")
    @needs(Right.READ)
    def inbox() -> str:
        return _page(desk, None)

    @pages.post("/intake/inbox/<int:number>")
    @needs(Right.PREPARE)
    def take_list(number: int) -> Answer:
        form = request.form
        column = form.get("column", "").strip() or None
        wanted = Wanted(current().id, form.get("sheet", "").strip(), column, "resend" in form)
        try:
            _require_waiting(desk, number)
            desk.parts.asked.ask(number, wanted)
        except PalangError as problem:
            return _page(desk, problem), status_of(problem)
        return redirect(url_for("intake.inbox", _anchor=f"list-{number}"), code=303)


def _require_waiting(desk: Desk, number: int) -> None:
    """Raises NotFound, Conflict (it was taken)."""
    found = next((one for one in desk.parts.inbox.all() if one.received.id == number), None)
    if found is None:
        raise NotFound(f"there is no list {number}", hint="the page shows what waits")
    if not found.waits:
        made = found.intake or found.same
        raise Conflict(f"list {number} is intake {made} already", hint="see the list of intakes")


def _page(desk: Desk, problem: PalangError | None) -> str:
    everything = "all" in request.args
    before = request.args.get("after", 0, type=int)
    lists = [one for one in reversed(desk.parts.inbox.all()) if everything or one.waits]
    lists = [one for one in lists if not before or one.received.id < before]
    wants = desk.parts.asked.newest()
    taken = {saved.record.source for saved in desk.parts.intakes.profiles.all()}
    return render_template(
        "intake/inbox.html",
        lists=lists[:PAGE],
        wants=wants,
        asked=any(one.waits and one.received.id in wants for one in lists[:PAGE]),
        late=desk.parts.clock.now() - PATIENCE,
        everything=everything,
        older=_older(lists, everything=everything),
        profiles=taken,
        problem=problem,
    )


def _older(lists: list[Waiting], *, everything: bool) -> str:
    if len(lists) <= PAGE:
        return ""
    after, all_ = lists[PAGE - 1].received.id, "1" if everything else None
    return url_for("intake.inbox", after=after, all=all_)
