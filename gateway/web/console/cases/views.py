"""Looking a number up, its story, unmasking it, taking its evidence."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import PalangError
from gateway.domain.searched import searched_number
from gateway.services.access import required_reason
from gateway.services.cases import Cases
from gateway.services.evidence import EvidenceService
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.cases.book import CaseBook, Opened
from gateway.web.console.downloads import bundle
from gateway.web.console.frame import Area, Frame, Link, current
from gateway.web.console.preparing import Preparing
from gateway.web.console.words import later


@dataclass(frozen=True, slots=True)
class CaseParts:
    """`subject_of` is a number's name in the access log: its keyed hash."""

    cases: Cases
    evidence: EvidenceService
    subject_of: Callable[[int], str]


def cases_area(parts: CaseParts, frame: Frame) -> Area:
    """One number's whole story."""
    pages = Blueprint("cases", __name__, template_folder="templates")
    book, preparing = CaseBook(), Preparing(pages, frame.clock, "/cases")

    def find(name: str) -> Opened:
        return book.find(name, current().id, frame.clock.now())

    @pages.get("/cases")
    @needs(Right.UNMASK)
    def index() -> str:
        return render_template("cases/index.html", problem=None, reason="")

    @pages.post("/cases")
    @needs(Right.UNMASK)
    def search() -> Answer | tuple[str, int]:
        reason = request.form.get("reason", "")
        try:
            number = searched_number(request.form.get("number", ""))
            why = required_reason(reason)
        except PalangError as problem:
            page = render_template("cases/index.html", problem=problem, reason=reason)
            return page, status_of(problem)
        name = book.open(Opened(number, current().id, frame.clock.now(), why))
        frame.looked(What.CASE_VIEW, parts.subject_of(number), why)
        return redirect(url_for("cases.show", case=name), code=303)

    @pages.get("/cases/<case>")
    @needs(Right.UNMASK)
    def show(case: str) -> str:
        return _shown(parts, case, find(case))

    @pages.post("/cases/<case>/number")
    @needs(Right.UNMASK)
    def unmask(case: str) -> str | tuple[str, int]:
        opened = find(case)
        try:
            why = required_reason(request.form.get("reason", ""))
        except PalangError as problem:
            return _shown(parts, case, opened, problem=problem), status_of(problem)
        frame.looked(What.CASE_UNMASK, parts.subject_of(opened.number), why)
        return _shown(parts, case, opened, unmasked=True)

    @pages.post("/cases/<case>/evidence")
    @needs(Right.EXPORT)
    def evidence(case: str) -> Answer | tuple[str, int]:
        opened, who = find(case), current().id
        subject = parts.subject_of(opened.number)
        try:
            frame.looked(What.EXPORT_EVIDENCE, subject, opened.reason)
            return preparing.offer(
                lambda: bundle(parts.evidence.number(opened.number, who)),
                url_for("cases.show", case=case),
            )
        except PalangError as problem:
            return _shown(parts, case, opened, problem=problem), status_of(problem)

    return Area(pages, (Link(later("Number"), "cases.index", Right.UNMASK),))


def _shown(
    parts: CaseParts,
    name: str,
    opened: Opened,
    *,
    unmasked: bool = False,
    problem: PalangError | None = None,
) -> str:
    return render_template(
        "cases/show.html",
        name=name,
        case=parts.cases.of(opened.number),
        unmasked=unmasked,
        problem=problem,
    )
