"""Blocks of rows decided in bulk: clean rows without a call for each, the others by the judge.

What a clean row gets is what the judge would give it (tests/intake proves it); it is only cheaper.
"""

from __future__ import annotations

import string

from gateway.domain.columns import Columns
from gateway.domain.numbers_clean import HEAD, CleanForms
from gateway.domain.opened import Block
from gateway.domain.sheet_judge import DecidedRow, Judge, clean_reference
from gateway.domain.sheet_marks import TOTAL_INITIALS
from gateway.domain.sheet_words import taker

_SAFE_FIRST = frozenset(string.ascii_letters + string.digits) - TOTAL_INITIALS
_WIDEST = 10**6  # columns: a sheet without headers has no width


class Bulk:
    """Decides the blocks of one sheet, in order."""

    def __init__(self, judge: Judge) -> None:
        columns = judge.sheet.columns
        self._judge = judge
        self._forms = CleanForms(judge.by.numbers, strong=bool(columns.accounts))
        self._place = _Place(columns)

    def decide(self, block: Block) -> list[DecidedRow]:
        """The decided rows of a block, those above the list left out."""
        judge, forms, place, words = self._judge, self._forms, self._place, self._judge.words
        first, disputed, here, name = judge.first, judge.disputed, judge.here, judge.sheet.name
        at, ref, take, lead = place.number, judge.ref, place.take, place.lead
        least, most, safe, hidden = place.least, place.most, place.safe, block.hidden
        made: list[DecidedRow] = []
        for row, record in judge.listed(block):
            if (
                least <= len(record) <= most
                and (form := forms[(raw := record[at])[:HEAD], len(raw)])
                and raw.isascii()
                and raw[form[0] :].isdigit()
                and record[lead][:1] in safe
                and not (lead and any(record[:lead]))
                and not (found := words[take(record)])[1]
                and row not in hidden
                and (number := int(raw) + form[1]) not in disputed
                and first.setdefault(number, here + row) == here + row
            ):
                _, _, confidence, route, rule, test = form
                category, channel, day, action, kind = found[0]
                evidence = clean_reference(record[ref]) if ref >= 0 else ""
                made.append((row, raw, "accepted", number, confidence, route, rule, "", category,
                             channel, evidence, day, action, test, name, kind, 0))  # fmt: skip
            else:
                made.append(judge.row(row, record, row in hidden))
        return made


class _Place:
    """Where the cells of a clean row stand, and what its first filled one may begin with."""

    def __init__(self, columns: Columns) -> None:
        headed = (i for i, text in enumerate(columns.headers) if text.strip())
        self.number = columns.number
        self.take = taker(columns)
        self.lead = min(next(headed, 0), columns.number)
        self.least = max([columns.number, *columns.optional.values()]) + 1
        self.most = columns.width or _WIDEST
        if columns.header[:1].isdigit() or columns.header[:1] == "+":
            self.most = -1  # no row is clean: the header, met again in the list, is like a number
        # the number itself is no label of a total row
        self.safe = _SAFE_FIRST | {"+"} if self.lead == columns.number else _SAFE_FIRST
