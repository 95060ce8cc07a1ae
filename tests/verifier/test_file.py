"""The file itself: what it imports, what it explains, how it prints."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

import palang_verify
from gateway.domain import bundle
from gateway.domain.trust import read_trust
from tests.verifier.both import FOLDER, TRUST

SOURCE = Path(palang_verify.__file__).read_text()


def test_it_imports_the_standard_library_and_cryptography_alone() -> None:
    found = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    assert found - set(sys.stdlib_module_names) == {"cryptography"}


def test_every_check_is_explained_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert palang_verify.main(["--explain"]) == 0
    shown = capsys.readouterr().out
    for check in palang_verify.CHECKS:
        assert f"[{check.number:2}] {check.title}" in shown
        assert len((check.run.__doc__ or "").split()) > 15


def test_every_check_is_explained_in_bahasa_indonesia(capsys: pytest.CaptureFixture[str]) -> None:
    assert palang_verify.main(["--explain", "--bahasa"]) == 0
    shown = capsys.readouterr().out
    assert "[34] the cover page says the same\n     Teks tetap halaman depan" in shown
    assert "[15] receipts signed by a pinned key of the partner\n     Setiap tanda terima" in shown


def test_the_manual_names_every_check() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "verify.md").read_text()
    rows = re.findall(r"^\*\*(\d+)\. (.+)\*\*", manual, re.MULTILINE)
    named = [(check.number, check.title) for check in palang_verify.CHECKS]
    assert [(int(number), title) for number, title in rows] == named


def test_what_can_t_be_read_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = str(FOLDER / "good" / "no-answer.zip")
    (tmp_path / "none").write_bytes(b"no bundle")
    none, gone = str(tmp_path / "none"), str(tmp_path / "gone")
    for arguments in (
        [none, "--trust", str(TRUST)],
        [gone, "--trust", str(TRUST)],
        [good, "--trust", none],
        [good, "--trust", gone],
    ):
        assert palang_verify.main(arguments) == 2
        assert capsys.readouterr().err.startswith("Error: ")
    with pytest.raises(SystemExit) as usage:
        palang_verify.main([])
    assert usage.value.code == 2


def test_without_a_trust_file_it_prints_the_fingerprints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert palang_verify.main([str(FOLDER / "good" / "delivery.zip")]) == 3
    shown = capsys.readouterr().out
    assert "NOT PROVEN: no pinned keys." in shown
    members = bundle.unpack((FOLDER / "good" / "delivery.zip").read_bytes())
    for key in read_trust(members["keys.json"]).keys:
        assert f"  {key.owner.id:<16} {key.role:<10} {key.kid}" in shown


def test_a_bundles_own_words_do_not_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = bundle.unpack((FOLDER / "good" / "no-answer.zip").read_bytes())
    del members[bundle.INDEX]
    members["\x1b[2J.txt"] = b""
    file = tmp_path / "bundle.zip"
    file.write_bytes(bundle.pack(members))
    assert palang_verify.main([str(file), "--trust", str(TRUST)]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_its_zip_is_that_of_the_standard_library() -> None:
    for file in sorted(FOLDER.glob("good/*.zip")):
        members = bundle.unpack(file.read_bytes())
        assert palang_verify.pack(members) == bundle.build(members)
        assert palang_verify.unpack(file.read_bytes()) == members
