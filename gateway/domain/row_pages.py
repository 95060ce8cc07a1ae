"""Pages: decided rows as the bytes that are stored, and that the leaf of their intake names.

A page is one JSON object in UTF-8, on one line, a member for each column of records.IntakeRow by
its name. A column is one of

- `{"all": value}`: the same in every row;
- `{"words": [value, ...], "rows": "aba..."}`: a character for each row, `a` for the first word,
  `b` for the second and so on (U+0061 and what follows), for columns that repeat themselves;
- `{"text": "...", "between": character}`: texts of which none holds that character, joined by it;
- `{"from": number}`: whole numbers, each one above the row before it;
- `[value, ...]`: one for each row.

and `"count"` says how many rows there are. Any form may stand for any column that it fits. A page
has some 45 bytes a row, where a row of its own in SQL takes 110 and seven times the time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from gateway.domain.decided_rows import FIELDS, DecidedRows
from gateway.domain.errors import InputError
from gateway.domain.few_words import FIRST, FewWords

_MOST_WORDS: Final = 2_000  # then it is no list of words; far below the surrogates
_MOST_ROWS: Final = 100_000  # of a page: writers put 1,000 into one
_TEXTS = frozenset(("raw", "evidence_ref"))  # each row has its own
_BETWEEN = ("\n", "\x1f")  # a cell with a line break is rare, one with a unit separator is refused
_KINDS: dict[str, type] = {"row": int, "number": int, "refers": int, "test": bool}


class PageRows(DecidedRows):
    """The rows of a page, and how it has their columns: those that stay are not written anew."""

    __slots__ = ("_forms", "_page")

    def __init__(
        self, columns: Iterable[Sequence[Any]], forms: dict[str, Any], page: bytes = b""
    ) -> None:
        super().__init__(columns)
        self._forms = forms
        self._page = page

    def page(self) -> bytes:
        """Its bytes."""
        return self._page or _encoded({"count": len(self)} | self._forms)

    def replaced(self, columns: Mapping[str, Sequence[Any]]) -> PageRows:
        """With these columns in the place of their own."""
        forms = {name: _written(name, column) for name, column in columns.items()}
        return PageRows(super().replaced(columns).columns, self._forms | forms)


def write_page(rows: DecidedRows) -> bytes:
    """The page of these rows."""
    if isinstance(rows, PageRows):
        return rows.page()
    pairs = zip(FIELDS, rows.columns, strict=True)
    return _encoded({"count": len(rows)} | {name: _written(name, one) for name, one in pairs})


def read_page(page: bytes) -> PageRows:
    """The rows of a page. Raises InputError where it is none."""
    try:
        forms = json.loads(page.decode("utf-8", "surrogatepass"))
        count = forms.pop("count")
        if not 0 <= count <= _MOST_ROWS:
            raise ValueError("expected no more rows than a page has")
        columns = [_read(_KINDS.get(name, str), forms[name], count) for name in FIELDS]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as bad:
        raise InputError("expected a page of decided rows, it can't be read") from bad
    if len(forms) != len(FIELDS) or any(len(column) != count for column in columns):
        raise InputError("expected a page of decided rows, its columns do not fit together")
    return PageRows(columns, forms, page)


def _encoded(page: dict[str, Any]) -> bytes:
    text = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")  # as the cells of a broken file have them


def _written(name: str, column: Sequence[Any]) -> object:
    if isinstance(column, FewWords):
        return _as_few(column)
    if not column or name == "number":
        return column
    if column.count(column[0]) == len(column):
        return {"all": column[0]}
    if name in _TEXTS:
        return _as_text(column)
    if name == "row":
        return {"from": column[0]} if _is_run(column) else column
    return _as_words(column)


def _as_text(column: Sequence[str]) -> object:
    for between in _BETWEEN:
        text = between.join(column)
        if text.count(between) == len(column) - 1:
            return {"text": text, "between": between}
    return column


def _as_few(column: FewWords) -> object:
    if len(column.words) == 1:
        return {"all": column.words[0]}
    return {"words": column.words, "rows": column.marks}


def _as_words(column: Sequence[Any]) -> object:
    return column if len(set(column)) > _MOST_WORDS else _as_few(FewWords.of(column))


def _is_run(column: Sequence[int]) -> bool:
    return isinstance(column, range) or list(column) == list(
        range(column[0], column[0] + len(column))
    )


def _read(kind: type, column: Any, count: int) -> Sequence[Any]:
    """The column's rows, all of one kind. That is asked of each word once, not of each row: a page
    is read for every screen that shows some of it."""
    if isinstance(column, list):
        return _fitting(kind, column)
    ((form, value), *more) = column.items()
    return _FORMS[form](kind, value, count, *(other for _, other in more))


def _fitting(kind: type, values: list[Any]) -> list[Any]:
    """Raises TypeError where one is of another kind; True is no number."""
    if not set(map(type, values)) <= {kind}:
        raise TypeError(f"expected members of kind {kind.__name__}")
    return values


def _by_words(kind: type, words: list[Any], _count: int, rows: str) -> FewWords:
    known = range(FIRST, FIRST + len(_fitting(kind, words)))
    if not all(ord(mark) in known for mark in set(rows)):
        raise ValueError("expected a word for each row")
    return FewWords(words, rows)


def _by_run(kind: type, first: int, count: int) -> range:
    _fitting(kind, [first + 0])  # flags make no run: True + 0 is none
    return range(first, first + count)


_FORMS: dict[str, Callable[..., Sequence[Any]]] = {
    "all": lambda kind, value, count: FewWords.always(_fitting(kind, [value])[0], count),
    "words": _by_words,
    "text": lambda kind, text, _count, between: _fitting(kind, [text])[0].split(between),
    "from": _by_run,
}


class PagesDigest:
    """SHA-256 over an intake's pages in order, each closed by LF: no page holds one."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()

    def add(self, page: bytes) -> None:
        """The next page."""
        self._sum.update(page)
        self._sum.update(b"\n")

    @property
    def value(self) -> str:
        """`sha256:<hex>` of what was added."""
        return f"sha256:{self._sum.hexdigest()}"
