"""One held row: its cell, its rule, what it proposes, what is known; and the choice about it."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right
from gateway.domain.errors import PalangError
from gateway.domain.hold_reasons import reasons_for
from gateway.domain.proposals import NEVER_ACCEPTED
from gateway.domain.resolutions import ACCEPT, REJECT
from gateway.domain.rules import RULES
from gateway.services.hold_choice import TYPED, WAYS, Choice
from gateway.services.hold_pages import Queued
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.frame import current
from gateway.web.console.holds.desk import HoldDesk, own_officer, place_of
from gateway.web.console.holds.queue import HOLDING
from gateway.web.console.holds.words import STATES
from gateway.web.console.intake.words import ROLES

_MOST = 10  # numbers typed for one cell
_MOST_TICKED = 500  # rows that one form names
Answer = str | Response | tuple[str, int]


def add_rows(pages: Blueprint, desk: HoldDesk) -> None:
    """`/holds/row/<mark>`: look at one row, choose what it is."""

    @pages.get("/holds/row/<mark>")
    @needs(Right.READ)
    def row(mark: str) -> str:
        return _row(desk, mark, None)

    @pages.post("/holds/row/<mark>")
    @needs(Right.PREPARE)
    def choose(mark: str) -> Answer:
        intake, position = place_of(mark)
        try:
            return _drafted(desk, _choice(intake, rows=(position,)))
        except PalangError as problem:
            return _row(desk, mark, problem), status_of(problem)


def add_several(pages: Blueprint, desk: HoldDesk) -> None:
    """`/holds/rule`, `/holds/chosen`: all open rows of an intake that one rule holds, or those that
    are ticked."""

    @pages.get("/holds/rule")
    @needs(Right.PREPARE)
    def rule() -> str:
        return _several(desk, request.args.get("intake", 0, type=int), request.args)

    @pages.post("/holds/rule")
    @needs(Right.PREPARE)
    def choose_several() -> Answer:
        intake, form = request.form.get("intake", 0, type=int), request.form
        rows, code = _ticked(form), form.get("rule", "")
        try:
            return _drafted(desk, _choice(intake, rows=rows, rule="" if rows else code))
        except PalangError as problem:
            return _several(desk, intake, form, problem), status_of(problem)


def _drafted(desk: HoldDesk, choice: Choice) -> Response:
    """Work the choice out and show what would be signed. Raises PalangError."""
    draft = desk.parts.acts.draft(choice, own_officer())
    name = desk.drafts.put(current().id, draft)
    return redirect(url_for("holds.draft", name=name), code=303)


def _choice(intake: int, rows: tuple[int, ...] = (), rule: str = "") -> Choice:
    """What the form says; the services judge it."""
    form = request.form
    way = form.get("way", "")
    typed = tuple(line for line in form.get("typed", "").splitlines() if line.strip())[:_MOST]
    return Choice(
        intake,
        REJECT if way == REJECT else ACCEPT if way in WAYS else "",
        form.get("reason", ""),
        form.get("reference", "").strip(),
        rows,
        rule,
        way if way in WAYS else "",
        typed if way == TYPED else (),
    )


def _row(desk: HoldDesk, mark: str, problem: PalangError | None) -> str:
    found = desk.parts.holds.one(*place_of(mark))
    held = found.held
    return render_template(
        "holds/row.html",
        mark=mark,
        held=held,
        intake=found.intake,
        rule=RULES[held.row.rule],
        age=desk.parts.clock.now() - found.intake.added_at,
        whole=desk.look(held.intake, f"hold queue: cell of row position {held.position}"),
        known=desk.parts.context.of(held.proposed),
        states=STATES,
        roles=ROLES,
        ways=_ways(found),
        reasons=[("accept", reasons_for(ACCEPT)), ("reject", reasons_for(REJECT))],
        given=request.form,
        problem=problem,
    )


def _ways(found: Queued) -> tuple[str, ...]:
    """What may be done with a row: nothing where a batch has it or its sender corrected it."""
    held = found.held
    if held.taken or held.corrected:
        return ()
    if held.row.rule in NEVER_ACCEPTED:
        return (REJECT,)
    proposed = {0: (), 1: ("inferred",)}.get(len(held.proposed), ("split",))
    return (*proposed, TYPED, REJECT)


def _ticked(given: MultiDict[str, str]) -> tuple[int, ...]:
    """The positions of the rows that are ticked."""
    return tuple(dict.fromkeys(given.getlist("row", type=int)))[:_MOST_TICKED]


def _several(
    desk: HoldDesk, intake: int, given: MultiDict[str, str], problem: PalangError | None = None
) -> str:
    head, code, rows = desk.parts.intakes.show(intake), given.get("rule", ""), _ticked(given)
    counts = desk.parts.holds.open_by_rule(intake)
    known = code if code in HOLDING and not rows else ""
    accept = () if known in NEVER_ACCEPTED else ("inferred", "split") if rows else ("inferred",)
    return render_template(
        "holds/several.html",
        intake=head,
        code=known,
        rows=rows,
        count=len(rows) or counts.get(known, 0),
        ways=(*accept, REJECT),
        reasons=[("accept", reasons_for(ACCEPT)), ("reject", reasons_for(REJECT))],
        given=request.form,
        problem=problem,
    )
