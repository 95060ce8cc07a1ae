"""The layout of an ODS workbook (ODF 1.3): hidden rows, covered cells, errors, breaks in a cell.

The library keeps what a merged area covers, shows errors as empty cells and joins what a tab or a
line break inside a paragraph sets apart. All three could hide or make a number, so those cells are
read here. Names are looked for with the prefixes that all programs use, as the library does; with
others it sees no sheets, and the workbook is refused.
"""

from __future__ import annotations

from gateway.reading.layout import Layout, Patch
from gateway.reading.limits import Limits
from gateway.reading.markup import parse, refuse_declarations
from gateway.reading.package import Package

MIMETYPE = "mimetype"
TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_GROUPS = ("table:table-row-group", "table:table-column-group")
_CELLS = ("table:table-cell", "table:covered-table-cell")
_NOTES = ("office:annotation", "table:tracked-changes")
_MANY = 2_000_000  # patches of a workbook; beyond it its text is no list


def is_protected(package: Package) -> bool:
    """Whether a password is needed: its manifest says so for some part."""
    if _MANIFEST not in package:
        return False
    manifest = package.read(_MANIFEST)
    return b"encryption-data" in manifest or "encrypted-package" in package


def layouts(package: Package, name: str, limits: Limits) -> list[Layout]:
    """The layout of every sheet. Raises InputError for what no workbook holds."""
    for member in package.names():
        pieces = package.pieces(member)
        if member.lower().endswith((".xml", ".rdf")):
            refuse_declarations(pieces, name)
        else:
            for _ in pieces:
                pass  # unpacked only to see that it is as large as it says
    scan = _Scan(package, limits)
    parse(package.pieces(_CONTENT), name, scan.start, scan.end, scan.text)
    return scan.found


class _Scan:
    """Walks the elements of all sheets."""

    def __init__(self, package: Package, limits: Limits) -> None:
        self.found: list[Layout] = []
        self._package = package
        self._limits = limits
        self._styles: dict[str, bool] = {}  # style of a sheet -> whether it is shown
        self._style = ""
        self._depth = 0  # of tables
        self._folded: list[bool] = []  # groups around us, and whether each is closed
        self._notes = 0
        self._row, self._rows = 0, 1
        self._column, self._columns = 0, 1
        self._cell: _Cell | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if tag == "table:table":
            self._table(attributes)
        elif tag in _NOTES:
            self._notes += 1
        elif self._cell:
            if not self._notes:
                self._cell.start(tag, attributes)
        elif self._depth == 0:
            self._declared(tag, attributes)
        elif tag == "table:table-row":
            self._row_starts(attributes)
        elif tag in _CELLS:
            self._columns = _count(attributes, "table:number-columns-repeated")
            self._cell = _Cell(tag == "table:covered-table-cell", attributes)
        elif tag == "table:table-column":
            self._column_starts(attributes)
        elif tag in _GROUPS:
            self._folded.append(attributes.get("table:display", "") == "false")

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag == "table:table":
            self._depth -= 1
        elif tag in _NOTES:
            self._notes -= 1
        elif self._depth != 1:
            return
        elif tag in _CELLS and self._cell:
            self._cell_ends(self._cell)
        elif tag == "table:table-row":
            self._row += self._rows
        elif tag in _GROUPS:
            self._folded.pop()

    def text(self, text: str) -> None:
        """Characters between elements."""
        if self._cell and not self._notes:
            self._cell.text(text)

    def _declared(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "style:style":
            self._style = attributes.get("style:name", "")
        elif tag == "style:table-properties":
            self._styles[self._style] = attributes.get("table:display", "") != "false"

    def _table(self, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > 1:  # where it ends the library takes the outer one to end as well
            raise self._package.refused("tables beside each other", "a table inside a cell")
        self._row, self._column = 0, 0
        shown = self._styles.get(attributes.get("table:style-name", ""), True)
        self.found.append(Layout(attributes.get("table:name", ""), len(self.found), shown))
        if len(self.found) > self._limits.sheets:
            raise self._package.refused(f"at most {self._limits.sheets} sheets", "more")

    def _row_starts(self, attributes: dict[str, str]) -> None:
        self._rows = _count(attributes, "table:number-rows-repeated")
        self._column = 0
        last = min(self._row + self._rows, self._limits.rows)
        if self._is_hidden(attributes) and self._row < last:
            self.found[-1].hide(self._row + 1, last)

    def _column_starts(self, attributes: dict[str, str]) -> None:
        end = self._column + _count(attributes, "table:number-columns-repeated")
        if self._is_hidden(attributes):
            columns = range(self._column, min(end, self._limits.columns))
            self.found[-1].hidden_columns.update(columns)
        self._column = end

    def _is_hidden(self, attributes: dict[str, str]) -> bool:
        return any(self._folded) or attributes.get("table:visibility", "") in ("collapse", "filter")

    def _cell_ends(self, cell: _Cell) -> None:
        patch = cell.patch()
        left, self._column = self._column, self._column + self._columns
        self._cell = None
        if cell.is_filled():
            self.found[-1].last_row = self._row + self._rows
        if patch is not None:
            patches = self.found[-1].patches
            patches.append(
                Patch(self._row + 1, self._row + self._rows, left, self._column - 1, patch)
            )
            if len(patches) > _MANY:
                raise self._package.refused(f"at most {_MANY} merged or broken cells", "more")


class _Cell:
    """The text of a cell as ODF says it is shown (ODF 1.3 part 3, 6.1)."""

    def __init__(self, covered: bool, attributes: dict[str, str]) -> None:
        self._covered = covered
        self._filled = "office:value-type" in attributes
        self._error = attributes.get("calcext:value-type") == "error"
        self._broken = False
        self._pieces: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element inside the cell begins."""
        if tag == "text:p" and self._pieces:
            self._pieces.append("\n")
        elif tag == "text:s":
            self._pieces.append(" " * min(_count(attributes, "text:c"), 100))
        elif tag in ("text:tab", "text:line-break"):
            self._broken = True
            self._pieces.append("\t" if tag == "text:tab" else "\n")

    def text(self, text: str) -> None:
        """Characters inside the cell."""
        self._pieces.append(text)

    def is_filled(self) -> bool:
        """Whether a cell that is shown has anything in it."""
        return not self._covered and any(map(str.strip, self._pieces))

    def patch(self) -> str | None:
        """What the cell must read; None when the library reads it right."""
        if self._covered:
            return "" if self._filled or self._pieces else None
        if self._error:
            return "".join(self._pieces).strip() or "#ERROR!"
        return "".join(self._pieces) if self._broken else None


def _count(attributes: dict[str, str], name: str) -> int:
    """How often something repeats; at least once."""
    return max(1, int(attributes.get(name) or 1))
