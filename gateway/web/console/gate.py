"""Before every view: the session, the rule, and that an unsafe request is a form of ours.

A request that fails here reaches no view and no service (threats.md W1, W5).
"""

import hmac
from urllib.parse import urlsplit

from flask import Flask, g, redirect, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.accounts import Right, Session
from gateway.domain.errors import NotPermitted
from gateway.web.console.access import Public, Rule, rules
from gateway.web.console.frame import Frame
from gateway.web.console.words import DEFAULT, LANGUAGES

COOKIE = "__Host-palang"
LANGUAGE_COOKIE = "palang-language"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInNeeded(NotPermitted):
    """There is no live session; the sign-in page leads back here."""


def guard(app: Flask, frame: Frame) -> None:
    """Put the gate before all views. Raises LookupError where one declares no rule."""
    declared = rules(app)

    @app.before_request
    def check() -> Response | None:
        g.session = session = frame.sessions.session(request.cookies.get(COOKIE, ""))
        g.language = _language(session)
        rule = declared.get(request.endpoint or "")
        if rule is None:
            return None  # no route of ours: the 404 that follows says nothing
        _check_form(session, rule)
        if isinstance(rule, Public):
            return None
        if session is None:
            return _to_sign_in()
        _check_right(session, rule)
        return None


def _language(session: Session | None) -> str:
    wanted = session.account.language if session else request.cookies.get(LANGUAGE_COOKIE, DEFAULT)
    return wanted if wanted in LANGUAGES else DEFAULT


def _to_sign_in() -> Response:
    if request.method not in SAFE:
        raise SignInNeeded("the session has ended", hint="sign in, then do it again")
    wanted = request.full_path if request.query_string else request.path
    return redirect(url_for("signin.page", to=wanted), code=303)


def _check_right(session: Session, rule: Rule) -> None:
    if isinstance(rule, Right) and not session.account.may(rule):
        raise NotPermitted(
            f"the role {session.account.role} may not do this ({rule})",
            hint="ask a colleague with that role, or an administrator for another one",
        )


def _check_form(session: Session | None, rule: Rule) -> None:
    """An unsafe request comes from a page of this origin, with the session's own token."""
    if request.method in SAFE:
        return
    _check_origin()
    if session is None:
        if isinstance(rule, Public):
            return
        raise SignInNeeded("the session has ended", hint="sign in, then do it again")
    if not hmac.compare_digest(request.form.get("csrf", "").encode(), session.csrf.encode()):
        raise NotPermitted(
            "the form is not of this session, or it is older than the last sign-in",
            hint="open the page again and send it once more",
        )


def _check_origin() -> None:
    """Raises NotPermitted for a form that another site sent (Fetch Metadata, RFC 6454)."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if site not in ("same-origin", "none") or foreign:
        raise NotPermitted(
            "the form was sent from another site",
            hint="open the console in a tab of its own and do it there",
        )
