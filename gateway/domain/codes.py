"""Code lists (category, channel) read from the words that senders write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.columns import words
from gateway.domain.errors import InputError
from gateway.domain.numbering import Table


@dataclass(frozen=True, slots=True)
class CodeList:
    """One closed list; `code_for` reads a code, its text or an alias in any case or punctuation.

    `true_numbers` has the channels that never show a false number (`cli_may_be_false` is 0).
    """

    kind: str
    version: str
    codes: tuple[str, ...]
    _by_words: Mapping[str, str]
    true_numbers: frozenset[str] = frozenset()

    def code_for(self, text: str) -> str | None:
        """The code that this text names, or None."""
        return self._by_words.get(words(text))


def code_list(table: Table) -> CodeList:
    """The list of a table with the columns code, text_id, text_en and aliases.

    Raises InputError when a word names two codes.
    """
    by_words: dict[str, str] = {}
    codes: list[str] = []
    true_numbers: set[str] = set()
    for row in table.rows:
        named = dict(zip(table.columns, row, strict=True))
        code = named["code"]
        codes.append(code)
        if named.get("cli_may_be_false") == "0":
            true_numbers.add(code)
        spoken = [code, named["text_id"], named["text_en"], *named["aliases"].split("|")]
        for word in map(words, spoken):
            if by_words.setdefault(word, code) != code:
                raise InputError(f"expected one code for {word!r} in {table.kind} {table.version}")
    return CodeList(table.kind, table.version, tuple(codes), by_words, frozenset(true_numbers))
