"""Before every view: the session, the rule, and that an unsafe request is a form of ours.

A request that fails here reaches no view and no service (threats.md W1, W5).
"""

from flask import Flask, g, redirect, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right, Session
from gateway.domain.errors import InputError, NotPermitted
from gateway.web.console.access import Public, rules
from gateway.web.console.csrf import SAFE, check_form, check_origin, leave_door, prepare
from gateway.web.console.frame import Frame
from gateway.web.console.words import DEFAULT, LANGUAGES

COOKIE = "__Host-palang"
LANGUAGE_COOKIE = "palang-language"
_MOST_DIGITS = 18
_MOST_OF_A_STRANGER = 64 * 1024  # bytes of a form before anybody has signed in: a name, a code


class SignInNeeded(NotPermitted):
    """There is no live session; the sign-in page leads back here."""


def guard(app: Flask, frame: Frame) -> None:
    """Put the gate before all views. Raises LookupError where one declares no rule."""
    declared = rules(app)

    @app.before_request
    def check() -> Response | None:
        g.session = session = frame.sessions.session(request.cookies.get(COOKIE, ""))
        g.language = _language(session)
        prepare(session)
        _refuse_huge()
        rule = declared.get(request.endpoint or "")
        if rule is None:
            return None  # no route of ours: the 404 that follows says nothing
        if isinstance(rule, Public):
            request.max_content_length = request.max_form_memory_size = _MOST_OF_A_STRANGER
            check_form()
            return None
        if session is None:
            return _to_sign_in()
        check_form()
        if isinstance(rule, Right):
            _check_right(session, rule)
        return None

    app.after_request(leave_door)


def _refuse_huge() -> None:
    """Raises InputError for a number that no database holds; no list is that long."""
    given = [*request.args.values(), *(request.view_args or {}).values()]
    if any(len(text) > _MOST_DIGITS and text.isdecimal() for text in map(str, given)):
        raise InputError("A number in the address is too large.", hint="Go back to the list.")


def _language(session: Session | None) -> str:
    wanted = session.account.language if session else request.cookies.get(LANGUAGE_COOKIE, DEFAULT)
    return wanted if wanted in LANGUAGES else DEFAULT


def _to_sign_in() -> Response:
    if request.method not in SAFE:
        check_origin()
        raise SignInNeeded("The session has ended.", hint="Sign in, then do it again.")
    wanted = request.full_path if request.query_string else request.path
    return redirect(url_for("signin.page", to=wanted), code=303)


def _check_right(session: Session, rule: Right) -> None:
    if not session.account.may(rule):
        raise NotPermitted(
            "Your role may not do this.",
            hint="Ask a colleague whose role may, or an administrator for another role.",
        )


def give(response: Response, token: str) -> Response:
    """Put a session's token into the browser. It lasts as long as the browser; the session ends by
    itself earlier."""
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="Strict", path="/")
    return response


def take(response: Response) -> Response:
    """Take it out again, and whatever the browser keeps of the pages."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Strict", path="/")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
