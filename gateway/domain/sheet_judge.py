"""One row that is not plainly clean: what its cell, its place and its neighbours make of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.domain.columns import Columns
from gateway.domain.numbering import NumberRules
from gateway.domain.numbers import find
from gateway.domain.people import SHORTEST, without_identities
from gateway.domain.sheet_marks import mark
from gateway.domain.verdicts import Found, refused

_MAX_COUNT_DIGITS = 6  # a total of rows has no more; beyond it a total row may hide a number
_MAX_RAW = 200  # characters kept of a number cell: what is longer is a story, not a number
_MAX_REF = 64  # characters of an evidence reference, as entries allow
_REF_OTHER = re.compile(r"[^A-Za-z0-9_./:-]+")
_REF = r"(?:[A-Za-z0-9_./:](?:[A-Za-z0-9_./:-]{0,13}[A-Za-z0-9_./:])?)?"  # 15: no identity number
_REF_CLEAN = re.compile(_REF).fullmatch


def judge(record: Sequence[str], raw: str, columns: Columns, rules: NumberRules) -> Found:
    """Decide one row, apart from its optional cells and all other rows."""
    place = mark(record, raw, columns)
    if place == "header":
        return refused("header_again")
    if place == "total":
        digits = sum(map(str.isdigit, raw))
        return refused("total_unclear" if digits > _MAX_COUNT_DIGITS else "total_row")
    return refused("shifted_row") if place == "shifted" else find(raw, rules)


def kept_text(raw: str) -> str:
    """What is stored of a number cell: no identity number, and no story."""
    if len(raw) < SHORTEST:
        return raw
    text = without_identities(raw)
    return text if len(text) <= _MAX_RAW else text[:_MAX_RAW] + "…"


def clean_reference(text: str) -> str:
    """A letter's reference in the characters that entries allow, at most 64."""
    if _REF_CLEAN(text):
        return text
    return _REF_OTHER.sub("-", without_identities(text).strip()).strip("-")[:_MAX_REF]
