"""What is kept of a climb: one row for each thing that happened, added and never changed."""

from dataclasses import dataclass
from typing import Literal

from gateway.domain.times import Micros

NoteKind = Literal["start", "parcel", "statement", "result", "override"]


@dataclass(frozen=True, slots=True)
class LadderNote:
    """A row. `card` is the digest of the card that is tried.

    start: a climb begins anew. parcel: the sealed bytes before they are sent, `head` what is known
    of them. statement: bytes as received, or with the `head` fetched the
    listener's word of a fetch. result: the signed result. override: `head` is the
    reference under which two officers let the partner go live without one. `digest` is that of
    `body`.
    """

    id: int
    partner: str
    card: str
    kind: NoteKind
    head: str
    digest: str
    body: bytes
    at: Micros
