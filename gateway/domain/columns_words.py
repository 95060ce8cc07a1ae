"""What header words say about a column, in Indonesian and English."""

from __future__ import annotations

import re
from typing import Literal

Role = Literal["category", "channel", "evidence_ref", "evidence_date", "evidence_type", "action"]

_NUMBER_TEXT = """
    hp handphone ponsel seluler selular msisdn telepon telpon telephone telp tlp tel phone mobile wa
    whatsapp whatsap gsm cellphone cell nohp notelp nowa notelepon nomorhp nomorwa nomortelepon
    nomorseluler phonenumber
"""
_FILLER_TEXT = """
    no nomor nomer number num nmr dan atau and or the yang blokir diblokir blocked aktif sms kartu
    penipuan fraud
"""
_REPORTED_TEXT = """
    terlapor pelaku penipu dilaporkan diadukan tersangka terduga suspect suspected reported scammer
    target sasaran teradu
"""
_NUMBER_WORDS = frozenset(_NUMBER_TEXT.split())
_REPORTED_WORDS = frozenset(_REPORTED_TEXT.split())
_HEADER_WORDS = _NUMBER_WORDS | _REPORTED_WORDS | frozenset(_FILLER_TEXT.split())
_TO_BLOCK = re.compile(
    r"(?:no|nomor|nomer|number|msisdn|hp|telepon)\b.*\b(?:di)?blok(?:ir|ed)?\b|"
    r"\bblocked (?:number|phone|msisdn)"
)
_ROLES: dict[Role, re.Pattern[str]] = {
    "category": re.compile(
        r"kategori(?! blokir)(?: aduan| laporan| penipuan)?|category|"
        r"jenis (?:penipuan|pelanggaran|kejahatan)|modus"
    ),
    "channel": re.compile(r"kanal|channel|saluran|media|kategori blokir"),
    "evidence_ref": re.compile(
        r"(?:no|nomor)? ?(?:tiket|aduan|laporan|referensi|ref)|(?:no|nomor) bukti|"
        r"evidence ref(?:erence)?|reference|ticket|(?:referensi|ref) bukti"
    ),
    "evidence_date": re.compile(
        r"(?:tanggal|tgl)(?: (?:bukti|kejadian|laporan|aduan))?|(?:evidence )?date"
    ),
    "evidence_type": re.compile(
        r"(?:jenis|tipe|bentuk|macam) (?:alat )?bukti|evidence (?:type|kind)|type of evidence"
    ),
    "action": re.compile(r"tindakan|aksi|action|permintaan|perintah|blokir buka"),
}
EVIDENCE = re.compile(r"bukti(?: pendukung)?|(?:supporting )?evidence")
"""Headers under which either a kind of evidence or a reference to it may stand: values decide."""
_OTHER = re.compile(
    r"tiket|ticket|aduan|laporan|surat|\bref|bukti|tanggal|\btgl\b|date|waktu|nominal|jumlah|"
    r"amount|kerugian|nilai|kode|\bpos\b|\bid\b|total|\bnomor urut\b"
)


_ACCOUNT = re.compile(r"\b(?:no|nomor|nomer|number|rek\w*|acc\w*|va|virtual)\b")


def words(header: str) -> str:
    """A header in comparable form: lower case, punctuation as single spaces."""
    return " ".join(re.findall(r"[^\W_]+", header.lower()))


def is_number_header(header: str) -> bool:
    """Whether all words belong to a number column's name and one of them says telephone."""
    parts = words(header).split()
    named = any(part in _NUMBER_WORDS for part in parts)
    return named and all(part in _HEADER_WORDS or part in "123456789" for part in parts)


def says_phone(header: str) -> bool:
    """Whether a header in comparable form has a word for a telephone number."""
    return not _NUMBER_WORDS.isdisjoint(header.split())


def says_reported(header: str) -> bool:
    """Whether a header in comparable form says that its column is about the reported, as against
    the person who complains."""
    return not _REPORTED_WORDS.isdisjoint(header.split()) or _TO_BLOCK.search(header) is not None


def role_of(header: str) -> Role | None:
    """The optional role that a header in comparable form names, or None."""
    return next((role for role, pattern in _ROLES.items() if pattern.fullmatch(header)), None)


def names_another_thing(header: str) -> bool:
    """Whether a header in comparable form names something that is no telephone number."""
    return _OTHER.search(header) is not None


def names_bank(header: str) -> bool:
    """Whether a header in comparable form stands over names of banks, not over accounts."""
    return "bank" in header.split() and _ACCOUNT.search(header) is None


def says_evidence_type(text: str) -> bool:
    """Whether a cell names a kind of evidence."""
    return evidence_type(text) not in ("", "other")


def evidence_type(text: str) -> str:
    """The code of a kind of evidence as senders write it: "" for nothing, "other" for no known one.

    A caller ID is what a telephone showed: it may be false (domain.md 3.6).
    """
    said = words(text)
    if not said:
        return ""
    return next((code for code, pattern in _EVIDENCE if pattern.search(said)), "other")


_EVIDENCE = (
    (
        "caller-id",
        re.compile(
            r"caller ?id|nomor (?:yang )?(?:di|tampil|muncul).*layar|nomor (?:di )?layar|\bcli\b|"
            r"layar (?:ponsel|hp|telepon)|log panggilan|riwayat panggilan|call (?:log|history)"
        ),
    ),
    ("recording", re.compile(r"rekam|recording|audio|voice (?:note|record)|video")),
    (
        "screenshot",
        re.compile(r"tangkap(?:an)? ?layar|screen ?(?:shot|capture)|\bss\b|cuplikan layar|capture"),
    ),
)
