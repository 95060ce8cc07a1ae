"""The list of rows that wait, over all intakes, oldest first; the same list to take away."""

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request, url_for

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import NotFound, PalangError
from gateway.domain.rules import RULES, Outcome
from gateway.services.access import required_reason
from gateway.services.hold_export import WORDS, exported_rows
from gateway.services.hold_pages import QueueFilter, QueuePage
from gateway.services.holds import Held
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.exports import sent
from gateway.web.console.holds.desk import HoldDesk
from gateway.web.console.holds.words import DONE, STATES
from gateway.web.console.intake.masking import masked_rows
from gateway.web.console.intake.words import lang
from gateway.writing.tables import Table

PAGE = 50
_EXPORTED = 500  # rows read at once for an export
_WIDTHS = (12, 12, 14, 8, 28, 18, 52, 28, 16, 12, 18, 14, 14, 10, 20, 12, 18, 44, 18, 12, 20)
NUMBERS = frozenset(
    WORDS["en"].headers.index(name) for name in ("Cell", "Proposed", "Decided number")
)
HOLDING = tuple(rule.code for rule in RULES.values() if rule.outcome is Outcome.HELD)


def add_queue(pages: Blueprint, desk: HoldDesk) -> None:
    """`/holds` and its exports."""

    @pages.get("/holds")
    @needs(Right.READ)
    def index() -> str | tuple[str, int]:
        wanted, after = _asked(), _after()
        problem: PalangError | None = None
        try:
            page = desk.parts.holds.page(wanted, after, PAGE)
        except NotFound as gone:
            problem, page = gone, QueuePage((), None)
        shown = render_template(
            "holds/index.html",
            page=page,
            wanted=wanted,
            now=desk.parts.clock.now(),
            sources=desk.parts.pages.sources(),
            rules=HOLDING,
            states=STATES,
            by_rule=desk.parts.holds.open_by_rule(wanted.intake)
            if wanted.intake and not problem
            else {},
            older=_same(after="-".join(map(str, page.after))) if page.after else "",
            first=_same() if after != (0, 0) else "",
            exports=[(k.upper(), _same("holds.export", kind=k)) for k in ("csv", "xlsx")],
            done=DONE.get(request.args.get("done", "")),
            problem=problem,
        )
        return (shown, status_of(problem)) if problem else shown

    @pages.get("/holds/export.<kind>")
    @needs(Right.EXPORT)
    def export(kind: str) -> Response:
        return taken(kind, "held rows, masked", masked=True)

    @pages.post("/holds/export.<kind>")
    @needs(Right.EXPORT)
    def whole_export(kind: str) -> Response:
        return taken(kind, required_reason(request.form.get("reason", "")), masked=False)

    def taken(kind: str, why: str, *, masked: bool) -> Response:
        wanted = _asked()
        subject = f"intake:{wanted.intake}" if wanted.intake else ""
        desk.frame.looked(What.EXPORT_LIST, subject, why)
        words = WORDS[lang()]
        rows = exported_rows(_all(desk, wanted), lang())
        shown = masked_rows(rows, NUMBERS) if masked else rows
        return sent(kind, Table(words.title, words.headers, _WIDTHS, shown), "ditahan")


def _all(desk: HoldDesk, wanted: QueueFilter) -> Iterator[Held]:
    after: tuple[int, int] | None = (0, 0)
    while after is not None:
        page = desk.parts.holds.page(wanted, after, _EXPORTED)
        yield from (one.held for one in page.rows)
        after = page.after


def _asked() -> QueueFilter:
    """The filter of the address; what is in no list does not filter."""
    args = request.args
    rule = args.get("rule", "")
    return QueueFilter(
        args.get("intake", 0, type=int),
        args.get("source", ""),
        rule if rule in HOLDING else "",
        "second" in args,
    )


def _after() -> tuple[int, int]:
    intake, _, position = request.args.get("after", "").partition("-")
    if intake.isascii() and intake.isdigit() and position.isascii() and position.isdigit():
        return int(intake), int(position)
    return 0, 0


def _same(endpoint: str = "holds.index", **changes: str) -> str:
    kept = {n: v for n, v in request.args.items() if v and n not in ("after", "done")}
    return url_for(endpoint, **(kept | changes))  # type: ignore[arg-type]  # values of a query
