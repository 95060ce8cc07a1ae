"""Signing a decision about held rows, as its officer or as the second one: what is shown is what is
signed."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right
from gateway.domain.errors import PalangError
from gateway.domain.resolutions import Resolution
from gateway.services.hold_acts import Look
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.frame import current
from gateway.web.console.holds.desk import HoldDesk, own_officer
from gateway.web.console.holds.words import STATES

PAGE = 100  # parts on a page
Answer = str | Response | tuple[str, int]


def add_signing(pages: Blueprint, desk: HoldDesk) -> None:
    """`/holds/draft/<name>`: the first officer."""

    @pages.get("/holds/draft/<name>")
    @needs(Right.PREPARE)
    def draft(name: str) -> str:
        return _draft(desk, name, None)

    @pages.post("/holds/draft/<name>")
    @needs(Right.PREPARE)
    def sign(name: str) -> Answer:
        shown = desk.drafts.get(current().id, name)
        try:
            by = desk.frame.unlock(current(), request.form.get("passphrase", ""))
            done = desk.parts.acts.resolve(shown, by)
        except PalangError as problem:
            return _draft(desk, name, problem), status_of(problem)
        desk.drafts.drop(name)
        code = "waits" if done.second else "signed"
        where = url_for("holds.index", intake=shown.choice.intake, done=code)
        return redirect(where, code=303)


def add_second(pages: Blueprint, desk: HoldDesk) -> None:
    """`/holds/second/<intake>/<digest>`: another officer signs the same."""

    @pages.get("/holds/second/<int:intake>/<digest>")
    @needs(Right.PREPARE)
    def second(intake: int, digest: str) -> str:
        return _second(desk, desk.parts.acts.waiting(intake, digest), None)

    @pages.post("/holds/second/<int:intake>/<digest>")
    @needs(Right.PREPARE)
    def sign_second(intake: int, digest: str) -> Answer:
        look = desk.parts.acts.waiting(intake, digest)
        try:
            own_officer()
            by = desk.frame.unlock(current(), request.form.get("passphrase", ""))
            desk.parts.acts.second(look, by)
        except PalangError as problem:
            return _second(desk, look, problem), status_of(problem)
        return redirect(url_for("holds.index", intake=intake, done="second"), code=303)


def _draft(desk: HoldDesk, name: str, problem: PalangError | None) -> str:
    found = desk.drafts.get(current().id, name)
    action = url_for("holds.sign", name=name)
    return _shown(desk, found.parts, problem, action=action, second=found.second, look=None)


def _second(desk: HoldDesk, look: Look, problem: PalangError | None) -> str:
    action = url_for("holds.sign_second", intake=look.intake, digest=look.digest)
    return _shown(desk, look.parts, problem, action=action, second=0, look=look)


def _shown(
    desk: HoldDesk,
    parts: Sequence[Resolution],
    problem: PalangError | None,
    *,
    action: str,
    second: int,
    look: Look | None,
) -> str:
    """The decision with the cells that it is about, a page of its parts at a time."""
    first = max(0, request.args.get("from", 0, type=int))
    some = parts[first : first + PAGE]
    intake = parts[0].intake
    desk.look(intake, f"hold queue: decision about {len({p.position for p in parts})} rows")
    more = first + PAGE
    return render_template(
        "holds/sign.html",
        parts_=some,
        rows=desk.rows_of(intake, [one.position for one in some]),
        head=parts[0],
        count=len({one.position for one in parts}),
        whole=len(parts),
        first=first,
        next=url_here(more) if more < len(parts) else "",
        before=url_here(max(0, first - PAGE)) if first else "",
        intake=intake,
        action=action,
        second=second,
        look=look,
        mine=look is not None and look.officer == current().officer,
        states=STATES,
        problem=problem,
    )


def url_here(first: int) -> str:
    """This page from another part on."""
    return f"{request.path}?from={first}"
