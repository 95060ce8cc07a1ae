"""Why an officer accepts or rejects a held row: a closed list, in English and Bahasa Indonesia."""

from dataclasses import dataclass
from typing import Literal

Act = Literal["accept", "reject"]


@dataclass(frozen=True, slots=True)
class HoldReason:
    """One reason for one of the two acts."""

    code: str
    act: Act
    text_en: str
    text_id: str


_TABLE = (
    HoldReason(
        "evidence_shows",
        "accept",
        "The evidence shows this number",
        "Bukti pendukung memperlihatkan nomor ini",
    ),
    HoldReason(
        "source_confirmed",
        "accept",
        "The source confirmed this number in writing",
        "Pengirim memastikan nomor ini secara tertulis",
    ),
    HoldReason(
        "new_evidence",
        "accept",
        "There is evidence from after the unblocking, or from after the change of owner",
        "Ada bukti baru sesudah pembukaan blokir atau sesudah pergantian pemilik",
    ),
    HoldReason(
        "operator_confirmed",
        "accept",
        "The operator confirmed that this subscriber called or wrote",
        "Operator memastikan bahwa pelanggan ini yang menelepon atau mengirim pesan",
    ),
    HoldReason(
        "not_readable",
        "reject",
        "The number can't be recovered from the cell or the evidence",
        "Nomor tidak dapat dipulihkan dari sel maupun bukti",
    ),
    HoldReason(
        "not_proven",
        "reject",
        "The evidence does not show this number",
        "Bukti pendukung tidak memperlihatkan nomor ini",
    ),
    HoldReason(
        "not_the_reported",
        "reject",
        "The number belongs to a reporter, a victim or a third person",
        "Nomor milik pelapor, korban, atau pihak lain",
    ),
    HoldReason(
        "no_phone_number",
        "reject",
        "It is an account, an amount, a date or a code, not a phone number",
        "Isi sel adalah rekening, nominal, tanggal, atau kode, bukan nomor telepon",
    ),
    HoldReason(
        "spoofed",
        "reject",
        "The caller ID was false, or nothing else shows the number",
        "CLI dipalsukan, atau tidak ada bukti selain nomor yang tampil",
    ),
    HoldReason(
        "new_owner",
        "reject",
        "The number has a new owner since the evidence",
        "Nomor sudah berpindah pemilik sejak tanggal bukti (daur ulang)",
    ),
    HoldReason(
        "appeal_upheld",
        "reject",
        "The number was unblocked, and there is no evidence from after that",
        "Blokir nomor sudah dibuka dan tidak ada bukti sesudahnya",
    ),
    HoldReason(
        "asked_before",
        "reject",
        "The same was asked for this number before",
        "Nomor ini sudah pernah diajukan dengan permintaan yang sama",
    ),
    HoldReason(
        "no_partner",
        "reject",
        "No partner takes numbers of this kind",
        "Belum ada mitra yang menerima jenis nomor ini",
    ),
    HoldReason(
        "sent_anew",
        "reject",
        "The source sends a corrected row, or took it back",
        "Pengirim mengirim baris perbaikan atau menariknya",
    ),
)

HOLD_REASONS = {reason.code: reason for reason in _TABLE}


def reasons_for(act: str) -> tuple[str, ...]:
    """The codes that may stand for an act."""
    return tuple(reason.code for reason in _TABLE if reason.act == act)
