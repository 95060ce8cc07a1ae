"""A report as a file to take away."""

import io

from gateway.domain.errors import NotFound
from gateway.services.report_shapes import Document
from gateway.services.reports import Report
from gateway.writing.report_pdf import to_pdf
from gateway.writing.report_sheets import write_csv, write_xlsx
from gateway.writing.tables import MEDIA as TABLES

MEDIA = {"pdf": "application/pdf", "xlsx": TABLES["xlsx"], "csv": TABLES["csv"]}
"""Kinds of file -> media types."""


def to_bytes(kind: str, report: Report, document: Document) -> bytes:
    """The file; the same bytes for the same report. Raises NotFound for another kind."""
    if kind not in MEDIA:
        raise NotFound("a report comes as pdf, xlsx or csv", hint="use a link of the report's page")
    if kind == "pdf":
        return to_pdf(report, document)
    file = io.BytesIO()
    if kind == "xlsx":
        write_xlsx(report, document, file)
    else:
        write_csv(document, file)
    return file.getvalue()
