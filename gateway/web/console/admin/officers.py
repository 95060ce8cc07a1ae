"""Officers: who may sign. One is enrolled on the machine, where the key is made; approved here."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import InputError, PalangError
from gateway.web.console.access import needs
from gateway.web.console.admin.parts import AdminParts
from gateway.web.console.app import status_of
from gateway.web.console.frame import Frame, current


def add_officers(pages: Blueprint, parts: AdminParts, frame: Frame) -> None:
    """`/admin/officers`."""

    def shown(problem: PalangError | None = None) -> str:
        found = parts.officers.all()
        return render_template("admin/officers.html", found=found, problem=problem)

    @pages.get("/admin/officers")
    @needs(Right.READ)
    def officers() -> str:
        return shown()

    @pages.post("/admin/officers/<officer>")
    @needs(Right.RELEASE)
    def sign_officer(officer: str) -> Response | tuple[str, int]:
        act = request.form.get("act", "")
        try:
            signer = frame.unlock(current(), request.form.get("passphrase", ""))
            if act == "approve":
                parts.officers.approve(officer, signer)
            elif act == "revoke":
                parts.officers.revoke(officer, signer)
            else:
                raise InputError("expected approve or revoke", hint="open the page again")
        except PalangError as problem:
            return shown(problem), status_of(problem)
        frame.looked(What.ACT, f"account:{officer}", f"officer {act}")
        return redirect(url_for("admin.officers", done=act), code=303)
