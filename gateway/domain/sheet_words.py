"""The optional cells of a row, read once for each combination that a file has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from gateway.domain.codes import CodeList
from gateway.domain.columns import Columns, Role
from gateway.domain.columns_words import evidence_type
from gateway.domain.entries import BLOCK
from gateway.domain.numbering import NumberRules
from gateway.domain.sheet_marks import action_of, iso_date

_ROLES: tuple[Role, ...] = ("category", "channel", "evidence_date", "action", "evidence_type")
_MOST = 20_000  # combinations kept; a file has a few hundred

Said = tuple[str, str, str, str, str]
"""Category, channel, evidence date, action and evidence type of a row, as codes."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """By what rows are decided, and what stands for a field that a row lacks.

    `category` and `channel` are codes, `evidence_date` is YYYY-MM-DD; each may be "".
    """

    numbers: NumberRules
    categories: CodeList
    channels: CodeList
    category: str = ""
    channel: str = ""
    evidence_date: str = ""


class RowWords(dict[object, tuple[Said, str]]):
    """Optional cells, as `taker` takes them -> what they say, and the rule that holds the row."""

    def __init__(self, columns: Columns, by: Deciding) -> None:
        super().__init__()
        self._roles = [role for role in _ROLES if role in columns.optional]
        self._by = by

    def __missing__(self, key: object) -> tuple[Said, str]:
        if len(self) >= _MOST:
            self.clear()
        cells = key if isinstance(key, tuple) else (key,)
        stated = {role: text.strip() for role, text in zip(self._roles, cells, strict=True)}
        return self.setdefault(key, self._read(stated))

    def _read(self, stated: dict[Role, str]) -> tuple[Said, str]:
        by = self._by
        category, channel = stated.get("category", ""), stated.get("channel", "")
        coded = by.categories.code_for(category) if category else by.category
        channelled = by.channels.code_for(channel) if channel else by.channel
        action = action_of(stated.get("action", ""))
        said = (
            coded or "",
            channelled or "",
            iso_date(stated.get("evidence_date", "")) or by.evidence_date,
            action or BLOCK,
            evidence_type(stated.get("evidence_type", "")),
        )
        if action is None:
            return said, "unknown_action"
        return said, "unknown_code" if coded is None or channelled is None else ""


def taker(columns: Columns) -> Callable[[list[str]], object]:
    """Takes the optional cells out of a row that has them all: a tuple of texts, or the one."""
    places = _places(columns)
    return itemgetter(*places) if places else lambda _: ()


def picker(columns: Columns) -> Callable[[list[str]], object]:
    """As taker, for rows of any length."""
    take, least = taker(columns), max(_places(columns), default=-1) + 1

    def pick(record: list[str]) -> object:
        short = least - len(record)
        return take(record + [""] * short if short > 0 else record)

    return pick


def _places(columns: Columns) -> list[int]:
    return [columns.optional[role] for role in _ROLES if role in columns.optional]
