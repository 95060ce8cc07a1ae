"""What officers decide of held rows, and the digest that they sign (design 1, promises F and I).

A resolution gives a held row one or several numbers, or none. One signed act covers one row or
many; its digest is over exactly what was shown, salted, so that nobody finds a number by trying.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain.canonical import encode
from gateway.domain.times import Micros

ACCEPT = "accept"
REJECT = "reject"
SALT_BYTES = 32

# why a resolution takes a second officer
OTHER_DIGITS = "other_digits"
RELISTED = "relisted"
CONTEXT = "context"
PLACE = "place"


@dataclass(frozen=True, slots=True)
class Resolution:
    """One part of what was decided of a held row; `part` counts from 0.

    `position` is the row's in its intake; `number`, `route`, `test` and `confidence` are those of
    an accepted part. `reason` is a code of hold_reasons, `reference` the evidence behind it.
    `second` says that it takes a second officer, `why_second` names why, codes with blanks between.
    `digest` is that of the signed act, made with `salt`; `id` is the store's, 0 before.
    """

    id: int
    intake: int
    position: int
    part: int
    act: str
    number: int
    route: str
    test: bool
    confidence: str
    reason: str
    reference: str
    officer: str
    second: bool
    why_second: str
    salt: bytes
    digest: str
    at: Micros


def subject(intake: int) -> str:
    """What the approvals of an intake's resolutions are about."""
    return f"hold:{intake}"


def act_digest(
    salt: bytes, gateway: str, intake: int, file: str, lines: Iterable[tuple[str, Resolution]]
) -> str:
    """What is signed: SHA-256(salt || canonical JSON head, LF || one line a part).

    `lines` are the rows' digests, each with its resolution, in the order of positions and parts;
    `file` is the intake's digest. A line's members are separated by TAB and closed by LF.
    """
    head = {"v": 1, "typ": "hold", "gateway": gateway, "intake": intake, "file": file}
    hasher = hashlib.sha256(salt + encode(head) + b"\n")
    for row, one in lines:
        hasher.update(_line(row, one))
    return f"sha256:{hasher.hexdigest()}"


def _line(row: str, one: Resolution) -> bytes:
    members = (
        *(one.position, row, one.part, one.act, one.number, one.route, int(one.test)),
        *(one.confidence, one.reason, one.reference, one.officer, int(one.second), one.why_second),
    )
    return ("\t".join(map(str, members)) + "\n").encode()


def in_force(resolutions: Iterable[Resolution]) -> dict[int, list[Resolution]]:
    """By position the parts of the last act about it, from all of an intake's in the order in
    which they were made."""
    found: dict[int, list[Resolution]] = {}
    for one in resolutions:
        parts = found.setdefault(one.position, [])
        if parts and parts[0].digest != one.digest:
            parts.clear()
        parts.append(one)
    return found


_ASIDE = re.compile(r"\([^()0-9]*\)|\[[^\[\]0-9]*\]")
_PREFIXES = ("", "0", "62", "620", "0062")
_GROUPED = re.compile(r"\(?\+?\(?\d(?:[ .()-]{0,3}\d)*").fullmatch
_TAIL = re.compile(r"(?:\D*\d){10,}[ .()-]+\d{1,2}").fullmatch


def is_written(raw: str, number: int) -> bool:
    """Whether the whole cell is this number's digits, less one prefix of the closed list (promise
    F): no letter, no mask, nothing that was left out but brackets without digits, and nothing
    between the digits that a number written in groups does not have. A last group of one or two
    digits after a number that is whole without it may be a footnote, so it is not literal."""
    text = _ASIDE.sub("", unicodedata.normalize("NFKC", raw)).strip().lstrip("'")
    if not _GROUPED(text) or _TAIL(text):
        return False
    written = "".join(str(unicodedata.digit(char)) for char in text if char.isdigit())
    digits = str(number)
    if not digits.startswith("62"):
        return written in (digits, f"00{digits}")
    national = digits.removeprefix("62")
    return written.removesuffix(national) in _PREFIXES and written.endswith(national)
