"""`palang intake`: what is shown before rows are kept, profiles of sources, the file back."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from gateway.cli import intake_proposal
from gateway.cli.intake_check import CheckParts, check_command
from gateway.cli.intake_proposal import reading
from gateway.domain.sheet_plan import Wanted, plan_reading
from gateway.reading.files import FileReader
from gateway.services.intake_preview import rows_expected
from tests.cli.front_tools import Desk, shows_a_number
from tests.intake.judging import deciding
from tests.services.front.world import World

TWO = "HP;WA;NAMA\n0870-1111-2201;0871-1111-2202;Budi\n0870-1111-2203;;Ani\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    world = World(tmp_path)
    yield Desk(tmp_path, world)
    world.store.close()


def test_where_two_columns_could_be_it_nothing_is_kept_and_the_message_names_them(
    desk: Desk,
) -> None:
    result = desk.run("intake", "add", desk.file("dua.csv", TWO.encode()), "--source", "iasc")
    assert result.exit_code == 2
    assert "A (HP)" in result.stderr and "B (WA)" in result.stderr
    assert "--column" in result.stderr
    assert desk.world.intakes.all() == ()


def test_what_is_read_and_what_is_left_out_is_shown_with_numbers_masked(desk: Desk) -> None:
    file = desk.file("dua.csv", TWO.encode())
    shown = desk.run("intake", "add", file, "--source", "iasc", "--column", "WA").stdout
    assert "numbers: column B (WA), from row 2" in shown
    assert "not kept: column C (name)" in shown
    assert "row 2: 0871" in shown
    assert not shows_a_number(shown) and "Budi" not in shown


def test_a_profile_is_saved_with_a_file_and_says_the_column_of_the_next(desk: Desk) -> None:
    file = desk.file("dua.csv", TWO.encode())
    desk.done("intake", "add", file, "--source", "iasc", "--column", "WA", "--save-profile")
    next_one = desk.file("lagi.csv", TWO.replace("2202", "2209").encode())
    made = desk.done("intake", "add", next_one, "--source", "iasc")
    assert made["profile"] == "iasc 1"
    assert made["sheets"] == [["", "B", 2]]
    moved = desk.file("geser.csv", TWO.replace("HP;WA", "HP;WA BARU;WA").encode())
    result = desk.run("intake", "add", moved, "--source", "iasc")
    assert result.exit_code == 2 and "column B differs" in result.stderr


def test_profiles_are_listed_shown_saved_anew_and_removed(desk: Desk) -> None:
    file = desk.file("dua.csv", TWO.encode())
    words = ["intake", "profile", "save", file, "--source", "iasc", "--column"]
    assert [desk.done(*words, column)["version"] for column in ("HP", "WA")] == [1, 2]
    shown = desk.done("intake", "profile", "show", "iasc")
    assert (shown["version"], shown["profile"]["number"]) == (2, "WA")
    assert [one["source"] for one in desk.done("intake", "profile", "list")["profiles"]] == ["iasc"]
    assert desk.done("intake", "profile", "remove", "iasc")["version"] == 3
    assert desk.done("intake", "profile", "list")["profiles"] == []
    for missing in (["show", "iasc"], ["remove", "iasc"]):
        assert desk.run("intake", "profile", *missing).exit_code == 1
    assert desk.world.intakes.all() == ()


def test_check_takes_sheet_and_profile_and_names_the_sheet_of_each_row(
    desk: Desk, tmp_path: Path
) -> None:
    file = desk.file("dua.csv", TWO.encode())
    desk.run("intake", "profile", "save", file, "--source", "iasc", "--column", "WA")
    saved = desk.world.intakes.profiles.show("iasc").profile
    command = check_command(
        CheckParts(deciding, FileReader(), lambda source: saved if source == "iasc" else None)
    )
    result = CliRunner().invoke(command, [str(file), "--source", "iasc", "--json"])
    *rows, last = map(json.loads, result.stdout.splitlines())
    assert [(row["sheet"], row["outcome"]) for row in rows] == [("", "accepted"), ("", "held")]
    assert last["summary"]["column"] == {"letter": "B", "header": "WA"}
    assert last["summary"]["dropped"] == [{"sheet": "", "letter": "C", "kind": "name"}]
    assert CliRunner().invoke(command, [str(file), "--source", "ojk"]).exit_code == 2
    assert CliRunner().invoke(command, [str(file), "--sheet", "Maret"]).exit_code == 2


def test_the_file_goes_back_and_is_recognised_when_it_comes_again(desk: Desk) -> None:
    rows = "HP;KATEGORI\n0870-1111-2201;penipuan\n087O1112202;penipuan\n"
    desk.done("intake", "add", desk.file("satu.csv", rows.encode()), "--source", "iasc")
    out = desk.folder / "hasil.xlsx"
    told = desk.done("intake", "return", "1", "--out", out)
    assert (told["rows"], told["language"]) == (2, "id")
    assert desk.run("intake", "return", "1", "--out", out).exit_code == 1
    assert desk.run("intake", "return", "1", "--out", desk.folder / "hasil.doc").exit_code == 2
    assert desk.run("intake", "return", "9", "--out", desk.folder / "x.csv").exit_code == 1
    assert not (desk.folder / "x.csv").exists()
    made = desk.done("intake", "add", out, "--source", "iasc")
    assert made["follows"] == 1
    # both came back as they were: the held one stays in the first intake's queue
    assert made["rows"]["duplicate"] == 2 and made["rows"]["held"] == 0


def test_pasted_text_comes_in_on_standard_input(desk: Desk) -> None:
    typed = "0870-1111-2201\n0871-1111-2202\n"
    result = desk.run("intake", "add", "-", "--source", "iasc", "--json", typed=typed)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["rows"]["accepted"] == 2


def test_a_long_file_shows_rate_and_time_left_on_a_terminal_only(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading() as quiet:
        assert quiet._bar is None
    lines = "".join(f"{n};0870{n:08}\n" for n in range(4_000))
    file = desk.file("panjang.csv", ("NO;HP\n" + lines).encode())
    with FileReader().open(file, "panjang.csv") as opened:
        plan = plan_reading(opened, Wanted())
        assert 3_900 < (rows_expected(opened, plan) or 0) < 4_200
        screen = Console(
            force_terminal=True, width=120, record=True, file=desk.folder.joinpath("t").open("w")
        )
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(intake_proposal, "Console", lambda **_: screen)
        with reading() as bar:
            bar.planned(opened, plan)
            bar.decided(2_000)
            assert bar._bar is not None
            bar._bar.refresh()
        shown = screen.export_text()
        screen.file.close()
    assert "2,000" in shown and "left" in shown
