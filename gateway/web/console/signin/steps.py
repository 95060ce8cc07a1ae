"""The steps of a sign-in: each page belongs to the step that the browser's token stands at."""

from collections.abc import Callable

import segno
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.errors import PalangError
from gateway.domain.staff import Stage
from gateway.services.second_factor import Offer
from gateway.services.sessions import Ticket
from gateway.web.console.access import PUBLIC, needs
from gateway.web.console.gate import LANGUAGE_COOKIE, give
from gateway.web.console.signin.parts import (
    STEPS,
    Desk,
    onward,
    origin,
    said,
    status,
    token,
    wanted,
)
from gateway.web.console.words import LANGUAGES

Page = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]


def steps(pages: Blueprint, desk: Desk) -> None:
    """Put the pages into the area."""
    _first(pages, desk)
    _code(pages, desk)
    _choose(pages, desk)
    _enrol(pages, desk)
    _language(pages)


def _first(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/sign-in")
    @needs(PUBLIC)
    def page() -> Page:
        if desk.sessions.session(token()) is not None:
            return redirect(wanted(), code=303)
        return render_template("signin/page.html", to=wanted(), name="")

    @pages.post("/sign-in")
    @needs(PUBLIC)
    def sign_in() -> Page:
        name, password = request.form.get("name", ""), request.form.get("password", "")
        return _step(
            lambda: desk.sign_in.password(name, password, origin()), "signin/page.html", name=name
        )


def _code(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/sign-in/code")
    @needs(PUBLIC)
    def code() -> Page:
        return _at(desk, Stage.CODE) or render_template("signin/code.html", to=wanted())

    @pages.post("/sign-in/code")
    @needs(PUBLIC)
    def give_code() -> Page:
        sent = request.form.get("code", "")
        return _step(lambda: desk.sign_in.code(token(), sent), "signin/code.html")


def _choose(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/sign-in/password")
    @needs(PUBLIC)
    def choose() -> Page:
        return _at(desk, Stage.PASSWORD) or render_template("signin/choose.html", to=wanted())

    @pages.post("/sign-in/password")
    @needs(PUBLIC)
    def chosen() -> Page:
        new = request.form.get("password", "")
        return _step(lambda: desk.sign_in.choose(token(), new), "signin/choose.html")


def _enrol(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/sign-in/authenticator")
    @needs(PUBLIC)
    def enrol() -> Page:
        other = _at(desk, Stage.ENROL)
        if other is not None:
            return other
        offer = desk.sign_in.offer(token())
        return render_template("signin/enrol.html", to=wanted(), **offered(offer))

    @pages.post("/sign-in/authenticator")
    @needs(PUBLIC)
    def enrolled() -> Page:
        try:
            ticket, codes = desk.sign_in.enrol(token(), request.form.get("code", ""))
        except PalangError as error:
            other = _at(desk, Stage.ENROL)
            if other is not None:
                return other
            again = offered(desk.sign_in.offer(token()))
            return _refused(error, "signin/enrol.html", **again)
        shown = render_template("signin/codes.html", codes=codes, to=wanted())
        return give(Response(shown, mimetype="text/html"), ticket.token)


def _language(pages: Blueprint) -> None:
    @pages.post("/language")
    @needs(PUBLIC)
    def speak() -> Page:
        chosen = request.form.get("language", "")
        answer = redirect(url_for("signin.page", to=wanted()), code=303)
        if chosen in LANGUAGES:
            answer.set_cookie(
                LANGUAGE_COOKIE, chosen, max_age=365 * 86_400, secure=True, samesite="Strict"
            )
        return answer


def offered(offer: Offer) -> dict[str, str]:
    """An authenticator's secret as a picture and as groups of letters."""
    picture = segno.make_qr(offer.uri, error="m").svg_data_uri(scale=4, border=2)
    groups = " ".join(offer.secret[at : at + 4] for at in range(0, len(offer.secret), 4))
    return {"picture": picture, "secret": groups}


def _step(step: Callable[[], Ticket], template: str, **more: str) -> Page:
    try:
        return onward(step())
    except PalangError as error:
        return _refused(error, template, **more)


def _refused(error: PalangError, template: str, **more: str) -> Page:
    page = render_template(template, problem=said(error), to=wanted(), **more)
    return page, status(error)


def _at(desk: Desk, stage: Stage) -> Response | None:
    """Where the browser should be instead, None where it is right here."""
    kept = desk.sessions.step(token())
    if kept is None:
        return redirect(url_for("signin.page", to=wanted()), code=303)
    if kept.stage is not stage:
        return redirect(url_for(STEPS[kept.stage], to=wanted()), code=303)
    return None
