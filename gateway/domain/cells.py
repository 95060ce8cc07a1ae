"""Reading one cell: from the raw text to the digits as written, or to the rule that refuses it.

Everything works by allow-list: what is not known to leave the digits and their order alone holds
the cell (promise F). Pure standard library; whose number it is, is decided in numbers.py.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from gateway.domain.grouping import doubt_in_grouping
from gateway.domain.links import LinkNumber, read_link

MAX_CELL = 200  # characters; the longest honest cell is a link of about 120


class Written(NamedTuple):
    """Digits of one number in written order; `plus` when an international sign or link says so.

    `form` is the rule that names how they were found: ``""``, ``link``, ``float_tail`` or
    ``bracket_note``.
    """

    plus: bool
    digits: str
    form: str


def _fold_table() -> dict[int, str]:
    """Characters that mean the same as an ASCII one, or nothing at all, in a phone number."""
    table = {ord(c): "" for c in "\u00ad\u200b\u200c\u200d\u200e\u2060\ufeff"}
    table |= {ord(c): "" for c in "\u202a\u202c\u202d\u2066\u2068\u2069"}
    table |= {ord(c): "" for c in _RIGHT_TO_LEFT}
    table |= {ord(c): "-" for c in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"}
    table |= {code: " " for code in range(0x3001) if unicodedata.category(chr(code)) == "Zs"}
    table[ord("\t")] = " "  # pasted from a table; groups that are two numbers show as such
    table |= {0xFF0B: "+", 0xFE62: "+", 0xFF08: "(", 0xFF09: ")", 0xFF0E: "."}
    table |= {ord("["): "(", ord("]"): ")"}
    for zero in (_ARABIC_ZERO, 0x6F0, 0xFF10):
        table |= {zero + value: str(value) for value in range(10)}
    return table


_ARABIC_ZERO = 0x660
_RIGHT_TO_LEFT = "\u200f\u061c\u202b\u2067"
_OVERRIDE = "\u202e"
_FOLD = _fold_table()
_REORDERS = re.compile("[\u200f\u061c\u202b\u2067\u0660-\u0669]")
_ARABIC = re.compile("[\u0660-\u0669]")
_UNBROKEN = re.compile(r"\+?[0-9]+(?:\.0)?").fullmatch
_OTHER_DIGITS = re.compile("[0-9\u06f0-\u06f9\uff10-\uff19]")

_NOTE = re.compile(
    r"(?:catatan|keterangan|ket|note)\b[^0-9]*|n/?a|nan|null|none|nil|nihil|kosong|blank|unknown|"
    r"#n/a|(?:tidak|tdk|belum|blm) (?:ada|diketahui|tersedia)(?: nomor)?|lihat lampiran|"
    r"(?:nomor )?(?:private|pribadi|disembunyikan|tidak diketahui)(?: number)?|private number"
)
_TOTAL = re.compile(r"(?:grand |sub ?)?(?:total|jumlah)\b[^0-9]{0,40}(?:[0-9]{1,6}[^0-9]{0,40})?")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]{1,3}(?:[.,][0-9]+)? ?e ?[+-]?[0-9]{1,3}")
_SCHEME = re.compile(r"(?:tel|sms|smsto|callto):(?://)?(.+)").fullmatch
_FLOAT = re.compile(r"(\+?[0-9]+)\.0")
_BRACKET_NOTE = re.compile(r"(.*[0-9]\)?) ?\(([^()0-9]*)\)")
_EXTENSION = re.compile(r"\b(?:ext|ekst|extension|pes|pesawat)\b|[0-9]{9,} ?x ?[0-9]{1,5}$")
_MASK = re.compile(r"[x*•●∙█#?_…]|\.\.|--")
_ONLY_PLAIN = re.compile(r"[0-9 +().-]*").fullmatch
_SENDER = re.compile(r"@?[^\W\d][\w.&-]*").fullmatch
_LETTER = re.compile(r"[^\W\dx_]").search  # none that masks
_GROUPS = re.compile(r"([0-9]+)").split
_RUN = re.compile(r"[0-9](?:[ .()-]{0,2}[0-9]){6,}")
_QUOTED = re.compile(r"""="([^"]*)"|"([^"]*)"|'([^']*)'""")
_WRAPPERS = frozenset("=\"'\u2019\u2018`\u00b4")
_UNFOLDED = re.compile(r"[!-Z\\^-~ ]*").fullmatch  # all of it stands for itself
# The commonest ways of writing, in which the checks below have never anything to doubt
# (tests/domain/test_cells_tidy.py): digits in one run, and these groups.
_RUN_ALONE = re.compile(r"'?(\+?)([0-9]{1,190})(\.0)?").fullmatch
_TIDY = re.compile(
    r"'?(\+?)((?:0|(?:00)?62[ .-]?0?)8[0-9]{2}([ .-])[0-9]{4}\3[0-9]{2,5}|"
    r"(?<=\+)62[ .-][0-9]{3,15})"
).fullmatch
_SEPARATORS = re.compile("[ .-]").sub
_PUNCTUATED = re.compile(r"[ +().-]*[0-9][0-9 +().-]*").fullmatch
_DOUBT_WORDS = """
    korban pelapor pengadu saksi bukan salah jangan lama ganti batal cabut buka dibuka aman keluarga
    istri suami anak ibu bapak ayah teman tetangga bank polisi polri kantor resmi cs victim reporter
    not no wrong old office ext
"""
_DOUBTFUL = frozenset(_DOUBT_WORDS.split())
# parts of words that say that the number may be another's, or not be meant at all
_DOUBT_STEM = re.compile(
    "salah|cabut|batal|buka|korban|lapor|klarif|aktif|blokir|kerabat|beli|jual|pemilik|pengguna|milik"
)


