"""A sample becomes a sealed parcel, with the signatures and envelope of whoever tests."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain import parcel
from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope
from gateway.domain.ladder.judging import Sent
from gateway.domain.ladder.samples import COUNT, Addressee, Place, Variant, sample
from gateway.domain.parcel import SALT_BYTES, Contents
from gateway.domain.times import Micros


@dataclass(frozen=True, slots=True)
class Press:
    """What a parcel is made with.

    `sign` gives the detached JWS of a manifest, `native` its signature in the envelope's own form
    (b"" for jose); with True both by a key that is pinned nowhere. `seal` seals to that seal key,
    "" for the newest, and returns the parcel with the key's id. `draw` gives random bytes, `note`
    the latest signed checkpoint.
    """

    sign: Callable[[bytes, bool], bytes]
    native: Callable[[bytes, bool], bytes]
    seal: Callable[[bytes, str], tuple[bytes, str]]
    draw: Callable[[int], bytes]
    note: str


def press(
    to: Addressee,
    envelope: Envelope,
    variant: Variant,
    place: Place,
    tools: Press,
    at: Micros,
    kid: str = "",
) -> Sent:
    """The parcel of a variant. Raises what the tools raise."""
    made = sample(to, variant, place, tools.draw(SALT_BYTES), tools.note, at)
    body, forged = made.manifest.to_bytes(), variant is Variant.BAD_SIGNATURE
    contents = Contents(
        body, tools.sign(body, forged), made.entries, made.salt, tools.native(body, forged)
    )
    data, sealed_to = tools.seal(parcel.pack(contents, envelope), kid)
    return Sent(
        variant=variant,
        epoch=made.manifest.epoch,
        sequence=made.manifest.sequence,
        delivery=str(made.manifest.delivery),
        manifest=digest(body),
        parcel=digest(data),
        note=digest(tools.note.encode()),
        count=COUNT,
        kid=sealed_to,
        data=data,
    )
