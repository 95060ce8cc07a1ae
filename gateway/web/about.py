"""GET /v1/openapi.json and /v1/health: what this service is, and that it works."""

from pathlib import Path

from flask import Blueprint, Response

from gateway.web.listener import Listener

DESCRIPTION = Path(__file__).with_name("openapi.json")


def about_blueprint(listener: Listener) -> Blueprint:
    """The resources, over these parts."""
    blueprint = Blueprint("about", __name__)
    description = DESCRIPTION.read_bytes()

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        """The description of this interface."""
        return Response(description, 200, content_type="application/json")

    @blueprint.get("/health")
    def health() -> Response:
        """204 where the exchange store can be read; nothing else is shown."""
        listener.exchange.ready()
        return Response(status=204)

    return blueprint
