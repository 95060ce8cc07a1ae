"""A bundle of several deliveries: one number's whole story, or a month (docs/evidence.md).

Its members are complete bundles, each of which proves itself; nothing else in it proves anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.domain import fields
from gateway.domain.bundle import INDEX, Members
from gateway.domain.canonical import JsonObject, decode, encode
from gateway.domain.errors import NotVerified
from gateway.domain.times import Micros, to_wire
from gateway.services.dossier import BUNDLE, COVER

MONTH = "month.json"

_FOLDER, _ZIP = "deliveries/", ".zip"

Kind = Literal["number", "month"]


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The size of the ledger, in leaves, beyond which nothing is shown, and when it was signed."""

    leaves: int
    at: Micros


@dataclass(frozen=True, slots=True)
class WholeHead:
    """Which bundle it is; `month` (2026-11), `part` (from 1) and `cutoff` are a month's."""

    kind: Kind
    gateway: str
    exported: Micros
    month: str = ""
    part: int = 0
    cutoff: Cutoff | None = None

    def to_json(self) -> JsonObject:
        """bundle.json."""
        document: JsonObject = {
            "v": 1,
            "typ": "bundle",
            "kind": self.kind,
            "gateway": self.gateway,
            "exported": to_wire(self.exported),
        }
        if self.cutoff is None:
            return document
        cutoff: JsonObject = {"leaves": self.cutoff.leaves, "at": to_wire(self.cutoff.at)}
        return document | {"month": self.month, "part": self.part, "cutoff": cutoff}


@dataclass(frozen=True, slots=True)
class Whole:
    """The members, read: `deliveries` by the delivery that names each; `figures` is month.json."""

    head: WholeHead
    deliveries: Mapping[str, bytes]
    figures: JsonObject
    cover: bytes
    others: tuple[str, ...]


def delivery_name(delivery: str) -> str:
    """The member that is a delivery's own bundle."""
    return f"{_FOLDER}{delivery}{_ZIP}"


def members(head: WholeHead, deliveries: Mapping[str, bytes], figures: JsonObject) -> Members:
    """All members but the cover and index.json."""
    found = {delivery_name(name): data for name, data in deliveries.items()}
    found[BUNDLE] = encode(head.to_json())
    return found | ({MONTH: encode(figures)} if head.kind == "month" else {})


def kind_of(found: Members) -> str:
    """What bundle.json says that it is, "" where it can't be read as anything."""
    try:
        kind = decode(found[BUNDLE], what=BUNDLE).get("kind")
    except (KeyError, NotVerified):
        return ""
    return kind if isinstance(kind, str) else ""


def read(found: Members) -> Whole:
    """Raises NotVerified: malformed, version, missing."""
    head = _head(decode(found[BUNDLE], what=BUNDLE))
    if head.kind == "month" and MONTH not in found:
        raise NotVerified("missing", f"the bundle has no {MONTH}")
    deliveries = {
        name.removeprefix(_FOLDER).removesuffix(_ZIP): data
        for name, data in sorted(found.items())
        if name.startswith(_FOLDER) and name.endswith(_ZIP)
    }
    known = {BUNDLE, INDEX, COVER, *map(delivery_name, deliveries)}
    known |= {MONTH} if head.kind == "month" else set()
    figures = decode(found[MONTH], what=MONTH) if head.kind == "month" else {}
    others = tuple(sorted(set(found) - known))
    return Whole(head, deliveries, figures, found.get(COVER, b""), others)


def _head(document: JsonObject) -> WholeHead:
    fields.version(document)
    fields.one_of(document, "typ", ("bundle",))
    kind: Kind = (
        "month" if fields.one_of(document, "kind", ("number", "month")) == "month" else "number"
    )
    gateway = fields.text(document, "gateway", most=64)
    exported = fields.moment(document, "exported")
    if kind == "number":
        return WholeHead(kind, gateway, exported)
    cutoff = fields.member(document, "cutoff")
    return WholeHead(
        kind,
        gateway,
        exported,
        fields.text(document, "month", most=7),
        fields.whole(document, "part", least=1),
        Cutoff(fields.whole(cutoff, "leaves", least=1), fields.moment(cutoff, "at")),
    )
