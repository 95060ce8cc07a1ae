"""Files to take away: the sender's file with outcomes and reasons, and the staff's row report.

The sender's holds what the sender wrote, for whoever prepares. The report is masked, or holds whole
numbers for a reason. Each is noted in the access log before a byte leaves.
"""

from flask import Blueprint, Response, request

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.rules import Language, Outcome
from gateway.services.access import required_reason
from gateway.services.intake_report import HEADERS, report_rows
from gateway.services.intake_return import WORDINGS, returned_rows
from gateway.web.console.access import needs
from gateway.web.console.exports import sent
from gateway.web.console.frame import Frame
from gateway.web.console.intake.masking import masked_rows
from gateway.web.console.intake.parts import Desk
from gateway.writing.tables import Table

_RETURNED = (14, 16, 8, 22, 12, 48, 48, 18, 14, 20, 14, 14, 12)  # characters, by column
_REPORT = (14,) * len(HEADERS)
_NUMBERS = frozenset({HEADERS.index("raw"), HEADERS.index("number")})


def add_downloads(pages: Blueprint, desk: Desk, frame: Frame) -> None:
    """`/intake/<id>/return.<kind>` and `rows.<kind>`."""

    @pages.get("/intake/<int:intake>/return.<kind>")
    @needs(Right.PREPARE)
    def back(intake: int, kind: str) -> Response:
        language: Language = "en" if request.args.get("lang") == "en" else "id"
        words = WORDINGS[language]
        final = desk.parts.queue.final(intake)
        frame.looked(What.EXPORT_LIST, f"intake:{intake}", "file for the sender")
        with desk.parts.intakes.stream(intake) as rows:
            cells = returned_rows(intake, rows, language, final)
            table = Table(words.title, words.headers, _RETURNED, cells)
            return sent(kind, table, f"hasil-{intake}")

    @pages.get("/intake/<int:intake>/rows.<kind>")
    @needs(Right.EXPORT)
    def rows(intake: int, kind: str) -> Response:
        frame.looked(What.EXPORT_LIST, f"intake:{intake}", "row report, masked")
        return _report(desk, intake, kind, masked=True)

    @pages.post("/intake/<int:intake>/rows.<kind>")
    @needs(Right.EXPORT)
    def whole_rows(intake: int, kind: str) -> Response:
        why = required_reason(request.form.get("reason", ""))
        frame.looked(What.EXPORT_LIST, f"intake:{intake}", why)
        return _report(desk, intake, kind, masked=False)


def _report(desk: Desk, intake: int, kind: str, *, masked: bool) -> Response:
    outcome = request.args.get("outcome", "")
    known = outcome if outcome in set(map(str, Outcome)) else ""
    with desk.parts.intakes.stream(intake, known) as found:
        cells = report_rows(found)
        shown = masked_rows(cells, _NUMBERS) if masked else cells
        table = Table(f"Intake {intake}", HEADERS, _REPORT, shown)
        return sent(kind, table, f"baris-{intake}")
