"""POST /v1/<partner>/answers: the gateway's signed answers and head, for a signed request."""

from flask import Blueprint, Response, request

from gateway.domain.canonical import encode
from gateway.web.authentication import admit, open_request
from gateway.web.bodies import MAX_REQUEST, body_of, check_head
from gateway.web.listener import Happened, Listener

MOST = 1_000
_MOST_DIGITS = 15


def answers_blueprint(listener: Listener) -> Blueprint:
    """The resource, over these parts."""
    blueprint = Blueprint("answers", __name__)

    @blueprint.post("/<partner:partner>/answers")
    def answers(partner: str) -> Response:
        """The latest, oldest first. `cursor` of one answer, given as `after`, leaves out what was
        shown; it only narrows, so that it needs no signature."""
        length = check_head(MAX_REQUEST)
        caller = admit(listener, partner)
        with body_of(length) as data:
            use = open_request(listener, caller, data, "answers")
        after = _after(request.args.get("after", ""))
        found = listener.exchange.answers(use, after, MOST)
        listener.tell(Happened("answers", 200, partner, use.digest))
        body = {
            "v": 1,
            "items": [said.data.decode("ascii") for said in found],
            "cursor": str(found[-1].id if found else after),
        }
        return Response(encode(body), 200, content_type="application/json")

    return blueprint


def _after(text: str) -> int:
    """The cursor; what is none shows everything."""
    plain = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if plain else 0
