"""A file comes in, goes back to its sender, and comes in again corrected."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from gateway.cli.sheet_files import write_table
from gateway.domain.errors import Conflict, InputError
from gateway.domain.records import IntakeRow
from gateway.domain.returned import read_mark, row_mark
from gateway.domain.rules import Language
from gateway.services.batches import Wanted
from gateway.services.intake import Options
from gateway.services.intake_return import WORDINGS, returned_rows
from tests.services.front.world import World

FIRST = (
    "NO;NOMOR HP;KATEGORI;KANAL;NO BUKTI;TANGGAL\n"
    "1;0870-1111-2201;penipuan;whatsapp;T-1;2026-11-01\n"
    "2;087O1112202;penipuan;whatsapp;T-2;2026-11-02\n"
    "3;0871-1111-2203 / 0871-1111-2204;penipuan;sms;T-3;2026-11-03\n"
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def back(world: World, intake: int, name: str, language: Language = "id") -> Path:
    """The file that goes to the sender."""
    words, path = WORDINGS[language], world.folder / name
    with world.intakes.stream(intake) as rows:
        cells = returned_rows(intake, rows, language, world.holds.final(intake))
        write_table(path, words.title, words.headers, [12] * len(words.headers), cells)
    return path


def corrected(path: Path, change: Callable[[list[list[str]]], None]) -> Path:
    """The returned CSV as its sender edits it, under a new name."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    change(rows)
    out = path.with_name(f"edit-{path.name}")
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return out


def add(world: World, path: Path, **more: object) -> tuple[int, list[IntakeRow]]:
    made = world.intakes.add(path, path.name, Options("iasc", **more))  # type: ignore[arg-type]  # by name
    return made.id, world.intakes.rows(made.id)


def ends(rows: list[IntakeRow]) -> list[tuple[str, str, int]]:
    return [(row.outcome, row.rule, row.refers) for row in rows]


def number(row: int, text: str) -> Callable[[list[list[str]]], None]:
    """A change of one number cell; row 0 is the header."""

    def change(rows: list[list[str]]) -> None:
        rows[row][3] = text

    return change


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_unchanged_file_that_comes_back_adds_nothing(
    world: World, kind: str, language: Language
) -> None:
    first = world.intake(FIRST)
    again, rows = add(world, back(world, first, f"hasil.{kind}", language))
    assert world.intakes.show(again).follows == first
    assert {(row.outcome, row.rule) for row in rows} == {("duplicate", "resent")}
    assert [row.refers for row in rows] == [1, 2, 3]


def test_a_corrected_row_is_decided_anew_with_what_it_said_and_counts_once(world: World) -> None:
    first = world.intake(FIRST)
    sheet = corrected(back(world, first, "hasil.csv"), number(2, "0870-1111-2202"))
    second, rows = add(world, sheet)
    assert ends(rows)[:2] == [("duplicate", "resent", 1), ("accepted", "national_zero", 2)]
    fixed, was = rows[1], world.intakes.rows(first)[1]
    same = ("category", "channel", "evidence_ref", "evidence_date", "action")
    assert [getattr(fixed, name) for name in same] == [getattr(was, name) for name in same]
    assert world.batches.prepare(Wanted((first, second)))[1] == 2


def test_an_accepted_row_that_comes_back_with_another_number_is_held(world: World) -> None:
    first = world.intake(FIRST)
    sheet = corrected(back(world, first, "hasil.csv"), number(1, "0870-1111-2299"))
    assert ends(add(world, sheet)[1])[0] == ("held", "resent_changed", 1)


def test_a_cell_with_two_numbers_may_come_back_as_two_rows(world: World) -> None:
    def split(rows: list[list[str]]) -> None:
        rows.append([*rows[3][:3], "0871-1111-2204", *rows[3][4:]])
        rows[3][3] = "0871-1111-2203"

    first = world.intake(FIRST)
    rows = add(world, corrected(back(world, first, "hasil.csv"), split))[1]
    assert [row.outcome for row in rows] == [*("duplicate", "duplicate", "accepted", "accepted")]


def test_two_corrections_of_one_row_count_once(world: World) -> None:
    first = world.intake(FIRST)
    sheet = back(world, first, "hasil.csv")
    add(world, corrected(sheet, number(2, "0870-1111-2202")))
    other = corrected(sheet, number(2, "0870-1111-2298"))
    assert ends(add(world, other)[1])[1] == ("held", "resent_changed", 2)
    back_again = corrected(sheet, number(2, "+62 870 1111 2202"))
    assert ends(add(world, back_again)[1])[1] == ("held", "resent_changed", 2)


