"""What a report looks like: the same bytes for the same cut-off, in every format."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from defusedxml import ElementTree

from gateway.domain.rules import Language
from gateway.domain.times import DAY
from gateway.services.report_document import document
from gateway.services.report_shapes import Chart, Document
from gateway.services.report_words import WORDS, Words
from gateway.services.reports import Report, ReportService
from gateway.store.store import SqlStore
from gateway.store.views.reports import SqlReports
from gateway.writing.report_charts import COLOURS, nice_top, svg
from gateway.writing.report_pdf import to_pdf
from gateway.writing.report_sheets import document_json, write_csv, write_xlsx
from tests.services.reports.conftest import opened
from tests.services.reports.making import MONTH, OTTS, history
from tests.services.reports.test_cut_offs import everything_later, load
from tests.store.conftest import SQLITE
from tests.store.samples import FixedClock

SEED = 31


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    """How it looks is the same whatever database it came from."""
    folder, clock = tmp_path_factory.mktemp("report"), FixedClock(MONTH.end + 5 * DAY)
    with opened(SQLITE, folder, clock) as store:
        load(store, history(SEED, 30))
        yield ReportService(store, SqlReports(store), clock).make(MONTH)


def bytes_of(report: Report) -> list[bytes]:
    found = document(report, "id")
    sheet, table = io.BytesIO(), io.BytesIO()
    write_xlsx(report, found, sheet)
    write_csv(found, table)
    return [to_pdf(report, found), sheet.getvalue(), table.getvalue()]


def words_of(found: Document) -> str:
    cells = [str(cell) for s in found.sections if s.table for row in s.table.rows for cell in row]
    return " ".join([*cells, *(text for s in found.sections for text in s.texts)])


def test_later_events_change_no_byte_of_an_earlier_report(tmp_path: Path) -> None:
    made, clock = history(SEED), FixedClock(MONTH.end + 5 * DAY)
    with opened(SQLITE, tmp_path, clock) as store:
        load(store, made)
        service = ReportService(store, SqlReports(store), clock)
        report = service.make(MONTH)
        before = bytes_of(report)
        everything_later(store, made)
        assert bytes_of(service.find(MONTH, report.marks.size)) == before


def test_no_single_ott_is_named_in_any_form(report: Report) -> None:
    shown = "".join(words_of(document(report, language)) for language in ("id", "en"))
    assert not any(ott in shown or ott in str(document_json(report)) for ott in OTTS)


def test_what_otts_answered_is_left_out_where_a_total_would_be_one_otts_own(
    store: SqlStore, service: ReportService
) -> None:
    made = history(SEED, 30)
    for batch in made.batches:
        batch.deliveries = [d for d in batch.deliveries if d.partner != OTTS[1]]
    kept = {d.id for batch in made.batches for d in batch.deliveries}
    made.statements = [s for s in made.statements if s.delivery in kept]
    made.receipts = [r for r in made.receipts if r.delivery in kept]
    load(store, made)
    otts = service.make(MONTH).figures["otts"]
    assert (otts["partners"], otts["shown"]) == (1, False)
    assert set(otts["block"]) <= {"released", "sent", "halted", "left_out"}
    assert otts["dispositions"] == [] and otts["to_acknowledge"]["entries"] == 0


def test_voluntary_partners_are_told_of_in_their_own_words(report: Report) -> None:
    wrongs: dict[Language, tuple[str, ...]] = {
        "id": ("blokir", "melewati", "wajib"),
        "en": ("block", "overdue", "must"),
    }
    for language, wrong in wrongs.items():
        found = document(report, language)
        (section,) = (s for s in found.sections if s.key == "otts")
        assert section.table is not None
        labels = " ".join(str(c) for row in section.table.rows for c in row[:2])
        own = re.sub(r"\([a-z_]+\)", "", labels)  # codes of dispositions stay codes
        said = [word for word in wrong if word in re.sub(r"diblokir \w+|blocked \w+", "", own)]
        assert report.figures["otts"]["shown"]
        assert not said


def test_every_word_has_both_languages(report: Report) -> None:
    assert all(all(pair) for pair in WORDS.values())
    indonesian, english = (document(report, one) for one in ("id", "en"))
    assert [s.key for s in indonesian.sections] == [s.key for s in english.sections]
    assert not {s.title for s in indonesian.sections} & {s.title for s in english.sections}


def test_each_table_has_a_unit_for_every_figure(report: Report) -> None:
    for section in document(report, "id").sections:
        table = section.table
        if table is None:
            continue
        figures = len(table.headers) - table.labels
        assert table.unit or len(table.units) == figures or "Satuan" in table.headers
        assert all(len(row) == len(table.headers) for row in table.rows)


def test_the_csv_has_a_line_with_unit_for_each_figure(report: Report) -> None:
    file = io.BytesIO()
    write_csv(document(report, "en"), file)
    rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig")), delimiter=";"))
    sums = [row for row in rows if row[0] == "Block requests by operator" and row[1] == "Total"]
    sent = sum(one["block"].get("sent", 0) for one in report.figures["operators"])
    assert ["Handed over", "entries", str(sent)] in [row[2:] for row in sums]


def test_counts_of_the_xlsx_are_numbers_and_its_texts_never_run(report: Report) -> None:
    evil = replace(report.frame, partners=tuple(
        (one, kind, "=1+1" if kind == "operator" else "") for one, kind, _ in report.frame.partners
    ))  # fmt: skip
    forged = replace(report, frame=evil)
    file = io.BytesIO()
    write_xlsx(forged, document(forged, "id"), file)
    with zipfile.ZipFile(file) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if "/sheet" in name]
        assert all(info.date_time[0] == 1980 for info in book.infolist())
    assert not [sheet for sheet in sheets if "<f>" in sheet]
    assert any(re.search(r"<c r=\"B\d+\" s=\"\d+\"><v>\d+</v>", sheet) for sheet in sheets)


def test_the_pdf_names_report_cut_off_and_page_on_every_page(report: Report) -> None:
    page = to_pdf(report, document(report, "id"))
    assert page.startswith(b"%PDF-") and page.rstrip().endswith(b"%%EOF")
    assert b"20261206" in page and page.count(b"/Type /Page\n") > 2


def test_a_chart_is_svg_without_style_or_script(report: Report) -> None:
    charts = [s.chart for s in document(report, "id").sections if s.chart]
    assert {chart.lines for chart in charts} == {True, False}
    for chart in charts:
        drawn = svg(chart, Words("id").whole)
        root = ElementTree.fromstring(drawn)
        assert (root.get("role"), root.get("aria-label")) == ("img", chart.title)
        assert not re.search(r"style=|<script|href|on\w+=", drawn)


def test_a_name_that_is_markup_stays_text_in_a_chart() -> None:
    chart = Chart(False, "<b>", ("<script>",), (("a&b", (3,)),))
    root = ElementTree.fromstring(svg(chart, str))
    assert {element.tag for element in root} == {"rect", "line", "text"}


@pytest.mark.parametrize("most", [0, 1, 4, 5, 9, 100, 57_459, 1_000_000])
def test_an_axis_ends_above_its_values_and_has_whole_quarters(most: int) -> None:
    top = nice_top(most)
    assert top >= most and top % 4 == 0 and (top <= 4 or top < 3 * most)


def test_colours_of_charts_stand_out_from_the_page() -> None:
    """WCAG 1.4.11 asks for 3:1 against what is beside."""
    assert all(_contrast(colour) >= 3 for colour in COLOURS)


def _contrast(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_the_days_of_the_chart_have_no_gap(report: Report) -> None:
    (section,) = (s for s in document(report, "id").sections if s.key == "days")
    assert section.table is not None
    days = [date.fromisoformat(str(row[0])) for row in section.table.rows]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert len(days) > len(report.figures["days"])
    for column in (1, 2):
        written = sum(int(row[column]) for row in section.table.rows)
        assert written == sum(day[column] for day in report.figures["days"])
