"""A report as PDF: A4, the report's number, period, cut-off and page on every page.

The cut-off is the only time in it, so the same report gives the same bytes.
"""

from collections.abc import Sequence

from fpdf import FPDF
from fpdf.enums import TableCellFillMode, XPos, YPos
from fpdf.fonts import FontFace

from gateway.domain.times import to_wib
from gateway.services.report_shapes import Cell, Chart, Document, Section, Table
from gateway.services.report_words import Words
from gateway.services.reports import Report
from gateway.writing.report_charts import COLOURS, nice_top

_INK, _FAINT = (26, 26, 26), (90, 98, 110)
_STRIPE = (244, 246, 249)
_HEAD = FontFace(emphasis="BOLD", color=(255, 255, 255), fill_color=(31, 56, 100))
_SUM = FontFace(emphasis="BOLD")
_PAGE = {"id": "halaman", "en": "page"}
_PLAIN = str.maketrans({"–": "-", "—": "-", "…": "...", "’": "'", "“": '"', "”": '"', "•": "*"})
_CHART_HEIGHT = 52  # millimetres


def to_pdf(report: Report, document: Document) -> bytes:
    """The file's bytes."""
    page = _Page(document)
    page.set_creation_date(to_wib(report.marks.at))
    page.set_title(_latin(f"{document.title} {document.number}"))
    page.set_author(_latin(report.frame.gateway))
    page.set_lang("id-ID" if document.language == "id" else "en-GB")
    page.add_page()
    page.begin()
    for section in document.sections:
        page.section(section)
    return bytes(page.output())


def _latin(text: str) -> str:
    """The built-in fonts know Latin-1 only; another character shows as a question mark."""
    return text.translate(_PLAIN).encode("latin-1", "replace").decode("latin-1")


