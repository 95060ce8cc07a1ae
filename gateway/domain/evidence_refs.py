"""References to evidence as senders write them: kept where they have the shape of one.

Under "Bukti" people also write what happened to whom. Nothing of that is kept (data minimisation,
domain.md 3.2): not a name, not an address, and no telephone number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.domain.people import without_identities
from gateway.domain.references import looks_like_number

_MOST = 64  # characters, as entries allow
_ONE = r"(?:[A-Z]{1,12}[-/](?:20[0-9]{2}[-/])?[0-9]{1,6})?"
_PLAIN = re.compile(rf"(?:{_ONE}\n)*+").fullmatch  # the commonest shapes
_ALLOWED = re.compile(r"[A-Za-z0-9_./: -]+").fullmatch
_PARTS = re.compile(r"[A-Za-z0-9]+").findall
_GAPS = re.compile(r"[ -]+").sub
_WORD_TEXT = """
    no nomor nmr number ref referensi reference tiket ticket aduan laporan lap lp bukti surat nota
    kasus case id berkas uji polda polres polsek metro jaya spkt bareskrim komdigi kominfo ojk iasc
"""
_WORDS = frozenset(_WORD_TEXT.split())
_MOST_LETTERS = 12  # of one part: longer ones are no abbreviation


def evidence_reference(text: str) -> str:
    """The reference in the characters that entries allow, "" where the text has not its shape:
    a few abbreviations and known words, digits among them, no phone or identity number."""
    text = _GAPS("-", text.strip()) if _shaped(text.strip()) else ""
    return "" if looks_like_number(text) else text


def evidence_references(texts: Sequence[str]) -> Sequence[str]:
    """Each as evidence_reference makes it; one look where all have the commonest shape."""
    if _PLAIN("\n".join((*texts, ""))):
        return texts
    return list(map(evidence_reference, texts))


def _shaped(text: str) -> bool:
    if not _ALLOWED(text) or len(text) > _MOST or without_identities(text) != text:
        return False
    parts = _PARTS(text)
    letters = [part for part in parts if part.isalpha() and part.lower() not in _WORDS]
    long = [part for part in letters if len(part) > 2]
    upper = all(part.isupper() and len(part) <= _MOST_LETTERS for part in letters)
    return any(map(_has_digit, parts)) and upper and len(long) <= 1


def _has_digit(part: str) -> bool:
    return any(map(str.isdigit, part))
