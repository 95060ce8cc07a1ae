"""The file back to the sender: their rows, the outcome of each, why, and what they should do.

It can be corrected and sent again: its first column has the mark by which each row is matched
(intake_resend.py), and the columns of what a row said come back with it; a word that is in no list
stands there as the sender wrote it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.domain.entries import BLOCK, UNBLOCK
from gateway.domain.hold_reasons import HOLD_REASONS
from gateway.domain.records import IntakeRow
from gateway.domain.resolutions import ACCEPT, Resolution
from gateway.domain.returned import MARK_HEADER, row_mark
from gateway.domain.rules import RULES, Language, Outcome


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a returned file in one language; headers are such that intake reads them."""

    title: str
    headers: tuple[str, ...]
    outcomes: dict[str, str]
    block: str
    unblock: str
    first: str


WORDINGS: dict[Language, Wording] = {
    "id": Wording(
        "Hasil",
        (
            *(MARK_HEADER, "Lembar", "Baris", "Nomor HP", "Hasil", "Alasan"),
            *("Yang perlu dilakukan", "Kategori", "Kanal", "No bukti", "Tanggal bukti"),
            *("Jenis bukti", "Tindakan"),
        ),
        {
            Outcome.ACCEPTED: "diterima",
            Outcome.HELD: "ditahan",
            Outcome.REJECTED: "ditolak",
            Outcome.DUPLICATE: "ganda",
            Outcome.IGNORED: "diabaikan",
        },
        "blokir",
        "buka",
        "Pertama di baris {}",
    ),
    "en": Wording(
        "Result",
        (
            *(MARK_HEADER, "Sheet", "Row", "Phone number", "Outcome", "Reason"),
            *("What to do", "Category", "Channel", "Evidence reference", "Evidence date"),
            *("Evidence type", "Action"),
        ),
        {outcome: str(outcome) for outcome in Outcome},
        "block",
        "unblock",
        "First in row {}",
    ),
}
_REPEATS = ("repeat", "repeat_sheet")


def returned_rows(
    intake: int,
    rows: Iterable[tuple[int, IntakeRow]],
    language: Language,
    final: Mapping[int, Resolution],
) -> Iterator[tuple[str, ...]]:
    """The cells of each row, all text, in the order of the headers. `final` has by position what
    officers decided for good of held rows."""
    words = WORDINGS[language]
    asked = {BLOCK: words.block, UNBLOCK: words.unblock}
    for position, row in rows:
        yield (
            row_mark(intake, position),
            row.sheet,
            str(row.row),
            row.raw,
            *_told(row, final.get(position), words, language),
            row.category,
            row.channel,
            row.evidence_ref,
            row.evidence_date,
            row.evidence_type,
            asked.get(row.action, row.action),
        )


def _told(
    row: IntakeRow, final: Resolution | None, words: Wording, language: Language
) -> tuple[str, str, str]:
    """Outcome, reason, what to do."""
    if final is not None:
        outcome = Outcome.ACCEPTED if final.act == ACCEPT else Outcome.REJECTED
        reason = HOLD_REASONS[final.reason]
        return words.outcomes[outcome], reason.text_id if language == "id" else reason.text_en, ""
    rule = RULES[row.rule]
    why = rule.text_id if language == "id" else rule.text_en
    todo = rule.todo_id if language == "id" else rule.todo_en
    if row.rule in _REPEATS and row.refers:
        why = f"{why}. {words.first.format(row.refers)}"
    return words.outcomes[row.outcome], why, todo
