"""The rows of a sheet: spreadsheet row numbers, odd rows, optional columns, repeats."""

from __future__ import annotations

import pytest

from gateway.domain.records import IntakeRow
from gateway.domain.rules import reason_of
from tests.domain.number_rules import NUMBER
from tests.domain.sheets import read_rows

ONE, TWO = "087034567890", "087134567890"


def _rules_by_row(rows: list[IntakeRow]) -> dict[int, str]:
    return {row.row: row.rule for row in rows}


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    text = f'DAFTAR NOMOR;;\n\nNO;"NOMOR\nHP";CAB\n1;{ONE};"dua\nbaris"\n;;\n2;{TWO};\nTOTAL;2;\n'
    sheet = read_rows(text)
    assert [row.row for row in sheet] == [4, 5, 6, 7]
    assert _rules_by_row(sheet) == {
        4: "national_zero", 5: "empty", 6: "national_zero", 7: "total_row",
    }  # fmt: skip


def test_one_column_without_a_header_starts_at_row_one() -> None:
    sheet = read_rows(f"{ONE}\n{TWO}\n6,28703E+12\n{ONE};{TWO}\n")
    assert _rules_by_row(sheet) == {
        1: "national_zero", 2: "national_zero", 3: "scientific", 4: "two_numbers",
    }  # fmt: skip


def test_a_one_column_header_is_no_row() -> None:
    for header in ("NOMOR HP", "MSISDN", "Kontak terlapor", "NO", '"No. HP/WA"'):
        sheet = read_rows(f"{header}\n{ONE}\n")
        assert [row.row for row in sheet] == [2]


def test_a_repeat_names_the_first_row_whatever_the_notation() -> None:
    sheet = read_rows(f"HP\n{ONE}\n+62 870-3456-7890\n0061491570006\n+61 491 570 006\n")
    assert [row.outcome for row in sheet] == ["accepted", "duplicate", "accepted", "duplicate"]
    assert [reason_of(row)[-6:] for row in sheet[1::2]] == ["row 2.", "row 4."]
    assert [reason_of(row, "id")[-8:] for row in sheet[1::2]] == ["baris 2.", "baris 4."]
    assert sheet[1].number == 0


def test_optional_columns_are_read_by_their_headers_and_no_other_is_kept() -> None:
    text = (
        "NAMA;NIK;HP PELAKU;KATEGORI;KANAL;TANGGAL BUKTI;NO. TIKET;TINDAKAN\n"
        f"Budi;9901010101700001;{ONE};Judi online;WhatsApp;16 Mei 2026;UJI-1;Buka blokir\n"
        f"Sari;9901010101700002;{TWO};Penipuan;SMS;16/05/2026;UJI-2;Blokir\n"
        f"Tono;9901010101700003;087234567890;;;32/05/2026;;\n"
    )
    one, two, three = read_rows(text)
    assert (one.category, one.channel, one.evidence_ref) == ("judi_online", "whatsapp", "UJI-1")
    assert (one.evidence_date, one.action) == ("2026-05-16", "unblock")
    assert (two.evidence_date, two.action) == ("2026-05-16", "block")
    assert (three.evidence_date, three.action, three.category) == ("", "block", "")
    assert "Budi" not in repr(one) and "990101" not in repr(one)


def test_an_action_that_says_neither_holds_the_row() -> None:
    sheet = read_rows(f"HP;TINDAKAN\n{ONE};jangan diblokir\n{TWO};blokir\n0870xxxx;jangan\n")
    assert _rules_by_row(sheet) == {2: "unknown_action", 3: "national_zero", 4: "masked"}


def test_block_and_unblock_of_one_number_hold_both_rows() -> None:
    sheet = read_rows(f"HP;TINDAKAN\n{ONE};blokir\n{TWO};blokir\n+6287034567890;buka\n")
    assert _rules_by_row(sheet) == {
        2: "conflicting_action", 3: "national_zero", 4: "conflicting_action",
    }  # fmt: skip


def test_a_row_with_cells_beyond_the_header_is_held() -> None:
    sheet = read_rows(f"NO,HP,CABANG\n1,{ONE},Budi\n2,6,28703E+12,Sari\n3,{TWO},Jalan,Mawar\n")
    assert _rules_by_row(sheet) == {2: "national_zero", 3: "shifted_row", 4: "shifted_row"}


def test_a_number_that_slid_into_another_column_holds_the_row() -> None:
    sheet = read_rows(f"NO;CABANG;HP\n1;Budi;{ONE}\n2;{TWO};\n3;;\n", "HP")
    assert _rules_by_row(sheet) == {2: "national_zero", 3: "shifted_row", 4: "empty"}


def test_an_account_that_changed_places_with_the_number_holds_the_row() -> None:
    rows = f"1;1234567890;{ONE}\n2;{TWO};8712345678\n3;;8734567890\n4;{ONE[:-1]};{TWO}\n"
    rows += f"5;{ONE};tidak tahu\n"
    assert _rules_by_row(read_rows(f"NO;REKENING;HP\n{rows}")) == {
        2: "national_zero", 3: "shifted_row", 4: "shifted_row", 5: "national_zero", 6: "no_number",
    }  # fmt: skip


