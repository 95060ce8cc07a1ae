"""`palang report`: made, listed, written again, checked."""

from __future__ import annotations

import json
from pathlib import Path
from time import time

import pytest

from gateway.domain.times import to_wib
from tests.cli.desk import Desk


def this_month() -> str:
    return to_wib(int(time()) * 1_000_000).strftime("%Y-%m")


MONTH = this_month()


def made(desk: Desk) -> int:
    assert desk.run("report", "month", MONTH).exit_code == 0
    return int(desk.done("report", "list")["reports"][0]["cut"])


def test_a_report_is_shown_and_its_cut_off_listed(desk: Desk) -> None:
    shown = desk.run("report", "month", MONTH)
    (listed,) = desk.done("report", "list")["reports"]
    assert listed["report"] in shown.stdout and "Ringkasan" in shown.stdout
    assert f"palang report month {MONTH} --cut {listed['cut']}" in shown.stdout
    assert listed["provisional"] is True or this_month() != MONTH  # the tests ran over its end


@pytest.mark.parametrize("form", ["pdf", "xlsx", "csv", "json"])
def test_a_recorded_report_is_written_again_byte_for_byte(desk: Desk, form: str) -> None:
    cut = made(desk)
    files = [desk.folder / f"{name}.{form}" for name in ("a", "b")]
    for file in files:
        result = desk.run("report", "month", MONTH, "--cut", cut, "--out", file)
        assert result.exit_code == 0, result.stderr
        desk.run("report", "month", MONTH)  # the ledger grows meanwhile
    first, second = (file.read_bytes() for file in files)
    assert first == second and len(first) > 200


def test_a_report_says_who_gets_a_copy_by_the_table_of_terms(desk: Desk) -> None:
    month = json.loads(desk.run("report", "month", MONTH, "--format", "json").stdout)
    assert any("Kependudukan" in copy for copy in month["copies"])
    assert any("Direktur Pengendalian" in copy for copy in month["copies"])
    quarter = f"{MONTH[:4]}-Q{(int(MONTH[5:]) + 2) // 3}"
    text = desk.run("report", "quarter", quarter, "--format", "csv", "--lang", "en").stdout
    assert "Quarterly report" in text and "none is set in the table of terms" in text


def test_a_recorded_report_comes_out_of_the_rows_again(desk: Desk) -> None:
    cut = made(desk)
    assert desk.done("report", "check", MONTH, "--cut", cut)["same"] is True
    assert desk.run("report", "check", MONTH, "--cut", cut + 900).exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("month", "2026-13"),
        ("month", "2026-Q4"),
        ("quarter", "2026-Q5"),
        ("month", "2999-01"),
        ("month", MONTH, "--out", "laporan.docx"),
        ("month", MONTH, "--format", "pdf"),
    ],
)
def test_what_can_not_be_reported_is_refused_in_words(desk: Desk, words: tuple[str, ...]) -> None:
    result = desk.run("report", *words)
    assert result.exit_code == 2 and result.stderr
    assert desk.done("report", "list")["reports"] == []


def test_a_file_that_is_there_is_not_written_over(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine")
    assert desk.run("report", "month", MONTH, "--out", tmp_path / "a.csv").exit_code != 0
    assert (tmp_path / "a.csv").read_text() == "mine"
