"""With one check gone, the bundle that only this check refuses would pass."""

from __future__ import annotations

from pathlib import Path

import pytest

import palang_verify
from tests.verifier.both import BAD, marked, of_file, pins

_UNREADABLE = "a-document-that"  # refused in reading, before any check


def _only_this_check() -> list[Path]:
    named = [file for file in BAD if not file.stem.startswith("00")]
    return [file for file in named if _UNREADABLE not in file.stem]


def test_every_check_has_a_bundle_that_it_refuses() -> None:
    checks = {check.number for check in palang_verify.CHECKS}
    assert {int(file.stem[:2]) for file in _only_this_check()} == checks


@pytest.mark.parametrize("file", marked(_only_this_check()))
def test_without_its_check_the_bundle_would_pass(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = int(file.stem[:2]) - 1
    gone = palang_verify.Check(place + 1, "gone", lambda _case: "ok")
    checks = [*palang_verify.CHECKS[:place], gone, *palang_verify.CHECKS[place + 1 :]]
    monkeypatch.setattr(palang_verify, "CHECKS", checks)
    said = of_file(file.read_bytes(), pins())
    assert (said.code, said.reasons) == (0, ())
