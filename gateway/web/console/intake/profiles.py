"""The saved columns of sources: what is known of their files, and forgetting it."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right
from gateway.web.console.access import needs
from gateway.web.console.frame import current
from gateway.web.console.intake.parts import Desk
from gateway.web.console.intake.words import ROLES
from gateway.web.console.words import later

DONE = {"removed": later("The saved columns are removed; what was saved before stays on record.")}


def add_profiles(pages: Blueprint, desk: Desk) -> None:
    """`/intake/profiles`."""

    @pages.get("/intake/profiles")
    @needs(Right.READ)
    def profiles() -> str:
        return render_template(
            "intake/profiles.html",
            profiles=desk.parts.intakes.profiles.all(),
            roles=ROLES,
            done=DONE.get(request.args.get("done", "")),
        )

    @pages.post("/intake/profiles/<source>/remove")
    @needs(Right.PREPARE)
    def remove_profile(source: str) -> Response:
        desk.parts.intakes.profiles.remove(source, current().id)
        return redirect(url_for("intake.profiles", done="removed"), code=303)
