"""Which sheets and columns of a file are read: all that are certain, none that is not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from gateway.domain.errors import InputError
from gateway.domain.opened import Opened, SheetHead
from gateway.domain.profiles import Profile, read_profile
from gateway.domain.records import IntakeRow
from gateway.domain.sheet_plan import ReadingPlan, Wanted, plan_reading
from gateway.domain.sheet_rows import decide_file
from tests.intake.judging import deciding, in_memory

ONE, TWO, THREE = "087034567890", "087134567890", "087234567890"
HEAD = ["NO", "NIK", "HP TERLAPOR", "KATEGORI", "NAMA"]
NIK = "9971234567890123"


def _file(*sheets: list[list[str]]) -> Opened:
    return in_memory(*((lambda rows=rows: iter(rows)) for rows in sheets), size=2)


def _named(opened: Opened, *heads: SheetHead) -> Opened:
    return replace(opened, sheets=heads)


def _plan(opened: Opened, sheet: str = "", column: str = "") -> ReadingPlan:
    return plan_reading(opened, Wanted(sheet, column))


def _rows(opened: Opened, plan: ReadingPlan) -> list[IntakeRow]:
    return [IntakeRow(*row) for rows in decide_file(opened, plan, deciding()) for row in rows]


LIST = [HEAD, ["1", NIK, ONE, "Penipuan", "Budi"], ["2", NIK, TWO, "Spam", "Siti"]]


def test_all_visible_sheets_are_read_and_hidden_and_empty_ones_are_told() -> None:
    notes = [["PETUNJUK"], ["Isi kolom nomor"]]
    opened = _named(
        _file(LIST, LIST, notes, [[]], LIST),
        SheetHead("Jan"), SheetHead("Sisa", visible=False), SheetHead("Petunjuk"),
        SheetHead("Kosong"), SheetHead("Feb"),
    )  # fmt: skip
    plan = _plan(opened)
    assert [sheet.name for sheet in plan.sheets] == ["Jan", "Feb"]
    told = {one.sheet: one.why for one in plan.told}
    assert told == {"Sisa": "hidden", "Petunjuk": "no-numbers", "Kosong": "empty"}
    assert [(row.sheet, row.row, row.rule, row.refers) for row in _rows(opened, plan)] == [
        ("Jan", 2, "national_zero", 0), ("Jan", 3, "national_zero", 0),
        ("Feb", 2, "repeat_sheet", 2), ("Feb", 3, "repeat_sheet", 3),
    ]  # fmt: skip


def test_a_hidden_sheet_is_read_when_it_is_named_and_then_alone() -> None:
    opened = _named(_file(LIST, LIST), SheetHead("Jan"), SheetHead("Sisa", visible=False))
    for name in ("sisa", "2"):
        plan = _plan(opened, sheet=name)
        assert [sheet.name for sheet in plan.sheets] == ["Sisa"]
        assert [(one.sheet, one.why) for one in plan.told] == [("Jan", "not-named")]
    with pytest.raises(InputError, match="a sheet of that name") as raised:
        _plan(opened, sheet="Mar")
    assert "Jan, Sisa" in raised.value.hint


def test_only_hidden_sheets_are_no_list() -> None:
    opened = _named(_file(LIST, LIST), SheetHead("A", visible=False), SheetHead("B", visible=False))
    with pytest.raises(InputError) as raised:
        _plan(opened)
    assert "--sheet" in raised.value.hint


def test_one_ambiguous_sheet_stops_everything_with_its_candidates_named() -> None:
    unsure = [["NO", "No HP", "No WA"], ["1", ONE, TWO]]
    with pytest.raises(InputError, match=r"sheet 2 \(Lembar B\).*B \(No HP\), C \(No WA\)"):
        _plan(_file(LIST, unsure))
    chosen = _plan(_file(LIST, unsure), sheet="Lembar B", column="no wa")
    assert chosen.sheets[0].columns.number == 2


def test_columns_of_people_are_dropped_and_nothing_of_them_is_kept() -> None:
    plan = _plan(_file(LIST))
    assert [(one.letter, one.kind) for one in plan.dropped] == [("B", "identity"), ("E", "name")]
    kept = repr(_rows(_file(LIST), plan))
    assert NIK not in kept and "Budi" not in kept


def test_columns_of_people_are_known_by_their_values_too() -> None:
    rows = [["URUT", "X", "HP PELAKU", "Y"], *([str(n), NIK, ONE, "a@contoh.id"] for n in range(3))]
    plan = _plan(_file(rows))
    assert [(one.letter, one.kind) for one in plan.dropped] == [("B", "identity"), ("D", "email")]


def test_identity_numbers_are_no_candidates_and_unnamed_accounts_make_it_unsure() -> None:
    with pytest.raises(InputError, match=r"B may be the complainants' own.*beside A$"):
        _plan(_file([[NIK, ONE, "a"], [NIK, TWO, "b"]]))
    with pytest.raises(InputError, match=r"any of: B, C$"):
        _plan(_file([[NIK, ONE, "1234567890"], [NIK, TWO, "1234567891"]]))


def test_the_telephone_of_the_complainant_under_a_group_header_is_never_read() -> None:
    rows = [
        ["NO", "DATA PELAPOR", "", "DATA TERLAPOR", ""],
        ["", "NAMA", "NO HP", "NAMA", "NO HP"],
        ["1", "Budi", ONE, "X", TWO],
    ]
    plan = _plan(_file(rows))
    assert plan.sheets[0].columns.number == 4
    assert ("C", "complainant") in [(one.letter, one.kind) for one in plan.dropped]
    with pytest.raises(InputError, match="complainant"):
        _plan(_file(rows), column="C")


def test_a_hidden_column_is_read_only_when_it_is_named() -> None:
    opened = _named(_file(LIST), SheetHead("Jan", hidden_columns=frozenset([2])))
    with pytest.raises(InputError, match=r"C \(HP TERLAPOR\) is hidden"):
        _plan(opened)
    assert _plan(opened, column="C").sheets[0].columns.number == 2


def test_a_letter_means_one_column_or_the_sheet_is_to_be_named() -> None:
    other = [["NO", "SASARAN", "KODE"], ["1", ONE, TWO]]
    with pytest.raises(InputError, match="head it differently"):
        _plan(_file(LIST, other), column="C")
    assert len(_plan(_file(LIST, LIST), column="C").sheets) == 2


def test_a_named_header_is_read_in_the_sheets_that_have_it() -> None:
    other = [["NO", "No HP"], ["1", THREE]]
    plan = _plan(_file(LIST, other), column="hp terlapor")
    assert [sheet.index for sheet in plan.sheets] == [0]
    assert [sheet.index for sheet in _plan(_file(LIST, LIST), column="hp terlapor").sheets] == [
        0,
        1,
    ]
    assert [one.why for one in plan.told] == ["no-numbers"]


@pytest.mark.parametrize("name", ["Pelapor", "Data Korban", "Rekening", "NIK", "Bank"])
def test_a_sheet_called_after_others_is_read_only_when_it_is_named(name: str) -> None:
    opened = _named(_file(LIST, LIST), SheetHead("Terlapor"), SheetHead(name))
    plan = _plan(opened)
    assert [sheet.name for sheet in plan.sheets] == ["Terlapor"]
    assert [(one.sheet, one.why) for one in plan.told] == [(name, "not-named")]
    assert [sheet.name for sheet in _plan(opened, sheet=name).sheets] == [name]
    alone = _named(_file(LIST), SheetHead(name))
    with pytest.raises(InputError) as raised:
        _plan(alone)
    assert "--sheet" in raised.value.hint
    draft = _plan(alone, sheet="1").draft()
    assert draft is not None and draft.sheet == name


def test_a_sheet_with_another_layout_is_read_only_when_it_is_named() -> None:
    other = [["NO", "HP", "CABANG"], ["1", THREE, "Uji"]]
    opened = _named(_file(LIST, other, LIST), *map(SheetHead, ("Jan", "Lain", "Feb")))
    plan = _plan(opened)
    assert [sheet.name for sheet in plan.sheets] == ["Jan", "Feb"]
    assert [(one.sheet, one.why) for one in plan.told] == [("Lain", "not-named")]
    assert [sheet.name for sheet in _plan(opened, sheet="Lain").sheets] == ["Lain"]


def test_a_number_in_the_name_of_a_sheet_is_not_kept() -> None:
    opened = _named(_file(LIST, LIST), SheetHead(f"Budi {ONE}"), SheetHead(f"Budi {TWO}"))
    plan = _plan(opened)
    assert [sheet.name for sheet in plan.sheets] == ["Budi ... #1", "Budi ... #2"]
    assert ONE not in repr(plan) and ONE not in repr(_rows(opened, plan)[0].sheet)


def test_hidden_rows_are_held_where_they_would_be_accepted() -> None:
    rows = [*LIST, ["3", NIK, ONE, "", ""], ["4", NIK, "1500888", "", ""]]
    opened = _file(rows)
    blocks = opened.blocks
    hiding = replace(
        opened,
        blocks=lambda i: (replace(b, hidden=frozenset([2, 5])) for b in blocks(i)),
    )
    found = {row.row: row.rule for row in _rows(hiding, _plan(hiding))}
    assert found == {2: "hidden_row", 3: "national_zero", 4: "national_zero", 5: "protected"}


def test_rows_keep_the_numbers_a_spreadsheet_shows_across_blocks() -> None:
    rows = [["DAFTAR"], [], *LIST, [], ["3", "", THREE, "", ""]]
    assert [(row.row, row.rule) for row in _rows(_file(rows), _plan(_file(rows)))] == [
        (4, "national_zero"), (5, "national_zero"), (6, "empty"), (7, "national_zero"),
    ]  # fmt: skip


def test_words_outside_the_lists_hold_a_row_and_do_not_hide_a_later_one() -> None:
    rows = [HEAD, ["1", "", ONE, "entah apa", ""], ["2", "", ONE, "Penipuan", ""]]
    found = [(row.rule, row.category) for row in _rows(_file(rows), _plan(_file(rows)))]
    assert found == [("unknown_code", "entah apa"), ("national_zero", "penipuan")]


def test_what_a_file_lacks_is_what_the_officer_said() -> None:
    by = replace(deciding(), category="spam", channel="sms", evidence_date="2026-05-16")
    opened = _file([["HP", "KATEGORI"], [ONE, ""], [TWO, "Penipuan"]])
    rows = [IntakeRow(*row) for b in decide_file(opened, _plan(opened), by) for row in b]
    assert [(r.category, r.channel, r.evidence_date) for r in rows] == [
        ("spam", "sms", "2026-05-16"), ("penipuan", "sms", "2026-05-16"),
    ]  # fmt: skip


def test_evidence_from_days_to_come_and_stories_are_dropped_and_counted() -> None:
    by = replace(deciding(), evidence_date="2026-05-16", today="2026-11-24", dropped=Counter())
    head = ["HP", "TANGGAL BUKTI", "BUKTI"]
    opened = _file(
        [head, [ONE, "25/11/2026", "Budi Santoso"], [TWO, "24/11/2026", "UJI-1"]],
        [head, [THREE, "02/13/2026", ""], ["087334567890", "", "UJI-2"]],
    )
    rows = [IntakeRow(*row) for b in decide_file(opened, _plan(opened), by) for row in b]
    assert [(row.evidence_date, row.evidence_ref) for row in rows] == [
        ("", ""), ("2026-11-24", "UJI-1"), ("", ""), ("2026-05-16", "UJI-2"),
    ]  # fmt: skip
    assert by.dropped == {"evidence_date": 2, "evidence_ref": 1}


def test_block_and_unblock_of_one_number_are_held_across_sheets_and_blocks() -> None:
    one = [["HP", "TINDAKAN"], [ONE, "blokir"], [TWO, ""], [THREE, "buka"]]
    two = [["HP", "TINDAKAN"], ["+62 870-3456-7890", "buka"], [THREE, "buka blokir"]]
    opened = _file(one, two)
    assert [(row.rule, row.action) for row in _rows(opened, _plan(opened))] == [
        ("conflicting_action", "block"), ("national_zero", "block"), ("national_zero", "unblock"),
        ("conflicting_action", "unblock"), ("repeat_sheet", "unblock"),
    ]  # fmt: skip


def test_bukti_is_a_kind_of_evidence_where_its_cells_say_so_and_else_a_reference() -> None:
    kinds = _file([["HP", "BUKTI"], [ONE, "tangkapan layar"], [TWO, "rekaman"]])
    found = [(r.evidence_type, r.evidence_ref) for r in _rows(kinds, _plan(kinds))]
    assert found == [("screenshot", ""), ("recording", "")]
    references = _file([["HP", "BUKTI"], [ONE, "UJI/1"], [TWO, "UJI 2"]])
    found = [(r.evidence_type, r.evidence_ref) for r in _rows(references, _plan(references))]
    assert found == [("", "UJI/1"), ("", "UJI-2")]


def test_a_profile_says_which_of_two_columns_it_is() -> None:
    unsure = [["NO", "No HP", "No WA", "JENIS"], ["1", ONE, TWO, "Penipuan"]]
    profile = Profile("", "No WA", {"category": "JENIS"}, ("no", "no hp", "no wa", "jenis"))
    plan = plan_reading(_file(unsure), Wanted(profile=profile))
    assert plan.sheets[0].columns.number == 2
    assert [row.category for row in _rows(_file(unsure), plan)] == ["penipuan"]
    by_hand = plan_reading(_file(unsure), Wanted(column="B", profile=profile))
    assert by_hand.sheets[0].columns.number == 1


@pytest.mark.parametrize(
    "headers", ["NO;No WA;No HP", "NO;No HP", "NO;No HP;No WA;KET", "HP;WA;NO", "NO;No HP;"]
)
def test_a_profile_that_no_longer_fits_is_an_error_and_never_a_guess(headers: str) -> None:
    profile = Profile("", "No WA", {}, ("no", "no hp", "no wa"))
    rows = [headers.split(";"), ["1", ONE, TWO, ""]]
    with pytest.raises(InputError, match="saved profile"):
        plan_reading(_file(rows), Wanted(profile=profile))


def test_a_profile_never_keeps_a_column_of_people() -> None:
    profile = Profile("", "HP TERLAPOR", {"category": "NAMA"}, tuple(h.lower() for h in HEAD))
    with pytest.raises(InputError, match="holds no people"):
        plan_reading(_file(LIST), Wanted(profile=profile))


def test_a_plan_drafts_the_profile_that_reads_the_file_again() -> None:
    draft = _plan(_file(LIST)).draft()
    assert draft is not None and read_profile(draft.document()) == draft
    again = plan_reading(_file(LIST), Wanted(profile=draft))
    assert again.sheets == _plan(_file(LIST)).sheets
    assert _plan(_file([[ONE], [TWO]])).draft() is None


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"number": ""}, {"number": 7}, {"roles": []}, {"roles": {"nik": "NIK"}},
     {"roles": {"category": ""}}, {"expected": "no"}, {"expected": ["087034567890"]},
     {"expected": ["x"] * 300}, {"sheet": None}, {"sheet": "x" * 300}],
    ids=range(11),
)  # fmt: skip
def test_a_profile_that_is_not_one_is_refused(change: dict[str, object]) -> None:
    good = {"v": 1, "sheet": "", "number": "HP", "roles": {}, "expected": ["hp"]}
    read_profile(good)
    with pytest.raises(InputError):
        read_profile(good | change)
    with pytest.raises(InputError):
        read_profile([])


def test_rows_that_a_reader_filled_up_have_no_cells_beyond_the_header() -> None:
    wide = [["NO", "HP", "", ""], ["1", ONE, "", ""], ["2", TWO, "", "lebih"], ["3", THREE, "", ""]]
    assert [row.rule for row in _rows(_file(wide), _plan(_file(wide)))] == [
        "national_zero", "shifted_row", "national_zero",
    ]  # fmt: skip


def test_a_column_of_numbers_may_have_no_header_of_its_own() -> None:
    rows = [["NO", "CABANG", ""], ["1", "Uji", ONE], ["2", "Uji", TWO]]
    plan = _plan(_file(rows))
    assert plan.sheets[0].columns.number == 2
    assert [row.rule for row in _rows(_file(rows), plan)] == ["national_zero", "national_zero"]
