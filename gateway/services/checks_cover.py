"""Check 34: the page for people says what the bundle shows, in words that are known."""

from gateway.services import claims, figures
from gateway.services.checks_whole import WholeExam
from gateway.services.cover.page import FIXED, NONE, Cover, rows_of, told
from gateway.services.cover.values import of_delivery, of_month, of_number
from gateway.services.examination import Exam, Finding, expect, not_checked, ok


def cover(exam: Exam) -> Finding:
    """Of a delivery or an entry."""
    if not exam.dossier.cover:
        return not_checked("the bundle has no cover page")
    summary = claims.recompute(exam.dossier, exam.manifest).to_json()
    return same_page(exam.dossier.cover, of_delivery(exam.dossier, exam.manifest, summary))


def whole_cover(exam: WholeExam) -> Finding:
    """Of a number or a month."""
    whole = exam.whole
    if not whole.cover:
        return not_checked("the bundle has no cover page")
    if whole.head.kind == "number":
        return same_page(whole.cover, of_number(whole.head, exam.inners))
    rows = [inner.row for inner in exam.inners]
    due = figures.document(whole.head.month, whole.head.part, False, rows, [])
    return same_page(whole.cover, of_month(whole.head, due))


def same_page(page: bytes, due: Cover) -> Finding:
    """The page's fixed text is the one of its kind; values and rows are those that are due."""
    try:
        fixed, values, rows = told(page)
    except UnicodeDecodeError:
        fixed, values, rows = "", {}, ""
    expect(
        FIXED.get(fixed) == due.kind,
        "cover",
        "the fixed text of cover.html is not that of this kind of bundle",
    )
    wrong = sorted(name for name, value in values.items() if due.values.get(name, NONE) != value)
    expect(not wrong, "cover", "cover.html says otherwise: " + ", ".join(wrong))
    expect(rows == rows_of(due), "cover", "cover.html has other rows")
    return ok("it says what the bundle shows")