def test_a_new_row_in_a_corrected_file_is_new_and_one_that_was_there_is_not(world: World) -> None:
    def more(rows: list[list[str]]) -> None:
        rows.append(["", "", "", "0870-1111-2205", *rows[1][4:]])
        rows.append(["", "", "", "0870-1111-2201", *rows[1][4:]])

    first = world.intake(FIRST)
    rows = add(world, corrected(back(world, first, "hasil.csv"), more))[1]
    assert ends(rows)[3:] == [("accepted", "national_zero", 0), ("duplicate", "repeat", 2)]


def test_the_senders_own_file_is_matched_by_sheet_and_row_where_the_officer_says_so(
    world: World,
) -> None:
    first = world.intake(FIRST)
    path = world.file(FIRST.replace("087O1112202", "0870-1111-2202").encode())
    rows = add(world, path.rename(path.with_suffix(".csv")), follows=first)[1]
    assert ends(rows)[:2] == [("duplicate", "resent", 1), ("accepted", "national_zero", 2)]


def test_a_mark_that_is_not_ours_stops_the_file_and_names_the_row(world: World) -> None:
    def spoil(rows: list[list[str]]) -> None:
        rows[2][0] = rows[2][0][:-1] + str((int(rows[2][0][-1]) + 1) % 10)

    first = world.intake(FIRST)
    with pytest.raises(InputError, match=r"row 3 of .*mark") as caught:
        add(world, corrected(back(world, first, "hasil.csv"), spoil))
    assert "leave it empty" in caught.value.hint
    assert len(world.intakes.all()) == 1


def test_a_corrected_file_is_of_the_same_source_and_of_one_intake(world: World) -> None:
    first, other = world.intake(FIRST), world.intake(FIRST.replace("2201", "2207"))
    sheet = back(world, first, "hasil.csv")
    with pytest.raises(Conflict, match="source iasc"):
        world.intakes.add(sheet, "hasil.csv", Options("ojk"))
    with pytest.raises(Conflict, match=f"those of intake {first}, not {other}"):
        add(world, sheet, follows=other)

    def mix(rows: list[list[str]]) -> None:
        rows[1][0] = row_mark(other, 1)

    with pytest.raises(InputError, match="one intake"):
        add(world, corrected(sheet, mix))


def test_a_mark_tells_every_slip_of_one_digit() -> None:
    good = row_mark(12, 345)
    assert read_mark(good) == (12, 345)
    assert read_mark(f" '{good} ") == (12, 345)
    for at in range(1, len(good)):
        if good[at].isdigit():
            with pytest.raises(InputError):
                read_mark(good[:at] + str((int(good[at]) + 1) % 10) + good[at + 1 :])


def test_every_cell_of_the_workbook_is_text_and_the_header_stays(world: World) -> None:
    first = world.intake(FIRST + "4;=1+2;penipuan;sms;T-4;2026-11-04\n5;+62 870 1111 2206;;;;\n")
    book = openpyxl.load_workbook(back(world, first, "hasil.xlsx"))
    sheet = book["Hasil"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:M6"
    assert [cell.value for cell in sheet["D"]][4:] == ["=1+2", "+62 870 1111 2206"]
    assert sheet["E"][1].value == "diterima" and sheet["F"][2].value and sheet["G"][2].value
    assert (world.folder / "hasil.xlsx").stat().st_mode & 0o777 == 0o600


def test_no_cell_of_the_csv_runs_as_a_formula(world: World) -> None:
    first = world.intake(FIRST + "4;=1+2;penipuan;sms;T-4;2026-11-04\n5;+62 870 1111 2206;;;;\n")
    text = back(world, first, "hasil.csv").read_text(encoding="utf-8-sig")
    cells = [cell for row in csv.reader(text.splitlines(), delimiter=";") for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'=1+2" in cells


def test_a_file_is_never_written_over_another(world: World) -> None:
    first = world.intake(FIRST)
    back(world, first, "hasil.csv")
    with pytest.raises(Conflict, match="exists"):
        back(world, first, "hasil.csv")
    with pytest.raises(InputError, match=r"\.xlsx or \.csv"):
        back(world, first, "hasil.pdf")
