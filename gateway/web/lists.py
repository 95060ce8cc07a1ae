"""POST /v1/<partner>/lists: a source's sealed list, authenticated and kept unopened.

The body is sealed, so its own signature can't be seen here. A signed request in a header of its own
names the body's digest, and is verified before a byte of the body is read.
"""

from flask import Blueprint, Response, request

from gateway.domain.canonical import digest as digest_of
from gateway.domain.canonical import encode
from gateway.domain.source_list import MAX_SEALED
from gateway.web.authentication import admit, check_body, open_list_request
from gateway.web.bodies import OCTETS, body_of, check_head
from gateway.web.listener import Happened, Listener

HEADER = "Palang-Request"
"""Carries the signed request, a compact JWS; its member `parcel` is the body's digest."""


def lists_blueprint(listener: Listener) -> Blueprint:
    """The resource, over these parts."""
    blueprint = Blueprint("lists", __name__)

    @blueprint.post("/<partner:partner>/lists")
    def post(partner: str) -> Response:
        """Keep it; the worker opens and judges it, and its answer lies at the URL that is named."""
        length = check_head(MAX_SEALED, (OCTETS,))
        caller = admit(listener, partner)
        named = open_list_request(listener, caller, request.headers.get(HEADER, "").encode())
        with body_of(length) as sealed:
            digest = digest_of(sealed)
            check_body(listener, caller, sealed, digest, named)
            quotas = caller.partner.rules.quotas
            # A crash before the commit keeps nothing and answers nothing: the partner sends it
            # again. After it, it is kept, and the same bytes again are the same row.
            new = listener.exchange.keep_statement(
                partner, digest, sealed, caller.at, quotas, "parcel"
            )
        listener.tell(Happened("list" if new else "list again", 202, partner, digest))
        body = {"v": 1, "statement": digest, "answer": f"/v1/{partner}/answers"}
        return Response(encode(body), 202, content_type="application/json")

    return blueprint
