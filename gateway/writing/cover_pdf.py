"""A bundle's cover page as a PDF, to print and put into a file (fpdf2, its own fonts).

It shows what cover.html in the bundle says. Nobody checks a PDF: it says so, and names the file
that can be checked.
"""

from fpdf import FPDF
from fpdf.enums import TableCellFillMode
from fpdf.fonts import FontFace

from gateway.services.cover.page import NONE, Cover
from gateway.services.cover.words import PAGES, Pair

_GREY = 90
_PROVES: Pair = (
    "Halaman ini tidak membuktikan apa pun. Yang membuktikan adalah berkas di bawah ini, setelah "
    "diperiksa.",
    "This page proves nothing. What proves is the file below, once it is verified.",
)


def cover_pdf(cover: Cover, name: str, digest: str) -> bytes:
    """The page of the bundle `name` whose SHA-256 is `digest`."""
    page = PAGES[cover.kind]
    paper = _Paper(orientation="landscape" if cover.kind == "number" else "portrait")
    paper.head(page.title)
    paper.note(_PROVES)
    paper.facts((("Berkas", "File"), name), (("SHA-256", ""), digest.removeprefix("sha256:")))
    for title, facts in page.sections:
        paper.section(title)
        paper.facts(*((label, cover.values.get(slot, NONE)) for slot, label in facts))
    paper.section(page.rows)
    paper.rows(page.columns, cover.rows)
    paper.section(("Keterangan", "Notes"))
    for note in page.notes:
        paper.note(note)
    return bytes(paper.output())


class _Paper(FPDF):
    """A4 with margins for a binder."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation=orientation, format="A4")
        self.set_margins(25, 18, 18)
        self.set_auto_page_break(True, 18)
        self.set_lang("id")
        self.set_creator("Palang")
        self.alias_nb_pages()
        self.add_page()

    def footer(self) -> None:
        """Page of pages."""
        self.set_y(-13)
        self.set_font("helvetica", size=8)
        self.cell(0, 5, f"{self.page_no()}/{{nb}}", align="R")

    def head(self, title: Pair) -> None:
        """The title in both languages."""
        self.set_title(_latin(title[0]))
        self.set_font("helvetica", "B", 17)
        self.multi_cell(0, 8, _latin(title[0]), new_x="LMARGIN", new_y="NEXT")
        self.set_font("helvetica", "I", 11)
        self.multi_cell(0, 6, _latin(title[1]), new_x="LMARGIN", new_y="NEXT")
        self.ln(2)

    def section(self, title: Pair) -> None:
        """A heading."""
        self.ln(3)
        self.set_font("helvetica", "B", 10.5)
        self.multi_cell(0, 6, _latin(" / ".join(title)), new_x="LMARGIN", new_y="NEXT")

    def facts(self, *facts: tuple[Pair, str]) -> None:
        """Label and value, one below the other."""
        self.set_font("helvetica", size=9)
        with self.table(col_widths=(40, 60), first_row_as_headings=False, line_height=5) as table:
            for label, value in facts:
                table.row((_latin(" / ".join(filter(None, label))), _latin(value)))

    def rows(self, columns: tuple[Pair, ...], rows: tuple[tuple[str, ...], ...]) -> None:
        """A table with headings, repeated on each page."""
        self.set_font("helvetica", size=8)
        bold = FontFace(emphasis="BOLD")
        fill = TableCellFillMode.NONE
        with self.table(headings_style=bold, cell_fill_mode=fill, line_height=4.5) as table:
            table.row([_latin(" / ".join(column)) for column in columns])
            for row in rows:
                table.row([*map(_latin, row)])

    def note(self, note: Pair) -> None:
        """A sentence in both languages."""
        self.set_font("helvetica", size=9)
        self.multi_cell(0, 4.6, _latin(note[0]), new_x="LMARGIN", new_y="NEXT")
        self.set_font("helvetica", "I", 8.5)
        self.set_text_color(_GREY)
        self.multi_cell(0, 4.6, _latin(note[1]), new_x="LMARGIN", new_y="NEXT")
        self.set_text_color(0)
        self.ln(1)


def _latin(text: str) -> str:
    """What the fonts of every PDF reader have."""
    return text.replace(NONE, "-").encode("latin-1", "replace").decode("latin-1")