class _Page(FPDF):
    """Pages of a document, with their foot."""

    def __init__(self, document: Document) -> None:
        super().__init__("landscape", "mm", "A4")
        self._document = document
        self._say = Words(document.language)
        self.set_auto_page_break(auto=True, margin=18)
        self.set_margins(14, 12, 14)
        self.set_text_color(*_INK)
        self.set_draw_color(190, 196, 206)

    def footer(self) -> None:
        """Called by the library at the end of each page."""
        found = self._document
        self.set_y(-13)
        self.set_font("Helvetica", size=8)
        self.set_text_color(*_FAINT)
        left = f"{found.number}   |   {found.period}   |   {found.cut}"
        self.cell(220, 6, _latin(left))
        page = f"{_PAGE[found.language]} {self.page_no()}/{{nb}}"
        self.cell(0, 6, _latin(page), align="R")
        self.set_text_color(*_INK)

    def begin(self) -> None:
        """Title, head and warnings."""
        self._line(self._document.title, 16, bold=True)
        self.ln(1)
        for label, value in self._document.head:
            self.set_font("Helvetica", "B", 9)
            self.cell(44, 5, _latin(label))
            self.set_font("Helvetica", size=9)
            self.multi_cell(0, 5, _latin(value), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)
        for text in self._document.warnings:
            self._line(text, 9)

    def section(self, section: Section) -> None:
        """A title with its texts, chart and table."""
        needed = 60 + (_CHART_HEIGHT if section.chart is not None else 0)
        if self.get_y() > self.h - needed:  # a title stands on the page of what follows
            self.add_page()
        self.ln(4)
        unit = section.table.unit if section.table else ""
        self._line(section.title + (f" ({unit})" if unit else ""), 12, bold=True)
        for text in section.texts:
            self._line(text, 9)
        if section.chart is not None:
            self._chart(section.chart)
        if section.table is not None:
            self._table(section.table)

    def _line(self, text: str, size: int, *, bold: bool = False) -> None:
        self.set_font("Helvetica", "B" if bold else "", size)
        self.multi_cell(0, size * 0.5, _latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(0.8)

    def _table(self, found: Table) -> None:
        if not found.rows:
            return self._line(self._say("none"), 9)
        self.set_font("Helvetica", size=8)
        self.set_fill_color(*_STRIPE)  # a chart has left another one
        with self.table(
            headings_style=_HEAD,
            line_height=4.6,
            padding=0.6,
            col_widths=_widths(found),
            text_align=tuple("RIGHT" if counts else "LEFT" for counts in _counting(found)),
            cell_fill_color=_STRIPE,
            cell_fill_mode=TableCellFillMode.ROWS,
            borders_layout="HORIZONTAL_LINES",
        ) as table:
            table.row([_latin(header) for header in found.headers])
            for place, cells in enumerate(found.rows, 1):
                style = _SUM if found.total and place == len(found.rows) else None
                table.row([self._cell(cell) for cell in cells], style=style)
        return None

    def _cell(self, cell: Cell) -> str:
        return self._say.whole(cell) if isinstance(cell, int) else _latin(cell)

    def _chart(self, chart: Chart) -> None:
        """The table under it says the same in figures."""
        if self.get_y() + _CHART_HEIGHT + 20 > self.h:
            self.add_page()
        left, top, width = self.l_margin + 18, self.get_y() + 6, self.epw - 20
        most = nice_top(max((v for _, values in chart.series for v in values), default=0))
        self.set_font("Helvetica", size=7)
        self._legend(chart, left, top - 5)
        for step in range(5):
            y = top + _CHART_HEIGHT * (4 - step) / 4
            self.line(left, y, left + width, y)
            self.set_xy(self.l_margin, y - 2)
            self.cell(16, 4, self._say.whole(most * step // 4), align="R")
        draw = self._lines if chart.lines else self._bars
        draw(chart, (left, top, width), most)
        self._labels(chart, (left, top, width))
        self.set_xy(self.l_margin, top + _CHART_HEIGHT + 8)

    def _legend(self, chart: Chart, left: float, y: float) -> None:
        for place, (name, _) in enumerate(chart.series):
            x = left + place * 60
            self.set_fill_color(COLOURS[place % len(COLOURS)])
            self.rect(x, y, 3, 3, style="F")
            self.set_xy(x + 4, y - 0.5)
            self.cell(50, 4, _latin(name))

    def _labels(self, chart: Chart, box: tuple[float, float, float]) -> None:
        left, top, width = box
        count = len(chart.labels)
        every = max(1, -(-count * 22 // int(width)))
        for place in range(0, count, every):
            x = _middle(left, width, place, count)
            self.set_xy(x - 20, top + _CHART_HEIGHT + 1)
            self.cell(40, 4, _latin(chart.labels[place][:24]), align="C")

    def _bars(self, chart: Chart, box: tuple[float, float, float], most: int) -> None:
        left, top, width = box
        count, kinds = len(chart.labels), len(chart.series)
        group = min(44.0, width / max(1, count) * 0.8)
        for at, (_, values) in enumerate(chart.series):
            self.set_fill_color(COLOURS[at % len(COLOURS)])
            for place, value in enumerate(values):
                high = _CHART_HEIGHT * value / most
                x = _middle(left, width, place, count) - group / 2 + at * group / kinds
                self.rect(x, top + _CHART_HEIGHT - high, group / kinds * 0.92, high, style="F")

    def _lines(self, chart: Chart, box: tuple[float, float, float], most: int) -> None:
        left, top, width = box
        count = len(chart.labels)
        for at, (_, values) in enumerate(chart.series):
            points = [
                (_middle(left, width, place, count), top + _CHART_HEIGHT * (1 - value / most))
                for place, value in enumerate(values)
            ]
            self.set_draw_color(COLOURS[at % len(COLOURS)])
            self.set_line_width(0.5)
            self.polyline(points)
        self.set_line_width(0.2)
        self.set_draw_color(190, 196, 206)


def _middle(left: float, width: float, place: int, count: int) -> float:
    return left + (place + 0.5) * width / max(1, count)


def _counting(found: Table) -> Sequence[bool]:
    """Which columns hold counts."""
    return [isinstance(cell, int) for cell in found.rows[0]]


def _widths(found: Table) -> tuple[int, ...]:
    """Shares of the page: texts by their longest, counts alike."""
    return tuple(
        14 if counts else min(60, max(14, *(len(str(row[at])) for row in found.rows)))
        for at, counts in enumerate(_counting(found))
    )
