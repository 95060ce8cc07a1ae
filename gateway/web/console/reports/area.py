"""The pages of `reports`."""

from typing import cast

from flask import Blueprint, Response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import InputError, PalangError
from gateway.domain.periods import PeriodKind, read_period
from gateway.domain.rules import Language
from gateway.services.report_document import document
from gateway.services.report_shapes import Document
from gateway.services.report_words import Words
from gateway.services.reports import Report, ReportService
from gateway.web.console.access import needs
from gateway.web.console.frame import Area, Frame, Link
from gateway.web.console.reports.files import MEDIA, to_bytes
from gateway.web.console.reports.periods import offered
from gateway.web.console.words import language, later
from gateway.writing.report_charts import svg

PAGE = 12


def reports_area(reports: ReportService, frame: Frame) -> Area:
    """Choose a period, see the report, take it away."""
    pages = Blueprint("reports", __name__, template_folder="templates")
    _add_list(pages, reports, frame)
    _add_report(pages, reports, frame)
    return Area(pages, (Link(later("Reports"), "reports.index", Right.READ),))


def _add_list(pages: Blueprint, reports: ReportService, frame: Frame) -> None:
    @pages.get("/reports")
    @needs(Right.READ)
    def index() -> str:
        return _index(reports, frame)

    @pages.post("/reports")
    @needs(Right.EXPORT)
    def make() -> Answer | tuple[str, int]:
        kind, _, name = request.form.get("period", "").partition(":")
        try:
            if kind not in set(PeriodKind):
                raise InputError("expected a month or a quarter", hint="choose one of the list")
            period = read_period(PeriodKind(kind), name)
            made = reports.make(period, test=bool(request.form.get("test")))
        except InputError as problem:
            return _index(reports, frame, problem), 400
        frame.looked(What.ACT, f"report:{made.leaf}", f"cut-off of {period.name}")
        return redirect(url_for("reports.report", leaf=made.leaf), 303)


def _index(reports: ReportService, frame: Frame, problem: PalangError | None = None) -> str:
    before = request.args.get("before", 0, type=int)
    listed = list(reports.listed(PAGE + 1, before))
    older = url_for("reports.index", before=listed[PAGE - 1].leaf) if len(listed) > PAGE else ""
    return render_template(
        "reports/index.html",
        reports=listed[:PAGE],
        older=older,
        newest=url_for("reports.index") if before else "",
        periods=[(f"{p.kind}:{p.name}", _words().period(p)) for p in offered(frame.clock.now())],
        say_period=_words().period,
        asked=request.form,
        problem=problem,
    )


def _add_report(pages: Blueprint, reports: ReportService, frame: Frame) -> None:
    @pages.get("/reports/<int:leaf>")
    @needs(Right.READ)
    def report(leaf: int) -> str:
        return _page(reports.at(leaf))

    @pages.post("/reports/<int:leaf>/check")
    @needs(Right.EXPORT)
    def check(leaf: int) -> str | tuple[str, int]:
        found = reports.at(leaf)
        try:
            reports.check(found)
        except PalangError as problem:
            return _page(found, problem), 409
        return _page(found, checked=True)

    @pages.get("/reports/<int:leaf>/report.<kind>")
    @needs(Right.EXPORT)
    def file(leaf: int, kind: str) -> Response:
        found = reports.at(leaf)
        data = to_bytes(kind, found, _document(found))
        frame.looked(What.EXPORT_REPORT, f"report:{leaf}", kind)
        name = f"laporan-{found.period.name}-{found.marks.size}.{kind}"
        answer = Response(data, content_type=MEDIA[kind])
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def _page(found: Report, problem: PalangError | None = None, *, checked: bool = False) -> str:
    shown, whole = _document(found), _words().whole
    # S704: svg() escapes every word that it draws
    charts = {s.key: Markup(svg(s.chart, whole)) for s in shown.sections if s.chart}  # noqa: S704
    kinds = [(kind.upper(), url_for("reports.file", leaf=found.leaf, kind=kind)) for kind in MEDIA]
    return render_template(
        "reports/report.html",
        report=found,
        shown=shown,
        charts=charts,
        write=whole,
        kinds=kinds,
        problem=problem,
        checked=checked,
    )


def _document(found: Report) -> Document:
    return document(found, _language())


def _words() -> Words:
    return Words(_language())


def _language() -> Language:
    return cast(Language, language())
