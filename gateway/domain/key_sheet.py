"""The key sheet: one page of public keys that two parties sign by hand, and that a machine reads.

Whoever holds the paper rebuilds trust.json from it without the gateway: each key stands there
whole, in short lines that end with a check of four hex digits, so that a typing error is found in
its line. What stands outside of BEGIN and END (letterhead, signatures, HTML) is not read.
"""

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.canonical import Json, decode, digest
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.fingerprints import phone_text, printable
from gateway.domain.ids import is_partner_id
from gateway.domain.times import to_wire
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Trust, key_from_json

BEGIN = "-----BEGIN PALANG KEY SHEET 1-----"
END = "-----END PALANG KEY SHEET-----"
MAX_SHEET = 1024 * 1024  # bytes
MAX_KEYS = 512

_WIDTH = 56  # characters of a public key in a line; with number and check it fits a printed page
_LINE_END = "|"  # stands for the line ends of an OpenPGP certificate, which has no other "|"
_PIECE = re.compile(r"  (\d{3}) (.{1,56}) ([0-9a-f]{4})", re.ASCII)
_FIELD = re.compile(r"([a-z ]+): (.*)", re.ASCII)
_HEAD = ("gateway", "partner", "name", "card", "made")
_KEY = ("owner", "role", "algorithm", "key id", "fingerprint", "from", "until", "revoked")


@dataclass(frozen=True, slots=True)
class KeySheet:
    """What one sheet says: between whom, made of which card, when (a wire time), and all keys."""

    partner: str
    name: str
    card: str
    made: str
    trust: Trust

    @property
    def text(self) -> str:
        """The part that is read, from BEGIN to END."""
        return "\n".join(_lines(self)) + "\n"

    @property
    def fingerprint(self) -> str:
        """Of the text: both parties compare it before they sign."""
        return phone_text(digest(self.text.encode()))


def _lines(sheet: KeySheet) -> Iterator[str]:
    yield BEGIN
    yield f"gateway: {sheet.trust.gateway}"
    yield f"partner: {sheet.partner}"
    yield f"name: {printable(sheet.name)}"
    yield f"card: {sheet.card}"
    yield f"made: {sheet.made}"
    for key in sheet.trust.keys:
        yield ""
        yield from _key_lines(key)
    yield END


def _key_lines(key: PinnedKey) -> Iterator[str]:
    yield f"owner: {key.owner.kind}/{key.owner.id}"
    yield f"role: {key.role}"
    yield f"algorithm: {key.alg}"
    yield f"key id: {key.kid}"
    yield f"fingerprint: {phone_text(key.kid)}"
    yield f"from: {to_wire(key.not_before)}"
    yield f"until: {to_wire(key.not_after)}"
    if key.revoked is not None:
        yield f"revoked: {to_wire(key.revoked)}"
    text = key.public.replace("\n", _LINE_END)
    for number, start in enumerate(range(0, len(text), _WIDTH), 1):
        piece = text[start : start + _WIDTH]
        yield f"  {number:03} {piece} {_check(number, piece)}"


def _check(number: int, piece: str) -> str:
    return hashlib.sha256(f"{number} {piece}".encode()).hexdigest()[:4]


def read_sheet(data: bytes) -> KeySheet:
    """Read a sheet that came as text, as HTML, or typed from paper. Public keys are not checked
    against their ids here: keys/ does that before anything is pinned.

    Raises NotVerified("malformed"), naming the line.
    """
    lines = _between(data)
    head = dict(_fields(lines, _HEAD, 1))
    if set(head) != set(_HEAD) or not is_partner_id(head["partner"]):
        raise NotVerified("malformed", f"a key sheet begins with {', '.join(_HEAD)}")
    keys = tuple(_blocks(lines))
    try:
        trust = Trust(head["gateway"], keys)
    except InputError as error:
        raise NotVerified("malformed", f"the key sheet: {error}") from None
    return KeySheet(head["partner"], head["name"], head["card"], head["made"], trust)


def _between(data: bytes) -> list[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotVerified("malformed", "a key sheet is UTF-8 text") from None
    lines = [html.unescape(line).rstrip() for line in text.splitlines()]
    if lines.count(BEGIN) != 1 or lines.count(END) != 1 or lines.index(END) < lines.index(BEGIN):
        raise NotVerified("malformed", f"a key sheet stands between one {BEGIN} and one {END}")
    return lines[lines.index(BEGIN) : lines.index(END)]


def _fields(lines: list[str], known: tuple[str, ...], start: int) -> Iterator[tuple[str, str]]:
    """Fields up to an empty line or a piece of a key."""
    for number in range(start, len(lines)):
        match = _FIELD.fullmatch(lines[number])
        if match is None:
            return
        if match[1] not in known:
            raise NotVerified("malformed", f"line {number + 1} of the sheet: expected {known}")
        yield match[1], match[2]


def _blocks(lines: list[str]) -> Iterator[PinnedKey]:
    starts = [i for i, line in enumerate(lines) if line.startswith("owner: ")]
    if len(starts) > MAX_KEYS:
        raise NotVerified("malformed", f"a key sheet has at most {MAX_KEYS} keys")
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        block = [line for line in lines[start:end] if line]
        fields = dict(_fields(block, _KEY, 0))
        yield _key(fields, _public(block[len(fields) :], start), start)


def _public(pieces: list[str], start: int) -> str:
    found = []
    for number, line in enumerate(pieces, 1):
        match = _PIECE.fullmatch(line)
        if match is None or int(match[1]) != number or match[3] != _check(number, match[2]):
            raise NotVerified(
                "malformed",
                f"the key from line {start + 1} of the sheet on: its line {number:03} is not as it "
                "was printed",
                hint="compare that line with the paper, character by character",
            )
        found.append(match[2])
    return "".join(found)


def _key(fields: dict[str, str], public: str, start: int) -> PinnedKey:
    where = f"the key from line {start + 1} of the sheet on"
    missing = [name for name in _KEY[:-1] if name not in fields]
    kind, _, owner = fields.get("owner", "").partition("/")
    if missing or kind not in tuple(OwnerKind) or not owner:
        raise NotVerified("malformed", f"{where}: expected {', '.join(_KEY[:-1])}")
    if fields["fingerprint"] != phone_text(fields["key id"]):
        raise NotVerified("malformed", f"{where}: key id and fingerprint are not of one key")
    document: dict[str, Json] = {
        "kid": fields["key id"],
        "role": fields["role"],
        "alg": fields["algorithm"],
        "public": _value(public, fields["algorithm"]),
        "not_before": fields["from"],
        "not_after": fields["until"],
    }
    if "revoked" in fields:
        document["revoked"] = fields["revoked"]
    return key_from_json(document, Owner(OwnerKind(kind), owner))


def _value(public: str, algorithm: str) -> Json:
    if algorithm == Algorithm.OPENPGP:
        return public.replace(_LINE_END, "\n")
    return decode(public.encode(), what="a public key of the sheet")
