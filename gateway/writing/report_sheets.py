"""A report as XLSX, a sheet a table with counts to calculate with; as CSV, a line a figure."""

from collections.abc import Iterator
from typing import IO

from gateway.domain.canonical import Json, JsonObject
from gateway.domain.times import to_wib
from gateway.services.report_shapes import Cell, Document, Section, Table
from gateway.services.report_words import Words
from gateway.services.reports import Report
from gateway.writing import tables as files

_LONGEST_TITLE = 31  # characters of a sheet's name; a spreadsheet takes no more
_FORBIDDEN = str.maketrans("", "", "[]:*?/\\'")
_HEADERS = {
    "id": ("bagian", "baris", "kolom", "satuan", "nilai"),
    "en": ("section", "row", "column", "unit", "value"),
}


def write_xlsx(report: Report, document: Document, file: IO[bytes]) -> None:
    """The first sheet is the head, the last one the definitions."""
    say = Words(document.language)
    sheets = [_sheet(number, section, say) for number, section in enumerate(document.sections, 1)]
    files.write_book([_head(document), *sheets], file, to_wib(report.marks.at))


def _head(document: Document) -> files.Table:
    rows = [*document.head, *(("", text) for text in document.warnings)]
    return files.Table(document.period, (document.title, ""), (40, 90), rows)


def _sheet(number: int, section: Section, say: Words) -> files.Table:
    title = f"{number} {section.title}".translate(_FORBIDDEN)[:_LONGEST_TITLE]
    if section.table is None:
        return files.Table(title, (section.title,), (120,), [(text,) for text in section.texts])
    table = section.table
    widths = tuple(_width(at, header, table.rows) for at, header in enumerate(table.headers))
    unit = [(f"{say('unit')}: {table.unit}",)] if table.unit else []
    notes = [(text,) for text in section.texts]
    return files.Table(title, table.headers, widths, [*table.rows, *unit, *notes])


def _width(at: int, header: str, rows: tuple[tuple[Cell, ...], ...]) -> int:
    longest = max((len(str(row[at])) for row in rows), default=0)
    return min(60, max(12, longest + 2, len(header) // 2 + 2))


def write_csv(document: Document, file: IO[bytes]) -> None:
    """Semicolons and a BOM, as all tables for staff; each figure has its own line and its unit."""
    headers = _HEADERS[document.language]
    rows = list(_lines(document))
    files.write("csv", files.Table(document.period, headers, (), rows), file)


def _lines(document: Document) -> Iterator[tuple[str, str, str, str, Cell]]:
    for label, value in document.head:
        yield document.title, label, "", "", value
    for text in document.warnings:
        yield document.title, "", "", "", text
    for section in document.sections:
        for text in section.texts:
            yield section.title, "", "", "", text
        if section.table is not None:
            for row in section.table.rows:
                yield from _figures(section.title, section.table, row)


def _figures(
    title: str, table: Table, row: tuple[Cell, ...]
) -> Iterator[tuple[str, str, str, str, Cell]]:
    """One line a figure, each with its unit."""
    names, figures = [str(cell) for cell in row[: table.labels]], row[table.labels :]
    units = table.units or [table.unit] * len(figures)
    if not table.unit and not table.units:
        units = [names.pop()] * len(figures)
    label = " / ".join(filter(None, names))
    headers = table.headers[table.labels :]
    for header, unit, figure in zip(headers, units, figures, strict=True):
        yield title, label, header, unit, figure


def document_json(report: Report) -> JsonObject:
    """The recorded figures for programs; what belongs to single OTTs is in none of them."""
    found: dict[str, Json] = {
        "report": report.number,
        "kind": str(report.period.kind),
        "period": report.period.name,
        "test": report.test,
        "provisional": report.provisional,
        "cut": {"size": report.marks.size, "at": to_wib(report.marks.at).isoformat()},
        "digest": report.digest,
        "copies": list(report.frame.copies),
        "citations": list(report.frame.citations),
        "figures": report.figures,
    }
    return found