def read_cell(raw: str) -> Written | str:
    """The number written in a cell, or the code of the rule that holds, rejects or ignores it."""
    tidy = _tidy(raw)
    if tidy:
        return tidy
    if len(raw) > MAX_CELL:
        return "long_text"
    text = _unwrap((raw if _UNFOLDED(raw) else raw.translate(_FOLD)).strip())
    straight = raw.isascii() or (_OVERRIDE not in raw and not _REORDERS.search(raw))
    if straight and _PUNCTUATED(text):
        return _plain(text)  # nothing below could say anything about it
    lower = text.lower()
    refusal = _not_a_number(lower) or ("" if straight else _direction(raw, text))
    if refusal:
        return refusal
    found = read_link(lower)
    if isinstance(found, LinkNumber):
        return Written(found.plus, found.digits, "link")
    if isinstance(found, str):
        return found
    return _plain(lower)


def _tidy(raw: str) -> Written | None:
    alone = _RUN_ALONE(raw)
    if alone:
        sign, digits, decimal = alone.groups()
        return Written(sign == "+", digits, "float_tail" if decimal else "")
    tidy = _TIDY(raw)
    return Written(tidy[1] == "+", _SEPARATORS("", tidy[2]), "") if tidy else None


def _unwrap(text: str) -> str:
    """Without what spreadsheets put around text: a leading apostrophe, quotes, ="..."."""
    if text[:1] not in _WRAPPERS:
        return text
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        return next(group for group in quoted.groups() if group is not None).strip()
    return text[1:].lstrip() if text[:1] in ("'", "\u2019", "\u2018", "`", "\u00b4") else text


def _not_a_number(lower: str) -> str:
    if not lower:
        return "empty"
    if _NOTE.fullmatch(lower) or not any(map(str.isalnum, lower)):
        return "note"
    if _TOTAL.fullmatch(lower):
        return "total_row"
    return "scientific" if "e" in lower and _SCIENTIFIC.fullmatch(lower) else ""


def _direction(raw: str, text: str) -> str:
    """Right-to-left marks and Arabic digits swap groups on screen: only unbroken runs are sure."""
    if _OVERRIDE in raw:
        return "direction"
    mixed = _ARABIC.search(raw) and _OTHER_DIGITS.search(raw)
    return "direction" if mixed or not _UNBROKEN(text) else ""


def _plain(lower: str) -> Written | str:
    scheme = _SCHEME(lower) if ":" in lower else None
    form, text = ("link", scheme[1]) if scheme else ("", lower)
    decimal = _FLOAT.fullmatch(text) if text.endswith(".0") else None
    if decimal:
        form, text = "float_tail", decimal[1]
    noted = _BRACKET_NOTE.fullmatch(text) if text.endswith(")") else None
    if noted and not form:
        word = noted[2].strip()
        if not word.isalpha() or word in _DOUBTFUL or _DOUBT_STEM.search(word):
            return "bracket_doubt"
        form, text = "bracket_note", noted[1]
    return _foreign_matter(text) or _grouped(text, form)


def _foreign_matter(text: str) -> str:
    """The rule for a text that holds anything besides ASCII digits, spaces and `+-.()`."""
    if _ONLY_PLAIN(text):
        return "masked" if ".." in text or "--" in text else ""
    digits = sum(map(str.isdigit, text))  # of any script: none is taken for text
    if not digits:
        return "sender_id" if _SENDER(text) else "no_number"
    if _EXTENSION.search(text):
        return "extension"
    if len(_RUN.findall(text)) > 1:
        return "two_numbers"
    if _MASK.search(text) and not _LETTER(text):
        return "masked"
    if any(unicodedata.category(char)[0] in "LN" and not "0" <= char <= "9" for char in text):
        return "sender_id" if digits < 7 else "letters"
    return "odd_character"


def _grouped(text: str, form: str) -> Written | str:
    parts = _GROUPS(text)  # gap, group, gap, group, ..., gap
    groups, gaps = parts[1::2], parts[::2]
    if not groups:
        return "no_number"
    lead, tail = gaps[0].replace(" ", ""), gaps[-1].replace(" ", "")
    if lead not in ("", "(", "+", "(+", "+(") or tail not in ("", ")"):
        return "grouping"
    plus = "+" in lead
    doubt = doubt_in_grouping(text, groups, gaps[1:-1], plus=plus)
    if doubt:
        return doubt
    return Written(plus, "".join(groups), form)
