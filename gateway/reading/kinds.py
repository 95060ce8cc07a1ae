"""What a file is, from its first bytes, checked against its name's ending (threats.md W10, W11).

A file that is not what its name says is refused, never read as what it happens to be: whoever made
it and whoever checks it by eye must see the same thing.
"""

from __future__ import annotations

import re
from mmap import mmap
from pathlib import PurePath
from typing import NoReturn

from gateway.domain.errors import InputError
from gateway.domain.opened import Kind

HEAD = 4_096  # bytes that are looked at

_ENDINGS: dict[str, Kind] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "text",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".xlsx": "xlsx",
    ".ods": "ods",
}
EXPECTED: dict[Kind, str] = {
    "csv": "a CSV file",
    "text": "plain text",
    "ndjson": "NDJSON (one object a line)",
    "xlsx": "an XLSX workbook",
    "ods": "an ODS workbook",
}
_READ = "CSV (.csv, .tsv), XLSX, ODS, NDJSON (.ndjson, .jsonl) or text (.txt)"
_SAVE = "open it in a spreadsheet program and save it as XLSX or ODS"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a GZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"SQLite format 3\0", "a database"),
)
_PROGRAMS = ((b"MZ", "a program"), (b"\x7fELF", "a program"))
_MARKUP = re.compile(
    r"\s*(?:<!--.*?-->\s*)?<(?:!doctype|html|head|body|table|meta|style|script|div|span|\?xml)\b",
    re.IGNORECASE | re.DOTALL,
)
_OBJECT = re.compile(r'\s*\{\s*(?:"|\})')


def find_kind(head: bytes, name: str) -> Kind | None:
    """The kind by which to read; None for a workbook without an ending, which the package decides.

    `head` has the first HEAD bytes. Raises InputError with what was expected, what came and what
    to do.
    """
    ending = PurePath(name).suffix.lower()
    kind = _ENDINGS.get(ending)
    expected = EXPECTED[kind] if kind else _READ
    _refuse_foreign(head, expected, name)
    if ending and kind is None:
        raise InputError(
            f"expected {_READ}, {name} ends in something else",
            hint=f"{_SAVE}, or as CSV; a list pasted into a file is named .txt",
        )
    if head.startswith(_ZIP):
        return _packed(kind, expected, name)
    if kind in ("xlsx", "ods"):
        raise InputError(
            f"expected {expected}, {name} has no workbook inside"
            + (" but is empty" if not head else ""),
            hint=f"if it is CSV, name it .csv; else {_SAVE}",
        )
    return _written(head, kind, expected, name)


def _packed(kind: Kind | None, expected: str, name: str) -> Kind | None:
    if kind in ("csv", "text", "ndjson"):
        raise InputError(
            f"expected {expected}, {name} is a workbook (XLSX, ODS) or another ZIP",
            hint="if it is a workbook, give it its own ending back: .xlsx or .ods",
        )
    return kind


def _written(head: bytes, kind: Kind | None, expected: str, name: str) -> Kind:
    objects = bool(_OBJECT.match(_readable(head)))
    if kind == "csv" and objects:
        raise InputError(
            f"expected {expected}, {name} holds JSON objects",
            hint="name it .ndjson, with one object a line",
        )
    return kind or ("ndjson" if objects else "csv")


def _refuse_foreign(head: bytes, expected: str, name: str) -> None:
    what = _foreign(head)
    if what:
        raise InputError(f"expected {expected}, {name} is {what}", hint=_SAVE)


def _foreign(head: bytes) -> str:
    """What else it is; "" when nothing speaks against reading it. Old workbooks: see `old`."""
    if b"%PDF-" in head[:1_024]:  # where readers of PDF look, so that a ZIP can be one as well
        return "a PDF, or can be opened as one"
    for magic, what in _MAGIC:
        if head.startswith(magic):
            return what
    if b"\0" in head:
        for magic, what in _PROGRAMS:
            if head.startswith(magic):
                return what
    text = _readable(head)
    if _MARKUP.match(text):
        return "a web page or XML under the name of a list"
    return ""


def _readable(head: bytes) -> str:
    """The head as text, good enough to find ASCII words in it."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace").removeprefix("\ufeff")
    return head.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def is_compound(head: bytes) -> bool:
    """Whether it is a compound file: an old XLS workbook, or a workbook behind a password."""
    return head.startswith(_OLE[:4])


def refuse_compound(content: mmap, name: str) -> NoReturn:
    """Raise InputError that tells an old workbook from one that a password protects."""
    if content.find("EncryptedPackage".encode("utf-16-le")) >= 0:
        raise InputError(
            f"expected a workbook that can be opened, {name} is protected by a password",
            hint="open it, remove the password (File, Info, Protect Workbook), save, send it again "
            "encrypted for this gateway instead",
        )
    old = any(content.find(word.encode("utf-16-le")) >= 0 for word in ("Workbook", "Book"))
    what = "an XLS workbook of the old kind" if old else "an old Office document"
    raise InputError(f"expected {_READ}, {name} is {what}", hint=_SAVE)
