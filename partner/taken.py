"""What comes in, whatever way it came: a parcel or a signed word, taken or not."""

from dataclasses import dataclass

from gateway.domain.errors import PalangError
from partner import messages, proving
from partner.kit import Kit
from partner.messages import MessageRefused, Word
from partner.receive import Received, receive, refuse
from partner.refusal import ParcelRefused


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one thing: taken (`got`), refused by a check, or left where it lies.

    `name` is its file, its digest or its place at the gateway.
    """

    name: str
    got: Received | Word | None = None
    refused: ParcelRefused | MessageRefused | None = None
    left: PalangError | None = None

    @property
    def good(self) -> bool:
        """Whether nobody has to look; a word that came late is nothing to look at."""
        late = isinstance(self.refused, MessageRefused) and self.refused.stale
        return self.got is not None or late


def take_parcel(kit: Kit, name: str, data: bytes) -> Taken:
    """Store a parcel, or remember why not. Own trouble (a key, the state) is raised."""
    try:
        return Taken(name, got=receive(kit, data))
    except ParcelRefused as refused:
        refuse(kit, refused)
        return Taken(name, refused=refused)


def take_word(kit: Kit, name: str, data: bytes) -> Taken:
    """Keep an answer or a head, or put it aside. Own trouble is raised."""
    try:
        return Taken(name, got=messages.take(kit, data))
    except MessageRefused as refused:
        messages.put_aside(kit, data, refused)
        return Taken(name, refused=refused)


def take_proof(kit: Kit, epoch: int, name: str, data: bytes) -> Taken:
    """Keep a consistency proof that the listener served, or put it aside. Own trouble is raised."""
    try:
        return Taken(name, got=proving.take(kit, epoch, data, "the listener"))
    except MessageRefused as refused:
        messages.put_aside(kit, data, refused)
        return Taken(name, refused=refused)
