"""POST /v1/<partner>/statements: a partner's signed statement, authenticated and kept."""

from flask import Blueprint, Response

from gateway.domain.canonical import digest as digest_of
from gateway.domain.canonical import encode
from gateway.web.authentication import admit, check_statement
from gateway.web.bodies import MAX_STATEMENT, body_of, check_head
from gateway.web.listener import Happened, Listener


def statements_blueprint(listener: Listener) -> Blueprint:
    """The resource, over these parts."""
    blueprint = Blueprint("statements", __name__)

    @blueprint.post("/<partner:partner>/statements")
    def post(partner: str) -> Response:
        """Keep it; the worker judges it, and its answer lies at the URL that is named."""
        length = check_head(MAX_STATEMENT)
        caller = admit(listener, partner)
        with body_of(length) as data:
            check_statement(listener, caller, data)
            digest = digest_of(data)
            quotas = caller.partner.rules.quotas
            # A crash before the commit keeps nothing and answers nothing: the partner sends it
            # again. After it, it is kept, and the same bytes again are the same row.
            new = listener.exchange.keep_statement(partner, digest, data, caller.at, quotas)
        listener.tell(Happened("statement" if new else "statement again", 202, partner, digest))
        body = {"v": 1, "statement": digest, "answer": f"/v1/{partner}/answers"}
        return Response(encode(body), 202, content_type="application/json")

    return blueprint
