"""Columns that may hold people, accounts or identities, and values shaped like an identity number.

Such columns are recognised so that they can be reported as dropped; nothing of them is ever kept
(domain.md 3.2, data minimisation). A value shaped like a NIK in any cell that is kept is masked.
"""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal[
    "complainant", "identity", "account", "holder", "device", "email", "birth", "address",
    "narrative", "picture", "name",
]  # fmt: skip

NEVER_NUMBERS: frozenset[Kind] = frozenset(
    ("complainant", "identity", "account", "holder", "device")
)
"""Kinds whose columns are never read as the reported numbers, not even when asked for by name."""

WHO_COMPLAINS: frozenset[Kind] = frozenset(
    ("complainant", "identity", "name", "birth", "address", "email", "picture")
)
"""Kinds beside which a telephone number may be that of the person of the row, who complains."""

# The first that matches a header in comparable form names its kind.
_HEADERS: tuple[tuple[Kind, str], ...] = (
    (
        "complainant",
        r"pelapor|pengadu|korban|saksi|reporter|victim|complainant|witness|petugas|pemohon|"
        r"pengirim laporan|\bpic\b|dilaporkan oleh|diadukan oleh|reported by",
    ),
    (
        "identity",
        r"\bnik\b|\bktp\b|e ?ktp|\bkk\b|kartu keluarga|npwp|identitas|identity|\bid card\b|"
        r"paspor|passport|\bsim\b|kewarganegaraan",
    ),
    ("account", r"rekening|\brek\b|norek|account|\bacct?\b|\bbank\b|\bva\b|virtual|\biban\b"),
    ("holder", r"pemilik|atas nama|\ba n\b|nasabah|holder|beneficiary|penerima"),
    ("device", r"\bimei\b|\bimsi\b|iccid"),
    ("email", r"\be ?mail\b|surel|surat elektronik"),
    ("birth", r"lahir|birth|\bdob\b|\bttl\b|\busia\b|\bumur\b|\bage\b|kelamin|gender"),
    (
        "address",
        r"alamat|address|domisili|kelurahan|kecamatan|kabupaten|\bkota\b|provinsi|\bdesa\b|"
        r"\brt\b|\brw\b|kode ?pos|\bpostal\b",
    ),
    (
        "narrative",
        r"kronologi|chronolog|uraian|keterangan|catatan|deskripsi|description|narasi|"
        r"narrative|remark|\bnotes?\b|isi (?:laporan|aduan|pesan)|\bmessage\b",
    ),
    ("picture", r"\bfoto\b|selfie|photo|swafoto"),
    ("name", r"\bnama\b|\bname\b|fullname|username"),
)
_BY_HEADER = tuple((kind, re.compile(pattern)) for kind, pattern in _HEADERS)
_STORY = re.compile(
    r"kronologi|chronolog|uraian|narasi|narrative|deskripsi|isi (?:laporan|aduan|pesan)"
)
_BETWEEN = r"[\s.\-\u00ad\u200b-\u200f\u2010-\u2015\u2060\u2212'\u2019]{0,2}"
# 16 digits of any script; the first is no zero, as no province code begins with one
_IDENTITY = re.compile(rf"(?<!\d)(?!0)\d(?:{_BETWEEN}\d){{15}}(?!\d)")
# and with letters for digits, or in groups with a slash between, as no phone number is long
_MISREAD = re.compile(r"(?<![0-9A-Za-z])[1-9](?=[0-9]*[OoIl])[0-9OoIl]{15}(?![0-9A-Za-z])")
_SLASHED = re.compile(r"(?<![\d/])(?=(?:/?\d){16}(?![\d/]))[1-9]\d{1,5}(?:/\d{2,6})+")
SHORTEST = 16  # characters of an identity number
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_MASK = "•" * SHORTEST


def kind_of_header(header: str) -> Kind | None:
    """What a header in comparable form (`columns.words`) says the column holds of people."""
    return next((kind for kind, pattern in _BY_HEADER if pattern.search(header)), None)


def tells_story(header: str) -> bool:
    """Whether a header in comparable form stands over what a complainant tells."""
    return _STORY.search(header) is not None


def kind_of_value(value: str) -> Kind | None:
    """`identity` for a value shaped like a NIK, `email` for an address, else None."""
    text = value.strip()
    if _IDENTITY.fullmatch(text):
        return "identity"
    return "email" if _EMAIL.fullmatch(text) else None


def without_identities(text: str) -> str:
    """The text with every value shaped like a NIK replaced by dots."""
    if len(text) < SHORTEST:
        return text
    for pattern in (_IDENTITY, _MISREAD, _SLASHED):
        text = pattern.sub(_MASK, text)
    return text
