"""What a report is made of, before anything draws it: tables, charts, sections."""

from dataclasses import dataclass

from gateway.domain.rules import Language

Cell = str | int


@dataclass(frozen=True, slots=True)
class Table:
    """The first `labels` columns name a row, the others are its figures.

    `unit` is that of all figures; where it is "", `units` has one a figure's column, or the last
    label says it. The last row is a sum where `total`.
    """

    unit: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    labels: int = 1
    units: tuple[str, ...] = ()
    total: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars beside each other by label, or lines over labels in order; `series` are (name, values).

    The section's table says the same, so a chart needs no other text.
    """

    lines: bool
    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """`key` is the same in all languages; `texts` stand before the table."""

    key: str
    title: str
    table: Table | None = None
    texts: tuple[str, ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """`head` are labels and values; `warnings` stand above everything."""

    language: Language
    title: str
    number: str
    period: str
    cut: str
    head: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
