"""The channel's word that a parcel was taken: what an `Inbound` of kind `fetched` holds (design 4).

A listener adds the partner's signed request, so that the fetch can be proven; a pick-up folder has
only its own word for it.
"""

from dataclasses import dataclass

from gateway.domain import fields
from gateway.domain.canonical import decode, encode
from gateway.domain.times import Micros, to_wire

TYP = "fetched"
MOST_REQUEST = 16_384  # characters of a signed request: a JWS, PEM or ASCII armour


@dataclass(frozen=True, slots=True)
class Fetched:
    """Which parcel was taken, when by the channel's clock, and the signed request ("" for none)."""

    parcel: str
    at: Micros
    request: str = ""


def to_bytes(word: Fetched) -> bytes:
    """The canonical JSON of the word."""
    return encode(
        {
            "v": 1,
            "typ": TYP,
            "parcel": word.parcel,
            "at": to_wire(word.at),
            "request": word.request,
        }
    )


def read(data: bytes) -> Fetched:
    """Read it back. Raises NotVerified("malformed")."""
    document = decode(data, what="the word of a fetch")
    fields.version(document)
    fields.one_of(document, "typ", (TYP,))
    request = document.get("request")
    return Fetched(
        fields.sha256(document, "parcel"),
        fields.moment(document, "at"),
        "" if request == "" else fields.text(document, "request", most=MOST_REQUEST),
    )
