"""What a file that comes back can't do: end a doubt by itself, or count a row twice."""

from __future__ import annotations

import csv
from collections.abc import Callable

import openpyxl
import pytest

from gateway.domain.errors import Conflict, InputError
from gateway.domain.records import IntakeRow
from gateway.services.batches import Wanted
from gateway.services.holds import HoldState
from gateway.services.intake import Options
from gateway.services.intake_return import WORDINGS, returned_rows
from tests.compiled_once import compile_once
from tests.intake.holding import (
    DOUBT,
    DOUBTS,
    HEAD,
    LETTER,
    ONE,
    REST,
    THREE,
    TYPED,
    Pair,
    choice,
    e164,
    numbers,
    queue,
    reject,
    resolve,
    second,
    sheet,
)
from tests.services.front.world import PartnerSide, World

compile_once()

TWO = "0870-1111-2202"
CELL, CATEGORY, ACTION = 3, 7, 12  # columns of a returned file
Edit = Callable[[list[list[str]]], None]

RULES = ("unknown_action", "unknown_code", "shifted_row", "shifted_row", "total_unclear")


def returned(world: World, intake: int) -> list[list[str]]:
    """The file that goes to the sender, as rows; the first are the headers."""
    words = WORDINGS["id"]
    with world.intakes.stream(intake) as rows:
        cells = returned_rows(intake, rows, "id", world.holds.final(intake))
        return [list(words.headers), *map(list, cells)]


def add(world: World, rows: list[list[str]], **more: object) -> tuple[int, list[IntakeRow]]:
    path = world.folder / f"kembali-{len(world.intakes.all())}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    made = world.intakes.add(path, path.name, Options("iasc", **more))  # type: ignore[arg-type]  # by name
    return made.id, world.intakes.rows(made.id)


def sent_back(
    world: World, intake: int, *edits: tuple[int, int, str]
) -> tuple[int, list[IntakeRow]]:
    """The returned file with these cells changed: row, column, text."""
    rows = returned(world, intake)
    for row, column, text in edits:
        rows[row][column] = text
    return add(world, rows)


def rules(rows: list[IntakeRow]) -> list[str]:
    return [row.rule for row in rows]


def release(world: World, batch: int, by: Pair) -> None:
    world.releases.submit(batch, by[0])
    world.releases.release(batch, by[1])


def open_rows(world: World, intake: int) -> list[int]:
    return [row.position for row in queue(world, intake=intake)]


# an untouched file


