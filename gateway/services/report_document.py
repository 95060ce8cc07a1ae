"""A report as titles, tables and charts in one language; page, PDF, XLSX and CSV draw it alike."""

from collections.abc import Iterator

from gateway.domain.periods import PeriodKind
from gateway.domain.rules import Language
from gateway.domain.times import show_wib
from gateway.services.report_sections import sections
from gateway.services.report_shapes import Document
from gateway.services.report_words import Words
from gateway.services.reports import Report


def document(report: Report, language: Language) -> Document:
    """The report in that language; the same bytes of it for the same report."""
    say = Words(language)
    kind = "title-month" if report.period.kind is PeriodKind.MONTH else "title-quarter"
    cut = say("cut-at", show_wib(report.marks.at), say.whole(report.marks.size))
    return Document(
        language=language,
        title=say(kind),
        number=report.number,
        period=say.period(report.period),
        cut=cut,
        head=tuple(_head(report, say, cut)),
        warnings=tuple(_warnings(report, say)),
        sections=tuple(sections(report, say)),
    )


def _head(report: Report, say: Words, cut: str) -> Iterator[tuple[str, str]]:
    yield say("number"), report.number
    yield say("period"), say.period(report.period)
    yield say("cut"), cut
    yield say("basis"), "; ".join(report.frame.citations)
    if report.frame.addressees:
        yield say("to"), "; ".join(report.frame.addressees)
    yield say("copies"), "; ".join(report.frame.copies) or say("no-copies")
    yield say("digest"), report.digest


def _warnings(report: Report, say: Words) -> Iterator[str]:
    if report.provisional:
        yield say("provisional")
    if report.test:
        yield say("test")
    others = report.figures["other_batches"]
    if others:
        key = "other-batches-live" if report.test else "other-batches"
        yield say(key, say.whole(others))
    yield say("declared")
