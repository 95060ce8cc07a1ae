"""Blocks whose review date has passed: an unblock or a renewal is proposed, never done silently."""

from collections.abc import Iterator

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import InputError, PalangError
from gateway.services.access import required_reason
from gateway.services.replan import Replanned
from gateway.web.console.access import needs
from gateway.web.console.app import status_of
from gateway.web.console.batches.parts import BatchParts
from gateway.web.console.exports import sent
from gateway.web.console.frame import Frame
from gateway.web.console.intake.masking import masked_rows
from gateway.web.console.words import say
from gateway.writing.tables import Table

_WIDTHS = (18, 10, 14, 20)  # characters


def add_due(pages: Blueprint, parts: BatchParts, frame: Frame) -> None:
    """`/batches/due`: what is due, as a list, a file and two proposals."""

    @pages.get("/batches/due")
    @needs(Right.READ)
    def due() -> str:
        return _page(parts)

    @pages.get("/batches/due/export.<kind>")
    @needs(Right.EXPORT)
    def export_due(kind: str) -> Response:
        return taken(kind, "numbers due for review, masked", masked=True)

    @pages.post("/batches/due/export.<kind>")
    @needs(Right.EXPORT)
    def whole_due(kind: str) -> Response:
        return taken(kind, required_reason(request.form.get("reason", "")), masked=False)

    def taken(kind: str, why: str, *, masked: bool) -> Response:
        frame.looked(What.EXPORT_LIST, "", why)
        head = (say("Number"), say("Batch"), say("Review date"), say("Partner"))
        rows = masked_rows(_rows(parts), frozenset({0})) if masked else _rows(parts)
        return sent(kind, Table(say("Due for review"), head, _WIDTHS, rows), "due")

    @pages.post("/batches/due")
    @needs(Right.PREPARE)
    def answer_due() -> Redirect | tuple[str, int]:
        told: list[Replanned] = []
        try:
            made = _prepared(parts, told)
        except PalangError as problem:
            return _page(parts, problem), status_of(problem)
        frame.looked(What.ACT, f"batch:{made}", "prepared")
        counts = {name: n for name, n in (told[0]._asdict() if told else {}).items() if n}
        address = url_for("batches.show", batch=made, done="prepared", **counts)
        return redirect(address, code=303)


def _page(parts: BatchParts, problem: PalangError | None = None) -> str:
    """The list itself comes after the page: every number that stands blocked is looked at."""
    whole = "whole" in request.args or request.method == "POST"
    return render_template(
        "batches/due.html",
        due=parts.review_dates.due() if whole else None,
        given=request.form,
        problem=problem,
    )


def _prepared(parts: BatchParts, told: list[Replanned]) -> int:
    """The batch that the form asks for. Raises InputError, Conflict."""
    form = request.form
    reason, test = form.get("reference", "").strip(), "test" in form
    wanted = form.get("answer", "")
    if wanted == "unblock":
        return parts.review_dates.unblock(reason, test=test)[0].id
    if wanted == "renew":
        return parts.review_dates.renew(reason, test, told.append)[0].id
    raise InputError("choose whether the numbers are freed or blocked again")


def _rows(parts: BatchParts) -> Iterator[tuple[str, ...]]:
    """Digits without plus, as every file for staff has them."""
    for block in parts.review_dates.numbers():
        yield str(block.number), str(block.batch), block.review_date, block.route
