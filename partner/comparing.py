"""Whether two partners see one ledger: their checkpoints at the same size (threats.md D12).

One size has one root. That one ledger grew out of the other at different sizes needs a proof from
the gateway (checkpoints.py), and is not decided here.
"""

from dataclasses import dataclass, replace

from gateway.domain.canonical import decode
from gateway.domain.errors import InputError, NotFound
from gateway.domain.ledger import read_checkpoint
from gateway.domain.trust import Owner, OwnerKind, Trust
from keys.notes import C2spNotes
from partner.kit import Kit

_WHENEVER = 2**62  # a moment at which an ageless key is valid
MAX_FILE = 64 * 1024 * 1024  # bytes; 100,000 notes have about 30 MB


@dataclass(frozen=True, slots=True)
class Compared:
    """Sizes at which the roots are equal, and different; how many sizes are not known here."""

    equal: tuple[int, ...]
    different: tuple[int, ...]
    unknown: int


def known_notes(kit: Kit) -> list[str]:
    """All that was ever seen, each once, the smallest ledger first. Raises NotFound."""
    with kit.state.read() as tx:
        rows = tx.rows("SELECT size, note FROM checkpoints ORDER BY epoch, size")
    if not rows:
        raise NotFound("no checkpoint is known yet: no parcel and no head arrived")
    return [row[1] for row in rows]


def compare(kit: Kit, data: bytes) -> Compared:
    """Hold the notes in a file against the known ones. Raises NotVerified, InputError."""
    with kit.state.read() as tx:
        rows = tx.rows("SELECT origin, size, root FROM checkpoints")
    pins = _ageless(kit.pins())
    roots: dict[tuple[str, int], set[bytes]] = {}
    for origin, size, root in rows:
        roots.setdefault((origin, size), set()).add(root)
    equal: set[int] = set()
    different: set[int] = set()
    unknown = 0
    for origin, size, root in (_verified(pins, note) for note in _notes(data)):
        known = roots.get((origin, size))
        if known is None:
            unknown += 1
        else:
            (equal if root in known else different).add(size)
    return Compared(tuple(sorted(equal)), tuple(sorted(different)), unknown)


def _notes(data: bytes) -> list[str]:
    """One note, or the JSON object of `checkpoint --all`."""
    if not data.startswith(b"{"):
        try:
            return [data.decode()]
        except UnicodeDecodeError:
            raise InputError("the file is no checkpoint and no list of them") from None
    notes = decode(data, what="the list of checkpoints").get("notes")
    if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
        raise InputError('expected {"v":1,"notes":[...]}, as palang-partner checkpoint --all gives')
    return notes


def _verified(pins: Trust, note: str) -> tuple[str, int, bytes]:
    owner = Owner(OwnerKind.GATEWAY, pins.gateway)
    body, _key = C2spNotes().verify(note, pins.gateway, owner, pins, _WHENEVER)
    found = read_checkpoint(body)
    return found.origin, found.size, found.root


def _ageless(pins: Trust) -> Trust:
    """The same keys without their windows: a note may be older than its key's end. A revoked key
    stays revoked and vouches for nothing."""
    keys = (replace(key, not_before=0, not_after=_WHENEVER + 1) for key in pins.keys)
    return Trust(pins.gateway, keys)
