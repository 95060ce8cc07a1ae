"""The layout of an XLSX workbook (ECMA-376): its sheets, what they hide, cells that are errors.

A sheet is only parsed here when its bytes hold a word that hides a row or column or marks an error;
most have none.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from gateway.reading.layout import Layout, Patch
from gateway.reading.limits import Limits
from gateway.reading.markup import local, parse, refuse_declarations
from gateway.reading.package import Package

TYPES = "[Content_Types].xml"
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_OTHER_TYPES = (
    ("macroEnabled", "a workbook with macros (XLSM or XLSB)"),
    ("template", "a template"),
    ("wordprocessingml", "a Word document"),
    ("presentationml", "a presentation"),
)
_MARKUP = (".xml", ".rels")
_HIDING = re.compile(rb"""hidden\s*=\s*["'](?!(?:0|false)["'])|(?:\bht|width)\s*=\s*["']0[".']""")
_ERRORS = (b't="e"', b"t='e'")
_YES = ("1", "true")
_CELL = re.compile(r"([A-Z]{1,3})[0-9]+")


def other_type(package: Package) -> str:
    """What the package says it is, when that is no plain workbook; else ""."""
    types = package.read(TYPES).decode("utf-8", "replace")
    if _SHEET_TYPE in types:
        return ""
    return next((what for word, what in _OTHER_TYPES if word in types), "another document")


def layouts(package: Package, name: str, limits: Limits) -> list[Layout]:
    """The layout of every sheet with cells. Raises InputError for what no workbook holds."""
    odd: set[str] = set()
    for member in package.names():
        pieces = package.pieces(member)
        if member.lower().endswith(_MARKUP):
            refuse_declarations(pieces, name, _marking(odd, member))
        else:
            for _ in pieces:
                pass  # unpacked only to see that it is as large as it says
    found = []
    for layout, part in _sheets(package, name):
        if part in odd:
            scan = _Scan(layout, limits)
            parse(package.pieces(part), name, scan.start, scan.end, scan.text)
        found.append(layout)
    return found


def _marking(odd: set[str], member: str) -> Callable[[bytes], None]:
    def look(stretch: bytes) -> None:
        if member not in odd and (
            any(word in stretch for word in _ERRORS) or _HIDING.search(stretch)
        ):
            odd.add(member)

    return look


def _sheets(package: Package, name: str) -> list[tuple[Layout, str]]:
    """The sheets in order, with the part that holds each; sheets of charts are left out."""
    parts: dict[str, tuple[str, str]] = {}
    found: list[dict[str, str]] = []

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "Relationship":
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            parts[attributes.get("Id", "")] = (kind, target.removeprefix("/"))

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "sheet":
            found.append(attributes)

    parse([package.read(_RELATIONS)], name, relation)
    parse([package.read(_WORKBOOK)], name, sheet)
    sheets = []
    for at, attributes in enumerate(found):
        link = next((value for name, value in attributes.items() if name.endswith(":id")), "")
        kind, part = parts.get(link, ("", ""))
        if kind == "worksheet":
            shown = attributes.get("state", "visible") == "visible"
            sheets.append((Layout(attributes.get("name", ""), at, shown), part))
    return sheets


class _Scan:
    """Walks one sheet's elements: rows, columns, error cells."""

    def __init__(self, layout: Layout, limits: Limits) -> None:
        self._layout = layout
        self._limits = limits
        self._row = 0
        self._column = -1
        self._error: list[str] | None = None  # the text of the error cell that we are in
        self._value = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        tag = local(tag)
        if tag == "c":
            self._cell(attributes)
        elif tag == "v":
            self._value = self._error is not None
        elif tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = -1
            if _is_hidden(attributes, "ht") and 0 < self._row <= self._limits.rows:
                self._layout.hide(self._row, self._row)
        elif tag == "col" and _is_hidden(attributes, "width"):
            first, last = int(attributes["min"]) - 1, int(attributes["max"])
            columns = range(max(0, first), min(last, self._limits.columns))
            self._layout.hidden_columns.update(columns)

    def end(self, tag: str) -> None:
        """An element ends."""
        tag = local(tag)
        if tag == "v":
            self._value = False
        elif tag == "c" and self._error is not None:
            text = "".join(self._error) or "#ERROR!"
            at, column = self._row, self._column
            self._layout.patches.append(Patch(at, at, column, column, text))
            self._error = None

    def text(self, text: str) -> None:
        """Characters between elements."""
        if self._value and self._error is not None:
            self._error.append(text)

    def _cell(self, attributes: dict[str, str]) -> None:
        place = _CELL.fullmatch(attributes.get("r", ""))
        self._column = column_index(place[1]) if place else self._column + 1
        self._error = [] if attributes.get("t") == "e" else None


def column_index(letters: str) -> int:
    """The index of a column by its letters: A is 0, AA is 26."""
    index = 0
    for char in letters:
        index = index * 26 + ord(char) - ord("A") + 1
    return index - 1


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    """Hidden by name, or by a height or width of nothing."""
    if attributes.get("hidden", "").lower() in _YES:
        return True
    return size in attributes and float(attributes[size]) == 0
