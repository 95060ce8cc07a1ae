"""A confirmed file is taken in: a job with its progress, then the intake."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right
from gateway.domain.errors import Conflict, InputError
from gateway.domain.opened import Opened
from gateway.domain.records import Intake
from gateway.domain.sheet_plan import ReadingPlan
from gateway.services.intake import Watch
from gateway.services.intake_preview import planned_columns, rows_expected
from gateway.web.console.access import needs
from gateway.web.console.frame import current
from gateway.web.console.intake.parts import Adding, Desk
from gateway.web.console.intake.uploads import Upload
from gateway.web.console.jobs import Job

PATIENCE = 1.0  # seconds that the first page waits: a small file is in by then


def add_storing(pages: Blueprint, desk: Desk) -> None:
    """`/intake/jobs`: how far it is."""

    @pages.get("/intake/jobs/<name>")
    @needs(Right.PREPARE)
    def progress(name: str) -> str | Response:
        adding = desk.adding.get(current().id, name)
        part = "part" in request.args
        if not part:
            adding.job.wait(PATIENCE)
        made = adding.job.result
        if made is not None and not part:
            done = "added-unsaved" if adding.unsaved else "added"
            return redirect(url_for("intake.detail", intake=made.id, done=done), code=303)
        return render_template("intake/progress.html", name=name, adding=adding, made=made)

    @pages.post("/intake/jobs/<name>/stop")
    @needs(Right.PREPARE)
    def stop(name: str) -> Response:
        desk.adding.get(current().id, name).job.stop()
        return redirect(url_for("intake.progress", name=name), code=303)


def begin(desk: Desk, name: str, upload: Upload, account: str, *, keep: bool) -> str:
    """Take in what the preview showed; returns the job's name. Raises Conflict before its count."""
    counted = upload.count.result if upload.count else None
    if counted is None:
        raise Conflict(
            "the rows of this file are not counted yet", hint="wait for the count, then confirm"
        )
    with upload.lock:
        if upload.taken:
            raise Conflict("this file is being taken in already", hint="see the list of intakes")
        upload.taken = True
    adding = Adding(upload.name, name)
    adding.job = Job(_taking(desk, name, upload, adding, keep=keep))
    return desk.adding.put(account, adding)


def _taking(
    desk: Desk, name: str, upload: Upload, adding: Adding, *, keep: bool
) -> Callable[[Job[Intake]], Intake]:
    """The work: the file, exactly as it was shown, then the source's profile where that is asked
    for. The file goes with its success; after a failure its preview is still there."""
    shown = upload.count.result.columns if upload.count and upload.count.result else ()
    intakes, options = desk.parts.intakes, upload.options
    plans: list[ReadingPlan] = []

    def work(job: Job[Intake]) -> Intake:
        def planned(opened: Opened, plan: ReadingPlan) -> None:
            if planned_columns(plan) != shown:
                raise Conflict(
                    "the columns that would be read are no longer those that were shown",
                    hint="look at the preview again",
                )
            plans.append(plan)
            job.about = rows_expected(opened, plan)

        watch = Watch(planned, lambda rows: job.told(job.rows + rows, job.about))
        try:
            made = intakes.add(upload.path, upload.real, options, watch)
        finally:
            upload.taken = False
        desk.waiting.drop(name)
        if keep:
            adding.unsaved = not _saved(desk, plans[0], options.source, options.account)
        return made

    return work


def _saved(desk: Desk, plan: ReadingPlan, source: str, account: str) -> bool:
    """Whether the columns could be kept for the source: several sheets or no header can't."""
    try:
        desk.parts.intakes.profiles.save(source, plan, account)
    except InputError:
        return False  # the page says so
    return True
