"""The console's application: the areas, their frame, one way out of every error."""

from collections.abc import Iterable
from uuid import uuid4

from flask import Flask, Response, g, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from gateway.domain.errors import (
    Conflict,
    InputError,
    LedgerUnavailable,
    NotFound,
    NotPermitted,
    NotVerified,
    PalangError,
)
from gateway.web.console import components, formats, terms, words
from gateway.web.console.access import PUBLIC, needs
from gateway.web.console.explaining import heading, shown, shown_words
from gateway.web.console.failures import Failure, Tell, next_step
from gateway.web.console.frame import Area, Frame, Link
from gateway.web.console.gate import guard
from gateway.web.console.templating import SpokenTemplates

MAX_FORM = 129 * 1024 * 1024
"""Bytes of a request: the largest file that is read (gateway/ports/reading.py), and its form."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "Vary": "Cookie",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer (threats.md W2, W8). Nothing inline is ever run or applied."""

_STATUS: tuple[tuple[type[PalangError], int], ...] = (
    (InputError, 400),
    (NotPermitted, 403),
    (NotFound, 404),
    (Conflict, 409),
    (NotVerified, 422),
    (LedgerUnavailable, 503),
)


def make_console(frame: Frame, areas: Iterable[Area], tell: Tell) -> Flask:
    """The application. Raises LookupError where a route declares no rule."""
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM
    app.config["TEMPLATES_AUTO_RELOAD"] = False
    app.jinja_environment = SpokenTemplates
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    needs(PUBLIC)(app.view_functions["static"])
    known = tuple(areas)
    for area in known:
        app.register_blueprint(area.pages)
    _give_words(app, frame, tuple(link for area in known for link in area.links))
    guard(app, frame)

    @app.errorhandler(Exception)
    def failed(error: Exception) -> tuple[str, int]:
        return _page_of(error, tell)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.update(HEADERS)
        if request.endpoint == "static":
            response.headers["Cache-Control"] = "private, max-age=3600"
        return response

    return app


def _give_words(app: Flask, frame: Frame, links: tuple[Link, ...]) -> None:
    """What every template may say."""
    app.jinja_env.globals.update(_=words.say, _n=words.say_many)
    app.jinja_env.globals.update(terms=terms, components=components)
    app.jinja_env.filters.update(
        {
            name: getattr(formats, name)
            for name in ("moment", "day", "machine", "whole", "masked", "span", "size", "short")
        },
        say=words.say,
        next_step=next_step,
        heading=heading,
        shown=shown,
        shown_words=shown_words,
    )

    @app.context_processor
    def shared() -> dict[str, object]:
        session = g.get("session")
        account = session.account if session else None
        menu = tuple(link for link in links if account and account.may(link.right))
        return {
            "account": account,
            "endpoints": app.view_functions,
            "csrf": g.get("csrf", ""),
            "gateway": frame.gateway,
            "language": words.language(),
            "menu": menu,
            "now": frame.clock.now(),
            "percent": formats.percent,
            "test_gateway": frame.test,
        }


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    if isinstance(error, HTTPException):
        return error.code or 500
    return next((code for kind, code in _STATUS if isinstance(error, kind)), 500)


def _page_of(error: Exception, tell: Tell) -> tuple[str, int]:
    """The one way out of every error. What is ours says what to do; what is not says only an
    instance, under which the log has the reason: a foreign error's text may quote what came."""
    status, instance = status_of(error), f"urn:uuid:{uuid4()}"
    known = isinstance(error, PalangError)
    if status >= 500 and not known:
        tell(Failure(instance, request.endpoint or "", type(error).__name__, error))
    problem = error if known else None
    page = render_template("console/error.html", problem=problem, status=status, instance=instance)
    return page, status
