"""Checkpoints that others keep, as they bring them: notes, a kit's list, or stored manifests."""

from dataclasses import dataclass, replace

from gateway.domain.canonical import JsonObject, decode
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import Checkpoint, read_checkpoint
from gateway.domain.trust import Owner, OwnerKind, Trust
from gateway.ports import Notes

MAX_FILE = 64 * 1024 * 1024  # bytes; 100,000 notes have about 30 MB
_WHENEVER = 2**62  # a moment at which an ageless key is valid


@dataclass(frozen=True, slots=True)
class KeptNote:
    """One checkpoint that a file holds; `name` says which, and whose where it is a manifest."""

    name: str
    tree: Checkpoint
    kid: str


def notes_in(name: str, data: bytes, trust: Trust, notes: Notes) -> tuple[KeptNote, ...]:
    """The checkpoints of a file, each signed by a key of this gateway, whenever that was.

    A file holds one note, a manifest.json, or the list that `palang-partner checkpoint --all`
    gives. Raises InputError where it is none of them, NotVerified where one is not the gateway's:
    such a note accuses nobody.
    """
    owner, ageless = Owner(OwnerKind.GATEWAY, trust.gateway), _ageless(trust)
    found = []
    for who, note in _texts(name, data):
        try:
            body, key = notes.verify(note, trust.gateway, owner, ageless, _WHENEVER)
            found.append(KeptNote(who, read_checkpoint(body), key.kid))
        except NotVerified as error:
            raise NotVerified(error.reason, f"{name}: {error}", hint=_HINT) from error
    return tuple(found)


_HINT = (
    "a checkpoint counts only as this gateway signed it: ask whoever keeps it for the whole file"
)


def _texts(name: str, data: bytes) -> list[tuple[str, str]]:
    """Who keeps it, as far as the file says so, and the note."""
    text = _utf8(name, data)
    if not text.startswith("{"):
        return [(name, text)]
    try:
        document = decode(data.strip(), what=name)
    except NotVerified as error:
        raise InputError(f"{name} can't be read: {error}", hint=_FORMS) from error
    notes = document.get("notes", [document.get("checkpoint")])
    if not isinstance(notes, list) or not notes:
        raise InputError(f"{name} holds no checkpoint", hint=_FORMS)
    texts = [note for note in notes if isinstance(note, str)]
    if len(texts) != len(notes):
        raise InputError(f"{name} holds no checkpoint", hint=_FORMS)
    return [(_who(name, document), text) for text in texts]


def _who(name: str, document: JsonObject) -> str:
    """A manifest names its partner and delivery."""
    partner, delivery = document.get("partner"), document.get("delivery")
    try:
        found = DeliveryId.parse(delivery if isinstance(delivery, str) else "")
    except InputError:
        return name
    return f"{name} ({partner}, delivery {found})" if partner == found.partner else name


_FORMS = "a checkpoint's note, a manifest.json, or what palang-partner checkpoint --all prints"


def _utf8(name: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InputError(f"{name} is no checkpoint: it is no text", hint=_FORMS) from None


def _ageless(trust: Trust) -> Trust:
    """The same keys without their windows: a note may be older than its key's end. A revoked key
    vouches for nothing, as nobody knows when it was used."""
    return Trust(
        trust.gateway, (replace(k, not_before=0, not_after=_WHENEVER + 1) for k in trust.keys)
    )
