"""The page of the own account: password, authenticator, signing key, sessions, language."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right
from gateway.domain.errors import PalangError
from gateway.web.console.access import SIGNED_IN, needs
from gateway.web.console.frame import current
from gateway.web.console.gate import give, take
from gateway.web.console.looking import by
from gateway.web.console.signin.parts import Desk, said, status, token
from gateway.web.console.signin.steps import Page, offered
from gateway.web.console.words import later

DONE = {
    "password": later("Your password is changed; you are signed out everywhere else."),
    "language": later("The language is changed."),
    "revoked": later("The session is ended."),
    "others": later("You are signed out everywhere else."),
    "key": later("Your signing key is kept here, encrypted as you made it."),
    "forgotten": later("Your signing key is no longer kept here."),
}
_MOST_KEY = 8192  # bytes


def own(pages: Blueprint, desk: Desk) -> None:
    """Put the pages into the area."""
    _page(pages, desk)
    _password(pages, desk)
    _authenticator(pages, desk)
    _key(pages, desk)
    _sessions(pages, desk)


def _shown(desk: Desk, problem: PalangError | None = None) -> str:
    account = current()
    return render_template(
        "signin/account.html",
        problem=problem,
        done=DONE.get(request.args.get("done", "")),
        sessions=desk.sessions.of(account, token()),
        signs=account.may(Right.PREPARE) or account.may(Right.RELEASE),
    )


def _try(desk: Desk, act: Callable[[], object], done: str) -> Page:
    try:
        act()
    except PalangError as error:
        return _shown(desk, said(error)), status(error)
    return _back(done)


def _back(done: str) -> Response:
    return redirect(url_for("signin.account", done=done), code=303)


def _page(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/account")
    @needs(SIGNED_IN)
    def account() -> Page:
        return _shown(desk)

    @pages.post("/account/language")
    @needs(SIGNED_IN)
    def prefer() -> Page:
        chosen = request.form.get("language", "")
        return _try(desk, lambda: desk.own.prefer(current(), chosen), "language")

    @pages.post("/sign-out")
    @needs(SIGNED_IN)
    def leave() -> Page:
        desk.sessions.leave(token())
        return take(redirect(url_for("signin.page"), code=303))


def _password(pages: Blueprint, desk: Desk) -> None:
    @pages.post("/account/password")
    @needs(SIGNED_IN)
    def change_password() -> Page:
        old, new = request.form.get("old", ""), request.form.get("new", "")
        try:
            ticket = desk.own.change_password(token(), old, new, by())
        except PalangError as error:
            return _shown(desk, said(error)), status(error)
        return give(_back("password"), ticket.token)


def _authenticator(pages: Blueprint, desk: Desk) -> None:
    def picture(problem: PalangError | None = None) -> str:
        found = offered(desk.own.offered(token()))
        return render_template("signin/authenticator.html", problem=problem, **found)

    @pages.post("/account/authenticator/begin")
    @needs(SIGNED_IN)
    def begin() -> Page:
        password = request.form.get("password", "")
        try:
            desk.own.offer(token(), password, by())
        except PalangError as error:
            return _shown(desk, said(error)), status(error)
        return redirect(url_for("signin.authenticator"), code=303)

    @pages.get("/account/authenticator")
    @needs(SIGNED_IN)
    def authenticator() -> Page:
        return picture()

    @pages.post("/account/authenticator")
    @needs(SIGNED_IN)
    def confirm() -> Page:
        try:
            codes = desk.own.enrol(token(), request.form.get("code", ""), by())
        except PalangError as error:
            return picture(said(error)), status(error)
        return render_template("signin/codes.html", codes=codes, to=url_for("signin.account"))


def _key(pages: Blueprint, desk: Desk) -> None:
    @pages.post("/account/key")
    @needs(SIGNED_IN)
    def put_key() -> Page:
        sent = request.files.get("key")
        pem = sent.stream.read(_MOST_KEY + 1) if sent is not None else b""
        word = request.form.get("passphrase", "").encode()
        return _try(desk, lambda: desk.keys.put(current().id, pem, word, by()), "key")

    @pages.post("/account/key/forget")
    @needs(SIGNED_IN)
    def forget_key() -> Page:
        return _try(desk, lambda: desk.keys.forget(current().id, by()), "forgotten")


def _sessions(pages: Blueprint, desk: Desk) -> None:
    @pages.post("/account/sessions/end")
    @needs(SIGNED_IN)
    def revoke() -> Page:
        wanted = request.form.get("session", "")
        return _try(desk, lambda: desk.sessions.revoke(current(), wanted, by()), "revoked")

    @pages.post("/account/sessions/end-others")
    @needs(SIGNED_IN)
    def revoke_others() -> Page:
        return _try(desk, lambda: desk.sessions.revoke_others(current(), token(), by()), "others")
