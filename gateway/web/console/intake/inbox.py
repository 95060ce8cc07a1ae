"""The signed lists that sources handed in: verified, waiting for an officer to take them."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right
from gateway.domain.errors import Conflict, NotFound, PalangError
from gateway.domain.opened import Opened
from gateway.domain.records import Intake
from gateway.domain.sheet_plan import ReadingPlan
from gateway.services.intake import Watch
from gateway.services.intake_preview import rows_expected
from gateway.services.source_inbox import Waiting, Wanted
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.frame import current
from gateway.web.console.intake.jobs import Job
from gateway.web.console.intake.parts import Adding, Desk

PAGE = 50
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
        try:
            one = _waiting(desk, number)
        except PalangError as problem:
            return _page(desk, problem), status_of(problem)
        form = request.form
        column = form.get("column", "").strip() or None
        wanted = Wanted(current().id, form.get("sheet", "").strip(), column, "resend" in form)
        adding = Adding(f"{one.received.partner} {one.received.serial}: {one.listed.name}")
        adding.job = Job(_taking(desk, number, wanted))
        name = desk.adding.put(current().id, adding)
        return redirect(url_for("intake.progress", name=name), code=303)


def _taking(desk: Desk, number: int, wanted: Wanted) -> Callable[[Job[Intake]], Intake]:
    def work(job: Job[Intake]) -> Intake:
        def planned(opened: Opened, plan: ReadingPlan) -> None:
            job.about = rows_expected(opened, plan)

        watch = Watch(planned, lambda rows: job.told(job.rows + rows, job.about))
        return desk.parts.inbox.take(number, wanted, watch)

    return work


def _waiting(desk: Desk, number: int) -> Waiting:
    """Raises NotFound, Conflict (it was taken)."""
    found = next((one for one in desk.parts.inbox.all() if one.received.id == number), None)
    if found is None:
        raise NotFound(f"there is no list {number}", hint="the page shows what waits")
    if not found.waits:
        made = found.intake or found.same
        raise Conflict(f"list {number} is intake {made} already", hint="see the list of intakes")
    return found


def _page(desk: Desk, problem: PalangError | None) -> str:
    everything = "all" in request.args
    before = request.args.get("after", 0, type=int)
    lists = [
        one
        for one in reversed(desk.parts.inbox.all())
        if (everything or one.waits) and (not before or one.received.id < before)
    ]
    older = ""
    if len(lists) > PAGE:
        all_ = "1" if everything else None
        older = url_for("intake.inbox", after=lists[PAGE - 1].received.id, all=all_)
    profiles = {saved.record.source for saved in desk.parts.intakes.profiles.all()}
    return render_template(
        "intake/inbox.html",
        lists=lists[:PAGE],
        everything=everything,
        older=older,
        profiles=profiles,
        problem=problem,
    )