def test_an_untouched_file_leaves_every_row_as_it_was(world: World) -> None:
    first = world.intake(DOUBTS)
    assert tuple(rules(world.intakes.rows(first))[:5]) == RULES
    again, rows = sent_back(world, first)
    assert {(row.outcome, row.rule) for row in rows} == {("duplicate", "resent")}
    assert [row.refers for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert open_rows(world, first) == [1, 2, 3, 4, 5] and open_rows(world, again) == []
    third, rows = sent_back(world, again)  # and the file of that one
    assert set(rules(rows)) == {"resent"} and numbers(world, third) == []


def test_the_senders_own_words_go_back_as_they_were_written(world: World) -> None:
    first = world.intake(DOUBTS)
    rows = returned(world, first)
    assert rows[1][ACTION] == "jangan diblokir" and rows[2][CATEGORY] == "lain-lain sekali"
    told = HEAD + f"{ONE};Penipuan;WhatsApp;T;2026-11-20;blokir {'x' * 40} jangan, 0870 1111 2299\n"
    (_, row) = returned(world, world.intake(told))
    assert row[ACTION] == f"blokir {'x' * 33}"
    told = HEAD + f"{ONE};Penipuan;WhatsApp;T;2026-11-21;blokir{' !' * 9}{'.' * 30}jangan\n"
    (_, row) = returned(world, world.intake(told))
    assert row[ACTION] == "?"  # its beginning alone would say something else
    assert rules(sent_back(world, 3, (1, CELL, "+62 870 1111 2201"))[1]) == ["unknown_action"]


def test_a_hidden_row_stays_held_whatever_comes_back(world: World) -> None:
    path = world.folder / "saring.xlsx"
    book = openpyxl.Workbook()
    leaf = book.active
    assert leaf is not None
    for line in (["nomor hp", "kategori"], [ONE, "Penipuan"], [TWO, "Penipuan"]):
        leaf.append(line)
    leaf.row_dimensions[3].hidden = True
    book.save(path)
    first = world.intakes.add(path, path.name, Options("iasc")).id
    assert rules(world.intakes.rows(first))[1] == "hidden_row"
    assert rules(sent_back(world, first)[1]) == ["resent", "resent"]
    changed = sent_back(world, first, (2, CELL, THREE))
    assert rules(changed[1]) == ["resent", "hidden_row"]
    assert rules(sent_back(world, changed[0], (2, CELL, "0870-1111-2207"))[1])[1] == "hidden_row"


@pytest.mark.parametrize("row", [3, 4, 5])
def test_a_doubt_about_the_place_is_not_ended_by_another_cell(world: World, row: int) -> None:
    first = world.intake(DOUBTS)
    rule = RULES[row - 1]
    assert rules(sent_back(world, first, (row, CELL, "0870-1111-2208"))[1])[row - 1] == rule
    assert rules(sent_back(world, first, (row, CATEGORY, "Spam"))[1])[row - 1] == rule


def test_a_word_that_is_corrected_is_decided_anew(world: World) -> None:
    first = world.intake(DOUBTS)
    later, rows = sent_back(world, first, (1, ACTION, "blokir"), (2, CATEGORY, "Penipuan"))
    assert [row.outcome for row in rows[:2]] == ["accepted", "accepted"]
    assert open_rows(world, first) == [3, 4, 5]
    assert numbers(world, later) == [e164(ONE), e164(TWO)]


def test_what_is_to_block_and_to_unblock_stays_held_until_one_of_them_changes(world: World) -> None:
    first = world.intake(HEAD + f"{ONE}{REST}{ONE}{REST.replace('blokir', 'buka')}")
    rows = returned(world, first)
    rows[1][CATEGORY] = "Spam"
    assert rules(add(world, rows[:2])[1]) == ["conflicting_action"]


# corrections before the release


def test_a_corrected_number_is_in_no_new_batch(world: World) -> None:
    first = world.intake(sheet(ONE, TWO))
    later, rows = sent_back(world, first, (1, CELL, THREE))
    assert rules(rows) == ["resent_changed", "resent"]
    assert numbers(world, first, later) == [e164(TWO)]
    with pytest.raises(Conflict, match="1 are in a batch already, 1 were corrected"):
        world.batches.prepare(Wanted((first,)))


@pytest.mark.parametrize("text", ["", "0870-1111-22O9", "tidak ada"])
def test_so_is_one_whose_row_says_nothing_certain_any_more(world: World, text: str) -> None:
    first = world.intake(sheet(ONE, TWO))
    sent_back(world, first, (1, CELL, text))
    assert numbers(world, first) == [e164(TWO)]


def test_so_is_one_that_its_sender_does_not_want_blocked(world: World, pair: Pair) -> None:
    first = world.intake(sheet(ONE, TWO))
    later, rows = sent_back(world, first, (1, ACTION, "jangan"))
    assert rules(rows) == ["unknown_action", "resent"]
    resolve(world, pair[0], reject(later, 1, reason="sent_anew"))
    assert numbers(world, first) == [e164(TWO)]


def test_so_is_one_whose_row_says_now_what_another_says(world: World) -> None:
    first = world.intake(sheet(ONE, TWO, THREE))
    rows = returned(world, first)
    rows[1][CELL] = TWO
    assert rules(add(world, rows[:2])[1]) == ["resent_changed"]
    assert rules(sent_back(world, first, (3, CELL, TWO))[1])[2] == "resent_changed"
    assert numbers(world, first) == [e164(TWO)]


def test_a_batch_that_is_prepared_or_submitted_is_stopped_by_a_correction(
    world: World, pair: Pair
) -> None:
    world.live_partner(PartnerSide("opr-uji-a", "operator"), pair)
    first, other = world.intake(sheet(ONE)), world.intake(sheet(TWO))
    submitted = world.batches.prepare(Wanted((first,)))[0].id
    prepared = world.batches.prepare(Wanted((other,)))[0].id
    world.releases.submit(submitted, pair[0])
    for intake in (first, other):
        sent_back(world, intake, (1, CELL, THREE))
    for batch, call, by in (
        (submitted, world.releases.release, pair[1]),
        (prepared, world.releases.submit, pair[0]),
    ):
        with pytest.raises(Conflict, match="its sender corrected 1 of its rows") as refused:
            call(batch, by)
        assert f"palang batch stop {batch}" in refused.value.hint


def test_what_was_released_before_stands(world: World, pair: Pair) -> None:
    world.live_partner(PartnerSide("opr-uji-a", "operator"), pair)
    first = world.intake(sheet(ONE))
    batch = world.batches.prepare(Wanted((first,)))[0].id
    release(world, batch, pair)
    sent_back(world, first, (1, CELL, THREE))
    assert world.releases.review(batch).review.block == 1


def test_a_row_that_waits_for_a_second_officer_is_not_accepted_beside_its_correction(
    world: World, pair: Pair
) -> None:
    first = world.intake(sheet(LETTER))
    draft = resolve(world, pair[0], choice(first, 1))
    later, rows = sent_back(world, first, (1, CELL, "0870345678l1"))
    assert rules(rows) == ["letters"]
    with pytest.raises(Conflict, match="corrected rows of this resolution"):
        second(world, pair[1], draft)
    (row,) = queue(world, intake=first, everything=True)
    assert row.state is HoldState.CORRECTED
    second(world, pair[1], resolve(world, pair[0], choice(later, 1, typed=("087034567811",))))
    assert numbers(world, first, later) == [e164("087034567811")]


def test_a_row_that_is_final_is_not_taken_after_its_correction(world: World, pair: Pair) -> None:
    first = world.intake(sheet(LETTER))
    second(world, pair[1], resolve(world, pair[0], choice(first, 1)))
    sent_back(world, first, (1, CELL, THREE))
    assert numbers(world, first) == []
    (row,) = queue(world, intake=first, everything=True)
    assert row.state is HoldState.CORRECTED
    with pytest.raises(Conflict, match="corrected row"):
        world.hold_acts.draft(choice(first, 1), "siti")


def test_a_correction_of_a_correction_is_one_of_the_first_file_too(world: World) -> None:
    first = world.intake(sheet(ONE, LETTER))
    later, rows = sent_back(world, first, (2, CELL, TWO))
    assert rules(rows) == ["resent", "national_zero"]
    last, rows = sent_back(world, later, (1, CELL, THREE), (2, CELL, "0870-1111-2209"))
    assert rules(rows) == ["resent_changed", "resent_changed"]
    assert numbers(world, first, later, last) == []
    assert [row.corrected for row in queue(world, intake=first, everything=True)] == [last]


# what the sender is told


def test_the_returned_file_says_what_officers_decided_for_good(world: World, pair: Pair) -> None:
    intake = world.intake(sheet(DOUBT, LETTER, DOUBT.replace("6 ", "7 ")))
    resolve(world, pair[0], choice(intake, 1, typed=("0870-1111-2206",)))
    resolve(world, pair[0], choice(intake, 2))
    resolve(world, pair[0], reject(intake, 3))
    rows = returned(world, intake)[1:]
    assert [row[4] for row in rows] == ["diterima", "ditahan", "ditolak"]
    assert [row[5] for row in rows][::2] == [
        "Bukti pendukung memperlihatkan nomor ini",
        "Bukti pendukung tidak memperlihatkan nomor ini",
    ]


# the sender's own file, corrected


def own(world: World, names: list[str], cells: list[str], **more: object) -> list[IntakeRow]:
    path = world.folder / f"sendiri-{len(world.intakes.all())}.xlsx"
    book = openpyxl.Workbook()
    for name in names:
        leaf = book.create_sheet(name)
        leaf.append(["nomor hp", "kategori"])
        for cell in cells:
            leaf.append([cell, "Penipuan"])
    book.remove(book.worksheets[0])
    book.save(path)
    made = world.intakes.add(path, path.name, Options("iasc", **more))  # type: ignore[arg-type]  # by name
    return world.intakes.rows(made.id)


def test_a_file_of_one_sheet_is_matched_whatever_its_sheet_is_called(world: World) -> None:
    first = world.intake(f"nomor hp;kategori\n{ONE};Penipuan\n{LETTER};Penipuan\n")
    rows = own(world, ["Perbaikan"], [THREE, TYPED], follows=first)
    assert [(row.rule, row.refers) for row in rows] == [
        ("resent_changed", 1), ("national_zero", 2),
    ]  # fmt: skip
    assert numbers(world, first) == []


def test_a_file_whose_sheets_are_all_others_is_refused(world: World) -> None:
    own(world, ["Januari", "Februari"], [ONE])
    with pytest.raises(InputError, match=r"no sheet of .* is one of intake 1"):
        own(world, ["Maret"], [TWO], follows=1)
    assert len(world.intakes.all()) == 1


# one intake, several batches


def test_a_row_is_in_one_batch_that_was_not_stopped(world: World, pair: Pair) -> None:
    world.live_partner(PartnerSide("opr-uji-a", "operator"), pair)
    intake = world.intake(sheet(ONE, DOUBT))
    first = world.batches.prepare(Wanted((intake,)))[0].id
    with pytest.raises(Conflict, match="1 are in a batch already"):
        world.batches.prepare(Wanted((intake,)))
    resolve(world, pair[0], choice(intake, 2, typed=("0870-1111-2206",)))
    assert numbers(world, intake) == [e164("0870-1111-2206")]
    world.stops.stop(first, pair[0])
    second_one = world.batches.prepare(Wanted((intake,)))[0].id
    release(world, second_one, pair)
    with pytest.raises(Conflict, match="are in a batch already"):
        world.batches.prepare(Wanted((intake,)))
