"""`palang intake check` as a person and as a program see it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from demo.synthetic import generate
from gateway.cli.intake_check import CheckParts, check_command
from gateway.domain.errors import InputError
from gateway.domain.masked_cells import mask_text
from gateway.domain.sheet_rows import Deciding
from gateway.reading.files import FileReader
from tests.domain.number_rules import seed_rules
from tests.intake.judging import deciding

GOOD = "NO;NOMOR HP\n1;087034567890\n2;+62 870-3456-7890\n3;\n"
BAD = "NO;NOMOR HP\n1;087034567890\n2;0870345678l0\n3;6,28703E+12\n"


def _parts(load: Callable[[], Deciding] = deciding) -> CheckParts:
    return CheckParts(load, FileReader(), lambda _source: None)


def _run(tmp_path: Path, text: str | bytes, *options: str) -> Result:
    file = tmp_path / "list.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return CliRunner().invoke(check_command(_parts()), [str(file), *options])


def _objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_accepted_duplicate_and_ignored_rows_exit_0(tmp_path: Path) -> None:
    result = _run(tmp_path, GOOD)
    assert result.exit_code == 0
    assert "Every row is accepted" in result.stdout


def test_held_or_rejected_rows_exit_1(tmp_path: Path) -> None:
    assert _run(tmp_path, BAD).exit_code == 1


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize(
    "text",
    [b"PK\x03\x04", "HP;WA\n087034567890;087134567890\n", "REKENING\n8701234567\n"],
    ids=["xlsx", "ambiguous", "accounts"],
)
def test_an_unreadable_file_or_unsure_column_exits_2_and_says_what_next(
    tmp_path: Path, text: str | bytes, options: tuple[str, ...]
) -> None:
    result = _run(tmp_path, text, *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: expected") and "Next: " in result.stderr
    assert "0870" not in result.stderr


def test_a_missing_file_exits_2() -> None:
    assert CliRunner().invoke(check_command(_parts()), ["nowhere.csv"]).exit_code == 2


def test_rules_that_can_not_be_loaded_exit_2(tmp_path: Path) -> None:
    def broken() -> Deciding:
        raise InputError("expected a plan, got none")

    file = tmp_path / "list.csv"
    file.write_text(GOOD)
    assert CliRunner().invoke(check_command(_parts(broken)), [str(file)]).exit_code == 2


def test_json_has_one_object_a_row_and_the_summary_last(tmp_path: Path) -> None:
    objects = _objects(_run(tmp_path, BAD, "--json"))
    assert [found.get("row") for found in objects] == [2, 3, 4, None]
    first, held, rejected, last = objects
    assert (first["outcome"], first["number"]) == ("accepted", "+6287034567890")
    assert (first["confidence"], first["route"]) == ("certain", "opr-uji-a")
    assert (held["outcome"], held["rule"]) == ("held", "letters")
    assert (rejected["outcome"], rejected["rule"]) == ("rejected", "scientific")
    assert "number" not in held and "number" not in rejected
    assert (held["confidence"], held["route"]) == ("", "")
    assert all(found["reason"] and found["rule"] for found in objects[:-1])
    assert set(last) == {"summary"}


def test_the_summary_counts_rows_and_names_file_column_and_plan(tmp_path: Path) -> None:
    summary = _objects(_run(tmp_path, BAD, "--json"))[-1]["summary"]
    assert summary["rows"] == 3 and summary["unit"] == "rows"
    assert summary["outcomes"] == {
        "accepted": 1, "held": 1, "rejected": 1, "duplicate": 0, "ignored": 0,
    }  # fmt: skip
    assert summary["file"] == "sha256:" + hashlib.sha256(BAD.encode()).hexdigest()
    assert summary["column"] == {"letter": "B", "header": "NOMOR HP"}
    assert summary["plan"] == seed_rules().plan.version
    assert summary["routes"] == {"opr-uji-a": 1}


def test_the_column_is_chosen_by_name_or_letter(tmp_path: Path) -> None:
    text = "HP;WA\n087034567890;087234567890\n"
    by_name = _objects(_run(tmp_path, text, "--json", "--column", "wa"))
    by_letter = _objects(_run(tmp_path, text, "--json", "--column", "B"))
    assert by_name == by_letter
    assert by_name[0]["route"] == "opr-uji-b"


def test_the_screen_masks_what_it_shows_and_says_what_to_do(tmp_path: Path) -> None:
    result = _run(tmp_path, BAD)
    assert "087034567890" not in result.stdout
    assert "0870345678" not in result.stdout
    assert "row 3" in result.stdout and "row 4" in result.stdout
    assert "A letter stands beside or among the digits" in result.stdout
    assert "Ask the sender for the original XLSX" in result.stdout


def test_a_long_list_of_problems_is_cut_and_points_to_json(tmp_path: Path) -> None:
    rows = "".join(f"08703456{index:03}l\n" for index in range(100))
    result = _run(tmp_path, f"HP\n{rows}")
    assert "and 60 more" in result.stdout and "--json" in result.stdout


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("0870345678l0", "087••••••8l0"), ("", "(empty)"), ("Budi Santoso", "…")],
)
def test_a_refused_cell_is_shown_without_names(raw: str, shown: str) -> None:
    assert mask_text(raw) == shown


def test_a_mask_leaves_at_most_six_digits_and_no_control_character() -> None:
    for raw in ("0870345678l0", "087034567890 / 087134567890", "\x1b[31m0870345", "08703"):
        shown = mask_text(raw)
        assert sum(char.isdigit() for char in shown) <= 6
        assert shown.isprintable()


def test_help_has_an_example_and_the_exit_codes() -> None:
    text = CliRunner().invoke(check_command(_parts()), ["--help"]).stdout
    assert "palang intake check laporan.xlsx --column" in text
    assert "Exit code: 0" in text


def test_the_command_stands_under_another_group() -> None:
    group = click.Group("palang", commands=[check_command(_parts())])
    assert CliRunner().invoke(group, ["check", "--help"]).exit_code == 0


def test_a_synthetic_list_is_reported_row_by_row(tmp_path: Path) -> None:
    listed = generate(11, 1000)
    result = _run(tmp_path, listed.csv, "--json")
    *rows, last = _objects(result)
    assert result.exit_code == 1
    assert [(row["row"], row["outcome"]) for row in rows] == [
        (expected.row, expected.outcome) for expected in listed.expected
    ]
    assert last["summary"]["rows"] == 1000
