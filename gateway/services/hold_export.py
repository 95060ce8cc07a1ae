"""The hold queue as a file for staff: whole numbers, every cell text (threats.md W9)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.domain.canonical import JsonObject
from gateway.domain.entries import BLOCK, UNBLOCK
from gateway.domain.hold_reasons import HOLD_REASONS
from gateway.domain.resolutions import ACCEPT
from gateway.domain.returned import row_mark
from gateway.domain.rules import Language, reason_text
from gateway.services.holds import Held, HoldState


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the file in one language."""

    title: str
    headers: tuple[str, ...]
    states: dict[str, str]
    block: str
    unblock: str
    accept: str
    reject: str


WORDS: dict[Language, Words] = {
    "id": Words(
        "Ditahan",
        (
            *(
                "Tanda",
                "Sumber",
                "Lembar",
                "Baris",
                "Isi sel",
                "Aturan",
                "Alasan dan tindak lanjut",
            ),
            *("Usulan nomor", "Kategori", "Kanal", "Nomor bukti", "Tanggal bukti", "Jenis bukti"),
            *("Tindakan", "Status", "Keputusan", "Nomor diputuskan", "Alasan keputusan"),
            *("Rujukan bukti", "Pejabat", "Digest"),
        ),
        {
            HoldState.OPEN: "ditahan",
            HoldState.SECOND: "menunggu pejabat kedua",
            HoldState.ACCEPTED: "diterima",
            HoldState.REJECTED: "ditolak",
            HoldState.CORRECTED: "diperbaiki pengirim",
        },
        "blokir",
        "buka",
        "diterima",
        "ditolak",
    ),
    "en": Words(
        "Held",
        (
            *("Mark", "Source", "Sheet", "Row", "Cell", "Rule", "Reason and what to do"),
            *("Proposed", "Category", "Channel", "Evidence reference", "Evidence date"),
            *("Evidence type", "Action", "State", "Decision", "Decided number", "Decision reason"),
            *("Decision reference", "Officer", "Digest"),
        ),
        {state: str(state) for state in HoldState},
        "block",
        "unblock",
        "accepted",
        "rejected",
    ),
}


def exported_rows(rows: Iterable[Held], language: Language) -> Iterator[tuple[str, ...]]:
    """The cells of each row, all text, in the order of the headers."""
    words = WORDS[language]
    asked = {BLOCK: words.block, UNBLOCK: words.unblock}
    for held in rows:
        row, last = held.row, held.parts[0] if held.parts else None
        reason = HOLD_REASONS[last.reason] if last else None
        decided = words.accept if last and last.act == ACCEPT else words.reject
        yield (
            row_mark(held.intake, held.position),
            held.source,
            row.sheet,
            str(row.row),
            row.raw,
            row.rule,
            row.reason or reason_text(row.rule, row.refers, language),
            " ".join(str(one.number) for one in held.proposed),
            *(row.category, row.channel, row.evidence_ref, row.evidence_date, row.evidence_type),
            asked.get(row.action, row.action),
            words.states[held.state],
            decided if last else "",
            " ".join(str(part.number) for part in held.parts if part.number),
            (reason.text_id if language == "id" else reason.text_en) if reason else "",
            last.reference if last else "",
            last.officer if last else "",
            last.digest if last else "",
        )


def exported_document(held: Held) -> JsonObject:
    """The same as an object with whole numbers, for programs of the staff."""
    row, last = held.row, held.parts[0] if held.parts else None
    found: JsonObject = {
        "mark": row_mark(held.intake, held.position),
        "intake": held.intake,
        "position": held.position,
        "source": held.source,
        "sheet": row.sheet,
        "row": row.row,
        "cell": row.raw,
        "rule": row.rule,
        "proposed": [str(one.number) for one in held.proposed],
        "category": row.category,
        "channel": row.channel,
        "evidence_ref": row.evidence_ref,
        "evidence_date": row.evidence_date,
        "evidence_type": row.evidence_type,
        "action": row.action,
        "state": str(held.state),
        "corrected_in": held.corrected,
        "in_a_batch": held.taken,
    }
    if last is not None:
        found["decision"] = {
            "act": last.act,
            "numbers": [str(part.number) for part in held.parts if part.number],
            "reason": last.reason,
            "reference": last.reference,
            "officer": last.officer,
            "why_second": sorted({why for part in held.parts for why in part.why_second.split()}),
            "digest": last.digest,
        }
    return found
