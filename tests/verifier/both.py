"""Both verifiers over the bundles that are kept, and what each says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import palang_verify
from gateway.domain.errors import NotVerified
from gateway.domain.trust import Trust, read_trust
from gateway.services.verifying import verify
from keys.documents import Documents
from keys.notes import C2spNotes
from keys.timestamps import Rfc3161Timestamps

FOLDER = Path(__file__).parents[1] / "vectors" / "bundles"
GOOD = sorted(FOLDER.glob("good/*.zip"))
BAD = sorted(FOLDER.glob("bad/*.zip"))
TRUST = FOLDER / "trust.json"

_OPENSSL = ("receipts-cms", "stamped", "15-a-CMS", "29-")
_GPG = ("receipts-openpgp", "confirmation-as-table", "15-an-OpenPGP")


@dataclass(frozen=True)
class Said:
    """Exit code, and number and status of every check; a reason where one failed."""

    code: int
    statuses: tuple[tuple[int, str], ...] = ()
    reasons: tuple[tuple[int, str], ...] = ()


@cache
def trust() -> Trust:
    return read_trust(TRUST.read_bytes())


@cache
def pins() -> palang_verify.Pins:
    return palang_verify.Pins(TRUST.read_bytes(), "trust.json")


def of_palang(data: bytes, pinned: Trust | None) -> Said:
    """What `palang verify` says."""
    try:
        report = verify(data, pinned, Documents(), C2spNotes(), stamps=Rfc3161Timestamps())
    except NotVerified:
        return Said(2)
    statuses = tuple((one.number, str(one.status)) for one in report.results)
    reasons = tuple((one.number, one.reason) for one in report.failed)
    return Said(1 if reasons else 0 if report.passed else 3, statuses, reasons)


def of_file(data: bytes, pinned: palang_verify.Pins | None) -> Said:
    """What palang_verify.py says."""
    try:
        report = palang_verify.verify(data, pinned)
    except palang_verify.Unreadable:
        return Said(2)
    statuses = tuple((one.check.number, one.status) for one in report.results)
    failed = (one for one in report.results if one.status == palang_verify.FAILED)
    return Said(report.code, statuses, tuple((one.check.number, one.reason) for one in failed))


def marked(files: list[Path]) -> list[object]:
    """The files as parameters; those that take a tool carry its mark."""

    def one(file: Path) -> object:
        marks = [pytest.mark.openssl] if file.stem.startswith(_OPENSSL) else []
        marks += [pytest.mark.gpg] if file.stem.startswith(_GPG) else []
        return pytest.param(file, marks=marks, id=file.stem)

    return [one(file) for file in files]


def needs_no_tool(file: Path) -> bool:
    """Whether it is checked without openssl and gpg."""
    return not file.stem.startswith((*_OPENSSL, *_GPG))