def test_a_row_with_more_or_fewer_cells_than_the_header_is_held() -> None:
    head = "No,Nama,No Rek,NOMOR HP TERLAPOR,Kota\n"
    rows = f"1,Budi,8701234567,{ONE},\n2,Ani, SH,8701234568,{TWO},\n3,Ani,{TWO},Uji\n4,,,\n"
    rows += f"5,Ani,1234567890,{TWO}\n,,,,,\nJakarta\n6,Ani,1234567890,{TWO},Uji\n"
    assert _rules_by_row(read_rows(head + rows)) == {
        2: "national_zero", 3: "shifted_row", 4: "shifted_row", 5: "empty", 6: "shifted_row",
        7: "empty", 8: "empty", 9: "national_zero",
    }  # fmt: skip


def test_a_header_that_ends_in_empty_cells_lets_its_rows_do_so() -> None:
    sheet = read_rows(f"NO;HP;;\n1;{ONE}\n2;{TWO};;\n3;087234567890;;;\n")
    assert _rules_by_row(sheet) == {2: "national_zero", 3: "national_zero", 4: "shifted_row"}


@pytest.mark.parametrize("weak", ["8701234567", "0870123456", "62870123456", "8701234567.0"])
def test_what_may_be_an_account_is_held_where_the_row_looks_shifted(weak: str) -> None:
    head = "NO;NAMA;NO REK;BANK;HP TERLAPOR;KOTA;HP LAIN\n"
    whole = f"1;Ani;1234567890;BCA;{weak};Uji;\n2;Ani;1234567890;BCA;{TWO};{ONE};\n"
    fine = _rules_by_row(read_rows(head + whole, "E"))
    assert "shifted_row" not in fine.values()
    for row in (
        f"Ani;SH;BCA;{weak};Uji;",
        f"Ani;1234567890;BCA;{weak};{ONE};",
    ):
        assert _rules_by_row(read_rows(f"{head}1;{row}\n", "E")) == {2: "shifted_row"}
    often = f"{head}1;Ani;1234567890;BCA;{ONE};Uji;\n2;Ani;;BCA;{weak};Uji;\n"
    assert _rules_by_row(read_rows(often, "E"))[3] == "shifted_row"
    rare = "".join(f"{n};Ani;;;0872345678{n:02};Uji;\n" for n in range(3))
    assert (
        "shifted_row"
        not in _rules_by_row(read_rows(f"{head}{rare}9;Ani;;;{weak};Uji;\n", "E")).values()
    )
    named = _rules_by_row(read_rows(f"{head}{rare}9;Ani;SH;;{weak};Uji;\n", "E"))
    assert named[5] == "shifted_row"
    known = f"{head}1;Ani;1234567890;BCA;{weak};Uji;{ONE}\n"
    assert _rules_by_row(read_rows(known, "E"))[2] != "shifted_row"
    no_accounts = f"NO;BANK;HP\n1;BCA;{weak}\n"
    assert _rules_by_row(read_rows(no_accounts))[2] != "shifted_row"


def test_a_total_row_never_hides_a_number() -> None:
    sheet = read_rows(f"NO;HP\n1;{ONE}\nTOTAL;1\nJUMLAH;{TWO}\nTotal;\n")
    assert _rules_by_row(sheet) == {
        2: "national_zero", 3: "total_row", 4: "total_unclear", 5: "total_row",
    }  # fmt: skip
    alone = read_rows(f"HP\n{ONE}\nTotal {TWO}\n")
    assert _rules_by_row(alone)[3] == "total_unclear"


def test_a_lone_small_number_is_no_header() -> None:
    assert _rules_by_row(read_rows(f"HP\n1\n{ONE}\n"))[2] == "short_code"


def test_no_action_and_block_are_one_and_the_same() -> None:
    text = f"HP;TINDAKAN\n{ONE};\n{ONE};blokir\n{TWO};buka\n"
    assert _rules_by_row(read_rows(text)) == {2: "national_zero", 3: "repeat", 4: "national_zero"}


def test_a_long_chronology_beside_the_number_does_no_harm() -> None:
    sheet = read_rows(f'HP TERLAPOR;KRONOLOGI\n{ONE};"{"cerita panjang, " * 500}"\n')
    assert [row.number for row in sheet] == [NUMBER]


def test_a_sheet_longer_than_the_sample_keeps_its_row_numbers() -> None:
    lines = [f"{index};0870{index:08}" for index in range(1, 1501)]
    sheet = read_rows("NO;HP\n" + "\n".join(lines) + "\n")
    assert [row.row for row in sheet] == list(range(2, 1502))
    assert sheet[-1].raw == "087000001500"


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2026-05-16", "2026-05-16"), ("2026-05-16 10:30", "2026-05-16"),
        ("6/5/2026", "2026-05-06"),
        ("16.05.2026", "2026-05-16"), ("2 Agt 2026", ""), ("2 Agustus 2026", "2026-08-02"),
        ("31-04-2026", ""), ("kemarin", ""), ("05/16/2026", ""),
    ],
)  # fmt: skip
def test_evidence_dates_are_read_day_first_or_not_at_all(written: str, iso: str) -> None:
    assert read_rows(f"HP;TANGGAL\n{ONE};{written}\n")[0].evidence_date == iso


def test_repeated_headers_and_column_numbers_are_ignored() -> None:
    sheet = read_rows(f"NO;CABANG;HP\n(1);(2);(3)\n1;Budi;{ONE}\nNO;CABANG;HP\n2;Sari;{TWO}\n")
    assert _rules_by_row(sheet) == {
        2: "header_again", 3: "national_zero", 4: "header_again", 5: "national_zero",
    }  # fmt: skip
