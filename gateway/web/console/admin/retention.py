"""Retention: policies by two officers, what one would take, legal holds, tombstones.

A purge itself is run on the machine (palang retention run): it writes the database's file anew.
"""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import PalangError
from gateway.domain.retention import (
    BATCH,
    INTAKE,
    NUMBER,
    NUMBERS,
    PARCELS,
    PARTNER,
    PROOFS,
    ROWS,
    WHAT,
    Policy,
    policy,
)
from gateway.domain.searched import searched_number
from gateway.services.legal_holds import Order
from gateway.web.console.access import needs
from gateway.web.console.admin.parts import AdminParts
from gateway.web.console.app import status_of
from gateway.web.console.frame import Frame, current
from gateway.web.console.words import later

KEPT = {
    PARCELS: (
        later("sealed parcels"),
        later("What was sent can't be sent again afterwards."),
    ),
    PROOFS: (
        later("slices with their salts"),
        later("No entry of them can be proven afterwards."),
    ),
    NUMBERS: (
        later("entries of batches"),
        later("Which numbers were asked for is gone afterwards."),
    ),
    ROWS: (
        later("raw rows of intakes"),
        later("With what officers decided of them, and sources' own parcels."),
    ),
}
"""What a policy can let go: its name, and what is lost with it."""

HELD = {
    BATCH: later("a batch"),
    PARTNER: later("a partner"),
    INTAKE: later("an intake"),
    NUMBER: later("a number"),
}


@dataclass(frozen=True, slots=True)
class _Pages:
    """What the views of retention share."""

    parts: AdminParts
    frame: Frame

    def shown(self, problem: PalangError | None = None, wanted: Policy | None = None) -> str:
        """The page, with a policy that is looked at and what went wrong."""
        state = self.parts.retention.state()
        ruling = state.ruling.policy if state.ruling else None
        chosen = wanted or ruling
        return render_template(
            "admin/retention.html",
            state=state,
            holds=self.parts.holds.all(),
            review=self.parts.retention.review(chosen) if chosen else None,
            wanted=wanted,
            what=KEPT,
            kinds=HELD,
            problem=problem,
            asked=request.form,
        )

    def signed(self, done: str) -> Response:
        """Back to the page; the act is logged."""
        self.frame.looked(What.ACT, "", f"retention {done}")
        return redirect(url_for("admin.retention", done=done), code=303)


def add_retention(pages: Blueprint, parts: AdminParts, frame: Frame) -> None:
    """`/admin/retention`."""
    shared = _Pages(parts, frame)
    _add_policies(pages, shared)
    _add_holds(pages, shared)


def _add_policies(pages: Blueprint, shared: _Pages) -> None:
    parts, frame = shared.parts, shared.frame

    @pages.get("/admin/retention")
    @needs(Right.READ)
    def retention() -> str:
        return shared.shown()

    @pages.post("/admin/retention/review")
    @needs(Right.TABLES)
    def review_policy() -> str | tuple[str, int]:
        try:
            return shared.shown(wanted=_wanted(parts))
        except PalangError as problem:
            return shared.shown(problem), status_of(problem)

    @pages.post("/admin/retention/sign")
    @needs(Right.TABLES)
    def sign_policy() -> Response | tuple[str, int]:
        form = request.form
        try:
            signer = frame.unlock(current(), form.get("passphrase", ""))
            if form.get("known"):
                made = parts.retention.approve(form["known"], form.get("day", ""), signer)
            else:
                made = parts.retention.propose(_wanted(parts), form.get("day", ""), signer)
        except PalangError as problem:
            return shared.shown(problem), status_of(problem)
        return shared.signed("active" if made else "signed")


def _add_holds(pages: Blueprint, shared: _Pages) -> None:
    parts, frame = shared.parts, shared.frame

    @pages.post("/admin/retention/holds")
    @needs(Right.TABLES)
    def place_hold() -> Response | tuple[str, int]:
        form = request.form
        try:
            signer = frame.unlock(current(), form.get("passphrase", ""))
            parts.holds.place(_order(), signer)
        except PalangError as problem:
            return shared.shown(problem), status_of(problem)
        return shared.signed("held")

    @pages.post("/admin/retention/holds/<int:hold>/lift")
    @needs(Right.TABLES)
    def lift_hold(hold: int) -> Response | tuple[str, int]:
        try:
            signer = frame.unlock(current(), request.form.get("passphrase", ""))
            made = parts.holds.lift(hold, signer)
        except PalangError as problem:
            return shared.shown(problem), status_of(problem)
        return shared.signed("lifted" if made else "signed")


def _wanted(parts: AdminParts) -> Policy:
    """The policy of the form, or a known one of that version. Raises InputError, NotFound."""
    form = request.form
    if form.get("known"):
        return parts.retention.find(form["known"])
    months = {name: form.get(name, 0, type=int) for name in WHAT if form.get(name)}
    return policy(form.get("version", ""), form.get("citation", ""), months)


def _order() -> Order:
    """Raises InputError."""
    form = request.form
    kind, subject = form.get("kind", ""), form.get("subject", "").strip()
    number = searched_number(subject) if kind == NUMBER else 0
    shown = "" if kind == NUMBER else subject
    return Order(kind, shown, number, form.get("reason", ""), form.get("reference", ""))
