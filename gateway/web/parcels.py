"""POST /v1/<partner>/parcels and .../parcels/next: what lies ready, for a signed request."""

import base64
from collections.abc import Iterator

from flask import Blueprint, Response

from gateway.domain.canonical import encode
from gateway.domain.errors import PalangError
from gateway.domain.ids import ParcelName
from gateway.domain.media_types import PARCEL
from gateway.ports import NextParcel, PublishedParcel, RequestUse
from gateway.web.authentication import admit, open_request
from gateway.web.bodies import MAX_REQUEST, body_of, check_head
from gateway.web.listener import Happened, Listener

MOST_LISTED = 1_000
CHUNK = 64 * 1024  # bytes
_OTHER_MEDIA = "application/octet-stream"


def parcels_blueprint(listener: Listener) -> Blueprint:
    """The resources, over these parts."""
    blueprint = Blueprint("parcels", __name__)

    @blueprint.post("/<partner:partner>/parcels")
    def listing(partner: str) -> Response:
        """What is ready from the requested sequence on, without the bytes."""
        length = check_head(MAX_REQUEST)
        caller = admit(listener, partner)
        with body_of(length) as data:
            use = open_request(listener, caller, data, "parcels")
        found = listener.exchange.listing(use, MOST_LISTED)
        listener.tell(Happened("listing", 200, partner, use.digest))
        body = {"v": 1, "items": [_item(parcel) for parcel in found]}
        return Response(encode(body), 200, content_type="application/json")

    @blueprint.post("/<partner:partner>/parcels/next")
    def following(partner: str) -> Response:
        """The first parcel from the requested sequence on, or 204."""
        length = check_head(MAX_REQUEST)
        caller = admit(listener, partner)
        with body_of(length) as data:
            use = open_request(listener, caller, data, "next")
        found = listener.exchange.next_parcel(use)
        if found is None:
            listener.tell(Happened("nothing ready", 204, partner, use.digest))
            return Response(status=204, headers={"Palang-Remaining": "0"})
        return Response(_sending(listener, use, found), 200, _headers(found))

    return blueprint


def _item(parcel: PublishedParcel) -> dict[str, int | str]:
    return {
        "epoch": parcel.epoch,
        "sequence": parcel.sequence,
        "name": parcel.name,
        "digest": parcel.digest,
        "bytes": parcel.size,
    }


def _headers(found: NextParcel) -> dict[str, str]:
    """RFC 9530 for the digest; the name is a convenience, the manifest inside is what counts."""
    parcel = found.parcel
    named = ParcelName.parse(parcel.name)
    digest = base64.b64encode(bytes.fromhex(parcel.digest.removeprefix("sha256:"))).decode()
    return {
        "Content-Type": PARCEL[named.envelope] if named else _OTHER_MEDIA,
        "Content-Length": str(len(found.data)),
        "Content-Digest": f"sha-256=:{digest}:",
        "Palang-Parcel": parcel.name,
        "Palang-Remaining": str(found.remaining),
    }


def _sending(listener: Listener, use: RequestUse, found: NextParcel) -> Iterator[bytes]:
    """The bytes. Only when the last of them went to the socket, it was a fetch: where the
    connection breaks, the server closes this generator before its end."""
    for begin in range(0, len(found.data), CHUNK):
        yield found.data[begin : begin + CHUNK]
    # A crash here leaves a parcel that was fetched and not logged: the term does not start, and the
    # partner's receipt or its next fetch shows that it has it.
    try:
        listener.exchange.fetched(use, found.parcel, listener.clock.now())
    except PalangError as error:
        # the partner has the parcel and hears nothing of this; its receipt will tell the worker
        listener.tell(Happened("fetch not logged", 503, use.partner, type(error).__name__))
        return
    listener.tell(Happened("fetched", 200, use.partner, found.parcel.digest))
