"""The WSGI application: one blueprint a resource, one handler for every error."""

from flask import Flask, Response, g
from werkzeug.routing import BaseConverter

from gateway.web import problems
from gateway.web.about import about_blueprint
from gateway.web.answers import answers_blueprint
from gateway.web.bodies import MAX_STATEMENT
from gateway.web.listener import Happened, Listener
from gateway.web.lists import lists_blueprint
from gateway.web.parcels import parcels_blueprint
from gateway.web.statements import statements_blueprint
from gateway.web.tree import tree_blueprint

SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer. No CORS header ever: no page in a browser has business here."""

_BASE = "/v1"


class PartnerConverter(BaseConverter):
    """A partner id in a path; anything else is no path of ours, so no traversal has a place."""

    regex = "[a-z][a-z0-9-]{1,30}"


def make_app(listener: Listener) -> Flask:
    """The application, over these parts; it keeps no state of its own."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_STATEMENT
    app.url_map.converters["partner"] = PartnerConverter
    app.url_map.merge_slashes = False  # else a doubled slash is redirected
    factories = (
        *(statements_blueprint, lists_blueprint),
        *(parcels_blueprint, answers_blueprint, tree_blueprint, about_blueprint),
    )
    for factory in factories:
        app.register_blueprint(factory(listener), url_prefix=_BASE)

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        return _problem(listener, error)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.update(SAFE_HEADERS)
        if response.status_code == 204:
            del response.headers["Content-Type"]
        return response

    return app


def _problem(listener: Listener, error: Exception) -> Response:
    """The one way out of every error, told under the instance that the answer names."""
    problem, instance = problems.of_error(error), problems.new_instance()
    partner = str(g.get("partner", ""))
    note = problems.note_of(error)
    listener.tell(Happened("refused", problem.status, partner, note, instance))
    headers = problems.headers_of(error, problem)
    return Response(problem.body(instance), problem.status, headers, content_type=problems.MEDIA)
